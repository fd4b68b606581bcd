"""What the `xrm import` commands do once the house is loaded: read, write, and tell the counts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import typer

from xrm_core.cli.progress import shown_progress
from xrm_core.cli.running import application
from xrm_core.data.generate import read_books
from xrm_core.data.gla import bundled_file
from xrm_core.data.gleif import bundled_folder
from xrm_core.data.load.books_load import load_books
from xrm_core.data.load.gla_load import GlaRequest, load_gla
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.data.load.units import books_unit, ensure_types, gla_unit


async def import_gla(
    file: Path | None, unit: str, *, as_of: dt.date | None = None, rejects: Path | None = None
) -> None:
    """The spend file (None: the bundled one) is in the database of the settings."""
    async with application(migrated=True) as app:
        kept = rejects or app.settings.data_dir / "rejects" / "gla.csv"
        with shown_progress() as progress:
            where = await gla_unit(app, unit)
            request = GlaRequest(file or bundled_file(), where, kept, as_of)
            outcome = await load_gla(app, request, progress)
        tell_counts(asdict(outcome))
        if outcome.rejected:
            typer.echo(f"Rows not taken, with the reason: {kept}")


async def import_gleif(folder: Path | None) -> None:
    """GLEIF's answers (None: the bundled ones) are in the database of the settings."""
    async with application(migrated=True) as app:
        with shown_progress() as progress:
            await ensure_types(app)
            outcome = await load_gleif(app, folder or bundled_folder(), progress)
        tell_counts(asdict(outcome))


async def import_books(folder: Path, unit: str) -> int:
    """The made-up books are in the database of the settings; the number of plugins that failed to take part."""
    found = read_books(folder)
    async with application(migrated=True) as app:
        with shown_progress() as progress:
            where = await books_unit(app, unit)
            outcome = await load_books(app, found, where, progress)
        tell_counts(outcome.written or {"written": 0})
        failed = {plugin: wrong for plugin, wrong in outcome.plugins.items() if wrong}
        for plugin, wrong in failed.items():
            typer.secho(f"{plugin} did not load its part: {wrong}", fg="red", err=True)
        return len(failed)


def tell_counts(counts: Mapping[str, object]) -> None:
    """One line for each value that there is."""
    for name, value in counts.items():
        if value is not None:
            text = f"{value:,}" if isinstance(value, int) else str(value)
            typer.echo(f"{name.replace('_', ' '):<20} {text:>12}")
