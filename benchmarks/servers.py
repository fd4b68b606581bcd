"""Starting and stopping what is measured: PostgreSQL, and one server process for each subject."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson

from tests.postgres import create_database, end_with_parent, start_server
from xrm_core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
# As in a small production: it survives a power cut, and the data of the benchmark fits into its memory.
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "timezone": "UTC"}
_PATIENCE_S = 60.0


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a fresh database on a durable server of our own."""
    server = start_server(durable=True, options=POSTGRES)
    try:
        yield create_database(server.url, "benchmarks")
    finally:
        server.stop()


@contextmanager
def serving(module: Sequence[str], settings: Settings, log: Path) -> Iterator[tuple[str, int]]:
    """The address of a subject's GraphQL and its process id, once it answers. Raises: RuntimeError if it does not.

    `module`: the Python module that serves, with its arguments but for the port.
    """
    port = free_port()
    command = [sys.executable, "-m", *module, str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(settings), stdout=output, stderr=output,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )  # fmt: skip
    try:
        await_answer(f"http://127.0.0.1:{port}/healthz", process.poll)
        yield f"http://127.0.0.1:{port}/graphql", process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process finds these settings and none of the caller's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XRM_")}
    return kept | {
        "XRM_DATABASE_URL": settings.database_url,
        "XRM_DATA_DIR": str(settings.data_dir),
        "XRM_SECRET": settings.secret.get_secret_value(),
        "XRM_POOL_SIZE": str(settings.pool_size),
    }


def await_answer(url: str, ended: Callable[[], int | None]) -> None:
    """The server answers at `url`. Raises: RuntimeError if it ended or takes more than a minute."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if ended() is not None:
            raise RuntimeError("The server ended before it answered; see its log.")
        try:
            urlopen(url, timeout=5).close()
        except HTTPError:
            return  # it knows no such address, but it answers
        except (URLError, OSError):
            time.sleep(0.005)
        else:
            return
    raise RuntimeError("The server does not answer.")


def ask(url: str, token: str, body: Mapping[str, object]) -> object:
    """The parsed answer to one question."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urlopen(Request(url, orjson.dumps(body), headers), timeout=30) as answer:
        return orjson.loads(answer.read())


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
