"""Databases with the real files in them: imported once for a module, on SQLite and on PostgreSQL."""

import asyncio
import csv
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installations import DATABASES, Templates
from tests.postgres import create_database, drop_database
from xrm_core.app import Application
from xrm_core.data.gla import COLUMNS, bundled_file
from xrm_core.data.load.gla_load import GlaOutcome, GlaRequest, load_gla
from xrm_core.data.load.units import gla_unit
from xrm_core.ids import Id
from xrm_core.logs import configure
from xrm_core.plugins.testing import prepare
from xrm_core.settings import Settings

# As the command line does: without it a traceback shows the books that a failing plugin was handed, whole.
configure()

# A row of the spend file as it should be; tests say what is different.
GOOD = {
    "ID": "1",
    "VendorID": "10001",
    "Vendor": "ALBION PRINT LTD",
    "AccountCode": "530",
    "AccountDescription": "Postage",
    "DocNo": "55",
    "Amount": "12.50",
    "Date": "2010-02-28",
    "Source": "1-feb_2010",
}

WriteSpend = Callable[..., Path]


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A database that holds the whole spend file: its settings, our unit, and what the import said and took."""

    settings: Settings
    unit: Id[object]
    outcome: GlaOutcome
    rejects: Path
    cpu_s: float


@pytest.fixture(scope="module", params=DATABASES)
def whole(request: pytest.FixtureRequest, templates: Templates, postgres_url: str) -> Iterator[WholeFile]:
    """The bundled spend file, imported."""
    name = f"whole_{uuid.uuid4().hex[:12]}"
    if request.param == "postgresql":
        create_database(postgres_url, name)
    settings = templates.settings(request.param, name, postgres_url)
    asyncio.run(prepare(settings))
    yield asyncio.run(_import(settings))
    if request.param == "postgresql":
        drop_database(postgres_url, name)


async def _import(settings: Settings) -> WholeFile:
    app = Application(settings)
    await app.start()
    try:
        unit = await gla_unit(app)
        rejects = settings.data_dir / "rejects.csv"
        began = time.process_time()
        outcome = await load_gla(app, GlaRequest(bundled_file(), unit, rejects))
        return WholeFile(settings, unit, outcome, rejects, time.process_time() - began)
    finally:
        await app.close()


@pytest.fixture
def spend(tmp_path: Path) -> WriteSpend:
    """Writes a spend file: one row for each argument, which says what differs from a good one."""

    def write(*changes: dict[str, str], name: str = "spend.csv") -> Path:
        path = tmp_path / name
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(GOOD | change for change in changes)
        return path

    return write
