"""The read path against the limit and against others: interleaved blocks, one server process each, one PostgreSQL."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import graphile, load, machine, report, turning
from benchmarks.questions import TEXTS
from benchmarks.servers import ask, postgres, serving
from benchmarks.store import Store, fill, postmaster, settings_for
from benchmarks.trial import Cell, Contender, Trial

# Variables of which every contender's answers are compared before anything is measured.
_COMPARED = 25
_WARM_S = 1.0
_SUBJECTS = {
    "product": ("benchmarks.subject", "product"),
    "limit": ("benchmarks.subject", "limit"),
    "sqlite": ("benchmarks.subject", "product"),
    "dataloaders": ("benchmarks.dataloaders",),
}


class Unequal(RuntimeError):
    """Two contenders do not answer the same, so there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers: its address, its id, that of its database's postmaster, what lets whom in."""

    url: str
    pid: int
    postmaster: int | None
    tokens: dict[str, str]


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(trial: Trial, say: Callable[[str], None] = _tell) -> dict[str, Any]:
    """The report of one interleaved run. Raises: Unequal, WrkMissing, NodeMissing."""
    program, cells = load.wrk(), trial.cells()
    wanted = {contender.server for cell in cells for contender in cell.contenders}
    with tempfile.TemporaryDirectory(prefix="xrm-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        url = trial.url or stack.enter_context(postgres())
        store = asyncio.run(fill(settings_for(url, folder / "data"), trial.sizes, trial.seed, say))
        servers = {
            which: stack.enter_context(_served(which, store, trial, folder, say)) for which in sorted(wanted)
        }
        stage = Stage(trial, store, servers, folder)
        for cell in cells:
            stage.compare(cell)
        before = machine.calibration()
        stage.warm(cells)
        for number in range(trial.blocks):
            say(f"block {number + 1} of {trial.blocks}, load {machine.load()}")
            stage.block(cells, number)
        return report.of_reading(trial, cells, [before, machine.calibration()], program)


def _served(which: str, store: Store, trial: Trial, folder: Path, say: Callable[[str], None]) -> Any:
    return _Served(which, store, trial, folder, say)


class _Served(ExitStack):
    """A server with all that it needs, for as long as it is entered."""

    def __init__(
        self, which: str, store: Store, trial: Trial, folder: Path, say: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._which, self._store, self._trial, self._folder, self._say = which, store, trial, folder, say

    def __enter__(self) -> Server:  # type: ignore[override]
        super().__enter__()
        store, log = self._store, self._folder / f"{self._which}.log"
        url = store.settings.database_url
        if self._which == "postgraphile":
            graphile.install()
            asyncio.run(graphile.prepare(url))
            served = graphile.serving(url, store.settings.pool_size, log)
        else:
            if self._which == "sqlite":
                store = self._embedded()
            served = serving(_SUBJECTS[self._which], store.settings, log)
        address, pid = self.enter_context(served)
        return Server(address, pid, asyncio.run(postmaster(store.settings.database_url)), store.tokens)

    def _embedded(self) -> Store:
        where = Path(self._trial.sqlite) if self._trial.sqlite else self._folder / "embedded"
        where.mkdir(parents=True, exist_ok=True)
        return asyncio.run(fill(settings_for("", where), self._trial.sizes, self._trial.seed, self._say))


class Stage:
    """Everything that stands while blocks are run."""

    def __init__(self, trial: Trial, store: Store, servers: dict[str, Server], folder: Path) -> None:
        self.trial, self.store, self.servers, self._folder = trial, store, servers, folder
        self._bodies: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def bodies(self, contender: Contender) -> list[dict[str, Any]]:
        """What the contender is asked, one after the other."""
        asked = "postgraphile" if contender.server == "postgraphile" else ""
        known = (asked, contender.question)
        if known not in self._bodies:
            self._bodies[known] = list(self._asked(asked, contender.question))
            lines = b"\n".join(orjson.dumps(body) for body in self._bodies[known])
            self._path(contender).write_bytes(lines + b"\n")
        return self._bodies[known]

    def _path(self, contender: Contender) -> Path:
        asked = "postgraphile" if contender.server == "postgraphile" else "ours"
        return self._folder / f"{asked}-{contender.question.replace(' ', '-')}.bodies"

    def _asked(self, asked: str, question: str) -> Iterable[dict[str, Any]]:
        if question not in TEXTS:
            return turning.bodies(question, self.servers["product"], self.store)
        key, values = ("id", self.store.parties) if question == "D" else ("from", self.store.names)
        if asked == "postgraphile":
            return [graphile.body_of(question, {key: value}) for value in values]
        return [{"query": TEXTS[question], "variables": {key: value}} for value in values]

    def compare(self, cell: Cell) -> None:
        """All contenders give the same JSON, and no error. Raises: Unequal."""
        asked = [self.bodies(contender) for contender in cell.contenders]
        if cell.contenders[0].question not in TEXTS:
            turning.check(cell.contenders[0].question, self.servers["product"], asked[0], self.store)
            return
        for number in range(_COMPARED):
            answers = [
                self._answer(contender, bodies[number])
                for contender, bodies in zip(cell.contenders, asked, strict=True)
            ]
            for contender, answer in zip(cell.contenders, answers, strict=True):
                if answer != answers[0] or "errors" in answer:
                    raise Unequal(
                        f"{cell.title}, {contender.label}: {asked[0][number]['variables']}\n"
                        f"{answers[0]}\n{answer}"
                    )

    def _answer(self, contender: Contender, body: dict[str, Any]) -> Any:
        server = self.servers[contender.server]
        answer = ask(server.url, server.tokens[contender.role], body)
        return graphile.as_ours(answer) if contender.server == "postgraphile" else answer

    def warm(self, cells: list[Cell]) -> None:
        """Every statement is planned on every connection before anything is measured."""
        for cell in cells:
            for contender in cell.contenders:
                load.drive(**self._how(cell, contender, _WARM_S))

    def block(self, cells: list[Cell], number: int) -> None:
        """One block of each cell for each contender, close together; who goes first alternates."""
        for cell in cells:
            places = list(range(len(cell.contenders)))
            for place in places if number % 2 == 0 else reversed(places):
                cell.blocks[place].append(self._drive(cell, cell.contenders[place], self.trial.seconds))

    def _drive(self, cell: Cell, contender: Contender, seconds: float) -> load.Measured:
        server = self.servers[contender.server]
        # wrk does not count what is under way at the end, which matters where one answer takes a tenth of a block.
        length = seconds * (3 if contender.server == "dataloaders" else 1)
        return load.measure(server.pid, server.postmaster, **self._how(cell, contender, length))

    def _how(self, cell: Cell, contender: Contender, seconds: float) -> dict[str, Any]:
        server = self.servers[contender.server]
        return {
            "url": server.url,
            "bodies": self._path(contender),
            "token": server.tokens[contender.role],
            "connections": cell.connections,
            "seconds": seconds,
            "encoding": self.trial.encoding,
        }
