"""The tests' own PostgreSQL server is what the tests take it for."""

import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.architecture.source import ROOT
from tests.postgres import (
    PostgresMissing,
    binaries,
    create_database,
    drop_database,
    fresh_database,
    running_server,
)

SERVE = """
import time
from tests.postgres import start_server
server = start_server()
print(server.process.pid, server.folder)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    """Whether the process lives; one that ended and that nobody collected does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def test_a_fresh_database_is_a_copy_of_its_template(postgres_url: str) -> None:
    with fresh_database(postgres_url) as template_url:
        with closing(psycopg2.connect(template_url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("create table kept (n int); insert into kept values (7)")

        copy_url = create_database(postgres_url, "copied", template=template_url.rsplit("/", 1)[1])

        with closing(psycopg2.connect(copy_url)) as connection, connection.cursor() as cursor:
            cursor.execute("select n from kept")
            assert cursor.fetchall() == [(7,)]
        drop_database(postgres_url, "copied")


def test_a_database_is_gone_after_its_block(postgres_url: str) -> None:
    with fresh_database(postgres_url) as url:
        pass

    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(url)


def test_the_server_is_not_run_by_root(postgres_url: str) -> None:
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("show data_directory")
        row = cursor.fetchone()

    assert row is not None
    assert Path(row[0]).stat().st_uid != 0


def test_a_stopped_server_leaves_neither_process_nor_folder() -> None:
    with running_server(durable=True) as server:
        assert server.folder.exists()

    assert server.process.poll() is not None
    assert not server.folder.exists()


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(PostgresMissing, match="apt-get install"):
        binaries()


def test_a_killed_run_leaves_no_server() -> None:
    run = subprocess.Popen([sys.executable, "-u", "-c", SERVE], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    pid, folder = run.stdout.readline().split()

    run.kill()
    run.communicate()

    deadline = time.monotonic() + 20
    while is_running(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(int(pid))
    shutil.rmtree(folder)
