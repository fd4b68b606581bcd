"""An import killed with -9 at any moment, run again to its end, is the import that nobody disturbed."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from tests.command_line import PROGRAM
from tests.installations import DATABASES, Templates
from tests.postgres import create_database, drop_database
from tests.stored import contents, value
from xrm_core.settings import Settings

# Where the process is killed: so long after it has said that this begins.
MOMENTS = {
    "sqlite": (
        "Writing relationships",
        "Writing payments",
        "Writing payments",
        "Writing the audit trail",
        "Committing",
    ),
    "postgresql": ("Writing relationships", "Writing payments", "Committing"),
}
LONGEST_DELAY_S = 0.4
ALL_DEALINGS = 28_145

pytestmark = pytest.mark.crash


@contextmanager
def fresh(kind: str, templates: Templates, postgres_url: str) -> Iterator[Settings]:
    """A migrated database of one's own."""
    template, name = templates.of(kind, (), postgres_url), f"crash_{uuid.uuid4().hex[:12]}"
    settings = templates.settings(kind, name, postgres_url)
    if kind == "postgresql":
        create_database(postgres_url, name, template=template)
    else:
        shutil.copyfile(templates.folder / template / "xrm.db", settings.data_dir / "xrm.db")
    try:
        yield settings
    finally:
        if kind == "postgresql":
            drop_database(postgres_url, name)


def start_import(settings: Settings) -> subprocess.Popen[str]:
    """`xrm import gla`, under way."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("XRM_")}
    own = {"XRM_DATA_DIR": str(settings.data_dir), "XRM_DATABASE_URL": settings.database_url}
    return subprocess.Popen(
        [*PROGRAM, "import", "gla"],
        env={**inherited, **own},
        cwd=settings.data_dir,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_to_the_end(settings: Settings) -> None:
    process = start_import(settings)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told


def kill_during(settings: Settings, moment: str, delay_s: float) -> int:
    """The exit code of an import that was killed so long after a phase began."""
    process = start_import(settings)
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            if line.startswith(moment):
                time.sleep(delay_s)
                break
        process.kill()
    return process.wait(timeout=30)


@pytest.mark.parametrize("kind", DATABASES)
def test_an_import_killed_again_and_again_loses_and_doubles_nothing(
    kind: str, templates: Templates, postgres_url: str
) -> None:
    seed = time.time_ns()
    random = Random(seed)
    codes = []

    with fresh(kind, templates, postgres_url) as settings:
        for moment in MOMENTS[kind]:
            codes.append(kill_during(settings, moment, random.random() * LONGEST_DELAY_S))
            assert value(settings, "SELECT count(*) FROM core_dealing") in (0, ALL_DEALINGS), seed
        run_to_the_end(settings)
        killed = contents(settings)
        audited = value(settings, "SELECT count(*) FROM core_audit_event WHERE command = 'core.import.gla'")

    with fresh(kind, templates, postgres_url) as settings:
        run_to_the_end(settings)
        undisturbed = contents(settings)
    assert codes.count(-9) >= 2, codes
    assert len(killed["core_dealing"]) == ALL_DEALINGS
    for table, rows in undisturbed.items():
        assert killed[table] == rows, (table, seed)
    assert audited == 1 + len(killed["core_relationship"]), seed
