"""Somebody who does what a page says: writes its files, types its commands, asks its questions."""

import json
import os
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx2

from tests.docs.likeness import differences, is_like
from tests.docs.page import Block, commands

COMMAND_TIMEOUT_S = 120
START_TIMEOUT_S = 30


class Reader:
    """A reader with an empty folder, a shell and a browser."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.site = folder / "site"
        port = _free_port()
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("XRM_", "PYTEST_"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', '')}"
        self.environment = {**inherited, "PATH": path, "XRM_PORT": str(port), **environment}
        self.imported = [str(self.site)]
        self.browser = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        self.server: subprocess.Popen[bytes] | None = None
        self.names: dict[str, str] = {}

    def follow(self, page: list[Block]) -> None:
        """Do everything the page says, in order; fails at the first thing that is not as it says."""
        for block, following in zip(page, [*page[1:], None], strict=True):
            if block.file is not None:
                self.write(block.file, block.text)
            elif block.language == "sh":
                for command, shown in commands(block):
                    self.type(command, shown, f"line {block.line}: {command}")
            elif block.language == "graphql":
                assert following is not None and following.language == "json", f"line {block.line}: no answer"
                self.ask(block, following)

    def write(self, file: str, text: str) -> None:
        """The file is there."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, command: str, shown: str, place: str) -> None:
        """The command succeeds and answers as shown. Installing and serving are done our own way."""
        if command.startswith("pip install -e "):
            self.install(self.folder / command.removeprefix("pip install -e "))
            return
        if command == "xrm serve":
            self.serve()
            return
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder, env=self._shell(), capture_output=True, text=True, check=False,
            timeout=COMMAND_TIMEOUT_S,
        )  # fmt: skip
        assert done.returncode == 0, f"{place}\n{done.stdout}\n{done.stderr}"
        assert is_like(shown, done.stdout), f"{place}\n{done.stdout}\ninstead of\n{shown}"

    def install(self, project: Path) -> None:
        """What an editable installation leaves: the folder can be imported, its entry points are known.

        pip itself would fetch the build backend from the network.
        """
        declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        name = declared["name"].replace("-", "_")
        metadata = self.site / f"{name}-{declared['version']}.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {declared['name']}\nVersion: {declared['version']}\n"
        )
        groups = [
            f"[{group}]\n" + "".join(f"{entry} = {target}\n" for entry, target in entries.items())
            for group, entries in declared["entry-points"].items()
        ]
        (metadata / "entry_points.txt").write_text("\n".join(groups))
        self.imported.append(str(project.resolve()))

    def serve(self) -> None:
        """A server answers; one that ran before has been stopped."""
        self.stop()
        with (self.folder.parent / "server.log").open("ab") as log:
            self.server = subprocess.Popen(["xrm", "serve"], cwd=self.folder, env=self._shell(), stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.server.poll() is None:
            try:
                self.browser.get("/healthz")
            except httpx2.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"The server did not start:\n{self._log()}")

    def stop(self) -> None:
        """No server runs."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(timeout=START_TIMEOUT_S)

    def ask(self, question: Block, shown: Block) -> None:
        """The question is answered as shown."""
        text = question.text
        for name, value in self.names.items():
            text = text.replace(name, value)
        answer = self.browser.post("/graphql", json={"query": text}).json()
        wrong = differences(json.loads(shown.text), answer, self.names)
        assert wrong == [], f"line {question.line}: {'; '.join(wrong)}\n{json.dumps(answer)}\n{self._log()}"

    def _log(self) -> str:
        return (self.folder.parent / "server.log").read_text(encoding="utf-8")[-4000:]

    def _shell(self) -> dict[str, str]:
        return {**self.environment, "PYTHONPATH": os.pathsep.join(self.imported)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
