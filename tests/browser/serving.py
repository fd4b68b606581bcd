"""A real server, as an operator starts it, for tests that speak to it from outside."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.command_line import PROGRAM, xrm_process

PASSWORD = "correct horse battery"
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Served:
    """Where it answers, and the administrator who may sign in."""

    url: str
    email: str = "admin@xrm.example"
    password: str = PASSWORD

    def token(self) -> str:
        """A fresh sign-in."""
        text = "mutation ($e: String!, $p: String!) { login(email: $e, password: $p) { token } }"
        payload = {"query": text, "variables": {"e": self.email, "p": self.password}}
        answer = httpx2.post(f"{self.url}/graphql", json=payload, timeout=30).json()
        return str(answer["data"]["login"]["token"])


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Served]:
    """A server on an embedded database in `folder`, until the block ends."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XRM_")}
    environment = {"XRM_DATA_DIR": str(folder / "data"), **settings}
    _administrator(folder, environment)
    port = _free_port()
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", str(port)], cwd=folder, env={**inherited, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(process, f"http://127.0.0.1:{port}")
        yield Served(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _administrator(folder: Path, environment: Mapping[str, str]) -> None:
    for command in (
        ("migrate",),
        ("user", "add", "admin@xrm.example", "Admin", "--role", "admin", "--password", PASSWORD),
    ):
        done = xrm_process(*command, folder=folder, environment=environment)
        assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server stopped"
        try:
            if httpx2.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
