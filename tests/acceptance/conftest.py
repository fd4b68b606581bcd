"""The product as its user meets it: the demo started by its command, and a client that speaks HTTP to it."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

XRM = Path(sys.executable).parent / "xrm"
PATIENCE_S = 180


@dataclass(slots=True)
class Demo:
    """A running demo: where it is, where its data lies, how to sign in."""

    url: str
    data_dir: Path
    password: str
    said: str

    def client(self, user: str) -> "Client":
        """A signed-in client."""
        client = Client(self.url)
        login = "mutation ($e: String!, $p: String!) { login(email: $e, password: $p) { token } }"
        token = client.ask(login, {"e": f"{user}@xrm.example", "p": self.password})["login"]["token"]
        client.http.headers["authorization"] = f"Bearer {token}"
        return client

    def command(self, *arguments: str) -> str:
        """What an `xrm` command prints on this installation."""
        done = subprocess.run(
            [XRM, *arguments], env={"XRM_DATA_DIR": str(self.data_dir), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, timeout=PATIENCE_S, check=True,
        )  # fmt: skip
        return done.stdout


class Client:
    """A program that speaks GraphQL."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=60)

    def answer(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer."""
        response = self.http.post("/graphql", json={"query": document, "variables": variables or {}})
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, document: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an operation that must succeed."""
        answer = self.answer(document, variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def download(self, url: str) -> bytes:
        """A file."""
        response = self.http.get(url)
        assert response.status_code == 200, response.text
        return response.content


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, started as the README's command starts it."""
    folder, port = tmp_path_factory.mktemp("demo"), _free_port()
    log = folder / "said.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            [XRM, "demo", "--data-dir", str(folder / "data"), "--port", str(port), "--no-browser"],
            stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        said = _wait(process, log)
        password = re.search(r"Sign in with the password (\S+)", said)
        assert password, said
        yield Demo(f"http://127.0.0.1:{port}", folder / "data", password.group(1), said)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        said = log.read_text()
        if "XRM answers at" in said:
            return said
        assert process.poll() is None, said
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start: {log.read_text()}")
