"""`xrm import` as an operator runs it: progress and counts, reasons and exit codes."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.command_line import xrm_process

MEASURE = """
import asyncio, resource, sys, time
from pathlib import Path
from xrm_core.app import Application
from xrm_core.data.gla import bundled_file
from xrm_core.data.load.gla_load import GlaRequest, load_gla
from xrm_core.data.load.units import gla_unit
from xrm_core.settings import Settings
from xrm_core.setup import migrate_all

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

async def main(folder):
    app = Application(Settings(data_dir=folder, database_url=""))
    app.host.load()
    await migrate_all(app)
    await app.start()
    unit = await gla_unit(app)
    idle = peak_mb()
    await load_gla(app, GlaRequest(bundled_file(), unit, folder / "rejects.csv"))
    print(peak_mb() - idle)
    await app.close()

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_file_is_imported_and_counted_where_nobody_watches(tmp_path: Path, spend: Any) -> None:
    path = spend({"ID": "1"}, {"ID": "2", "Date": "never"})

    done = xrm_process("import", "gla", "--file", str(path), folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Writing payments (1) …" in done.stderr
    told = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines() if line[:1].islower())
    assert (told["rows"], told["dealings"], told["rejected"]) == ("2", "1", "1")
    assert "core.import_not_a_date" in (tmp_path / "xrm-data" / "rejects" / "gla.csv").read_text("utf-8")


def test_a_broken_file_ends_the_command_with_its_code(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("ID,Vendor,Colour\n1,ALBION,red\n")

    done = xrm_process("import", "gla", "--file", "bad.csv", folder=tmp_path)

    assert done.returncode == 1
    assert "core.import_broken_file" in done.stderr and "Colour" in done.stderr


def test_books_of_a_folder_that_holds_none_are_refused(tmp_path: Path) -> None:
    done = xrm_process("import", "books", str(tmp_path), folder=tmp_path)

    assert done.returncode == 1
    assert "core.import_broken_file" in done.stderr


def test_the_import_takes_at_most_150_mb_above_an_idle_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) < 150
