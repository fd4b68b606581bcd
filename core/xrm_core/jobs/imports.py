"""The imports a job can run, the same as `xrm import` has: what each is given and which loader reads it."""

import csv
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xrm_core.data.generate import read_books
from xrm_core.data.gla import bundled_file
from xrm_core.data.gleif import bundled_folder
from xrm_core.data.load.books_load import load_books
from xrm_core.data.load.gla_load import GlaRequest, load_gla
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.data.load.progress import Progress
from xrm_core.data.load.units import books_unit, ensure_types, gla_unit
from xrm_core.errors import DomainError
from xrm_core.jobs.archive import unpacked

if TYPE_CHECKING:
    from xrm_core.app import Application

_MOST_REJECTS_SHOWN = 50


class ImportFailed(DomainError):
    """Part of an import could not be read; the rest was kept."""

    code = "core.import_incomplete"


@dataclass(frozen=True, slots=True)
class Import:
    """One file to read: as what, from where (None: the one that is bundled), and a folder for what comes of it."""

    path: Path | None
    as_of: dt.date | None
    scratch: Path


Run = Callable[["Application", Import, Progress], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of import: how many phases it goes through, and what it can be given."""

    run: Run
    phases: int
    needs_file: bool = False
    takes_day: bool = False
    can_rehearse: bool = True


async def _gla(app: "Application", given: Import, progress: Progress) -> dict[str, Any]:
    where = await gla_unit(app)
    rejects = given.scratch / "rejects.csv"
    outcome = await load_gla(
        app, GlaRequest(given.path or bundled_file(), where, rejects, given.as_of), progress
    )
    return {**_plain(asdict(outcome)), "rejects": _shown(rejects)}


async def _gleif(app: "Application", given: Import, progress: Progress) -> dict[str, Any]:
    await ensure_types(app)
    folder = bundled_folder() if given.path is None else unpacked(given.path, given.scratch)
    return _plain(asdict(await load_gleif(app, folder, progress)))


async def _books(app: "Application", given: Import, progress: Progress) -> dict[str, Any]:
    assert given.path is not None
    found = read_books(unpacked(given.path, given.scratch))
    outcome = await load_books(app, found, await books_unit(app), progress)
    failed = sorted(plugin for plugin, wrong in outcome.plugins.items() if wrong)
    if failed:
        raise ImportFailed(f"{', '.join(failed)} did not load its part; the log says why. Run it again.")
    return {"written": outcome.written, "plugins": sorted(outcome.plugins)}


def _plain(counts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in counts.items()
    }


def _shown(rejects: Path) -> list[dict[str, str]]:
    """The first rows that were not taken, each with the reason."""
    if not rejects.exists():
        return []
    with open(rejects, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [dict(row) for row, _ in zip(rows, range(_MOST_REJECTS_SHOWN), strict=False)]


MAPPINGS: dict[str, ImportKind] = {
    "gla": ImportKind(_gla, phases=9, takes_day=True),
    "gleif": ImportKind(_gleif, phases=3),
    "books": ImportKind(_books, phases=14, needs_file=True, can_rehearse=False),
}
