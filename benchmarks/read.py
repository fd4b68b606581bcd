"""The read path against the limit: interleaved blocks, one server process each, one PostgreSQL."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from benchmarks import load, machine, report
from benchmarks.questions import ONE, PAGE
from benchmarks.servers import ask, postgres, serving
from benchmarks.store import Store, fill, postmaster, settings_for
from benchmarks.trial import SUBJECTS, Cell, Trial

_TEXTS = {"L": PAGE, "D": ONE}
_COMPARED = 40
_WARM_S = 2.0


class Unequal(RuntimeError):
    """The limit does not answer what the product answers, so there is nothing to compare."""


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(trial: Trial, say: Callable[[str], None] = _tell) -> dict[str, Any]:
    """The report of one interleaved run. Raises: Unequal, WrkMissing."""
    program = load.wrk()
    with tempfile.TemporaryDirectory(prefix="xrm-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        url = trial.url or stack.enter_context(postgres())
        store = asyncio.run(fill(settings_for(url, folder / "data"), trial.sizes, trial.seed, say))
        servers = {
            which: stack.enter_context(serving(which, store.settings, folder / f"{which}.log"))
            for which in SUBJECTS
        }
        stage = Stage(trial, store, servers, folder)
        stage.compare()
        before = machine.calibration()
        cells = trial.cells()
        stage.warm(cells)
        for number in range(trial.blocks):
            say(f"block {number + 1} of {trial.blocks}")
            stage.block(cells, number)
        return report.of_reading(trial, cells, [before, machine.calibration()], program)


class Stage:
    """Everything that stands while blocks are run."""

    def __init__(
        self,
        trial: Trial,
        store: Store,
        servers: dict[str, tuple[str, int]],
        folder: Path,
    ) -> None:
        self.trial, self.store, self.servers = trial, store, servers
        self._postmaster = asyncio.run(postmaster(store.settings.database_url))
        self._bodies = {question: folder / f"{question}.bodies" for question in _TEXTS}
        for question, path in self._bodies.items():
            path.write_bytes(b"\n".join(orjson.dumps(body) for body in self._asked(question)) + b"\n")

    def _asked(self, question: str) -> list[dict[str, Any]]:
        variables: list[dict[str, Any]] = (
            [{"id": party} for party in self.store.parties]
            if question == "D"
            else [{"from": name} for name in self.store.names]
        )
        return [{"query": _TEXTS[question], "variables": each} for each in variables]

    def compare(self) -> None:
        """Both subjects give the same JSON, and no error, to every role. Raises: Unequal."""
        for question in _TEXTS:
            for role in self.trial.roles:
                for body in self._asked(question)[:_COMPARED]:
                    product, limit = (
                        ask(self.servers[which][0], self.store.tokens[role], body) for which in SUBJECTS
                    )
                    if product != limit or not isinstance(product, dict) or "errors" in product:
                        raise Unequal(f"{question} as {role}, {body['variables']}:\n{product}\n{limit}")

    def warm(self, cells: list[Cell]) -> None:
        """Every statement is planned on every connection before anything is measured."""
        for cell in cells:
            for which in SUBJECTS:
                self._drive(cell, which, _WARM_S)

    def block(self, cells: list[Cell], number: int) -> None:
        """One block of each cell for each subject, close together; who goes first alternates."""
        for cell in cells:
            for which in SUBJECTS if number % 2 == 0 else SUBJECTS[::-1]:
                cell.blocks[which].append(self._drive(cell, which, self.trial.seconds))

    def _drive(self, cell: Cell, which: str, seconds: float) -> load.Measured:
        url, pid = self.servers[which]
        return load.measure(
            pid,
            self._postmaster,
            url=url,
            bodies=self._bodies[cell.question],
            token=self.store.tokens[cell.role],
            connections=cell.connections,
            seconds=seconds,
            encoding=self.trial.encoding,
        )
