"""A throw-away PostgreSQL server for tests, and databases cloned from a template inside it."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
from psycopg2 import sql

USER = "xrm"
START_TIMEOUT_S = 30
ATTEMPTS = 3
MEMORY_BYTES = 4 * 2**30
PR_SET_PDEATHSIG = 1

COMMON = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "autovacuum": "on",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Neither is ours: a product that leans on the server's zone or collation fails here, not at a customer's.
    "timezone": "Asia/Tokyo",
    "datestyle": "German",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresMissing(RuntimeError):
    """No PostgreSQL server binaries on this machine; the message says what to install."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: its maintenance URL, its process and the folder that goes with it."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def stop(self) -> None:
        """The process has ended (only this one is signalled) and its folder is gone."""
        self.process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: clients are cut off
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=15)
        shutil.rmtree(self.folder, ignore_errors=True)


def binaries() -> Path:
    """The folder of the newest installed server.

    Raises: PostgresMissing if there is none.
    """
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major_version)
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        raise PostgresMissing(
            "The tests need PostgreSQL's server programs (initdb, postgres): "
            "apt-get install --no-install-recommends postgresql"
        )
    return Path(found).resolve().parent


def start_server(*, durable: bool = False, options: Mapping[str, str] | None = None) -> PostgresServer:
    """A fresh server on a free loopback port, run by an ordinary user even when the caller is root.

    It ends with the calling process at the latest. With `durable` it survives a power cut as in production;
    without, it is faster. `options` are settings of postgresql.conf that prevail over the tests' own.

    Raises: PostgresMissing; RuntimeError if it does not answer.
    """
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="xrm-postgres-", dir=None if durable else _memory()))
    identity = _unprivileged()
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    try:
        _initialise(programs, folder, identity)
        return _launch(programs, folder, identity, ({} if durable else FORGETFUL) | dict(options or {}))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _memory() -> str | None:
    """A folder in memory with room for many small databases, whose files are made in a third of the time there."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > MEMORY_BYTES else None


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server for the length of a `with` block."""
    server = start_server(durable=durable)
    try:
        yield server
    finally:
        server.stop()


def create_database(url: str, name: str, *, template: str = "template1") -> str:
    """The URL of a new database `name`, a copy of `template`, to which nobody may be connected."""
    # Copied as files, which is cheaper than through the log where, as here, nothing is kept on disk for good.
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    _administer(url, statement)
    return with_database(url, name)


def drop_database(url: str, name: str) -> None:
    """The database is gone, whoever was connected to it."""
    _administer(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def fresh_database(url: str, *, template: str = "template1") -> Iterator[str]:
    """The URL of a database of one's own, a copy of `template`, dropped at the end of the `with` block."""
    name = f"t_{uuid4().hex}"
    yield_url = create_database(url, name, template=template)
    try:
        yield yield_url
    finally:
        drop_database(url, name)


def with_database(url: str, name: str) -> str:
    """The same server's URL, for another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _major_version(initdb: Path) -> float:
    return float(initdb.parent.parent.name)


def _unprivileged() -> dict[str, Any]:
    """What makes subprocess run a program as an ordinary user; empty if the caller is one."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _initialise(programs: Path, folder: Path, identity: dict[str, Any]) -> None:
    # ICU's order is not the bytewise one: a sort that forgot its key column shows.
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"]
    command = [
        str(programs / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        USER,
        "--auth=trust",
        "--no-sync",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **identity)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _launch(
    programs: Path, folder: Path, identity: dict[str, Any], options: dict[str, str]
) -> PostgresServer:
    for _ in range(ATTEMPTS):  # another process may take the free port first
        server = _spawn(programs, folder, identity, COMMON | options | {"port": str(_free_port())})
        if _answers(server):
            return server
    log = (folder / "log").read_text(errors="replace")
    raise RuntimeError(f"PostgreSQL did not start:\n{log[-4000:]}")


def _spawn(
    programs: Path, folder: Path, identity: dict[str, Any], settings: dict[str, str]
) -> PostgresServer:
    settings = {**settings, "unix_socket_directories": str(folder)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
            preexec_fn=end_with_parent(signal.SIGQUIT),
            **identity,
        )
    return PostgresServer(f"postgresql://{USER}@127.0.0.1:{settings['port']}/postgres", process, folder)


def end_with_parent(how: signal.Signals) -> Callable[[], object]:
    """Asks the kernel to stop a child when this process dies, even by kill -9; loaded before the fork."""
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, how)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(server: PostgresServer) -> bool:
    """Whether it takes connections; False if the process ended instead.

    Raises: RuntimeError if it does neither in time.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            return False
        try:
            psycopg2.connect(server.url).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return True
    server.process.kill()
    raise RuntimeError(f"PostgreSQL did not answer within {START_TIMEOUT_S} s")


def _administer(url: str, statement: sql.Composed) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True  # CREATE DATABASE refuses a transaction
        with connection.cursor() as cursor:
            cursor.execute(statement)
