"""The memory of a server process after a thousand varied questions, and after a hundred thousand."""

import asyncio
import http.client
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks import machine
from benchmarks.books import Sizes
from benchmarks.processes import status_kb
from benchmarks.servers import postgres, serving
from benchmarks.store import Store, fill, settings_for
from benchmarks.varied import question

FIRST = 1_000
WANTED = 1.2
_AT_ONCE = 8
# What was just freed is given back before anybody looks.
_REST_S = 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """The process's memory after so many questions."""

    questions: int
    memory_mb: float
    per_second: float


def marks_for(questions: int) -> list[int]:
    """When to look: after a thousand, and some ten times until the end."""
    step = max(FIRST, questions // 10)
    return sorted({FIRST, *range(step, questions, step), questions})


def run(questions: int, sizes: Sizes, *, sqlite: bool, say: Callable[[str], None] = print) -> dict[str, Any]:
    """The report."""
    with tempfile.TemporaryDirectory(prefix="xrm-memory-") as name, ExitStack() as stack:
        folder = Path(name)
        url = "" if sqlite else stack.enter_context(postgres())
        store = asyncio.run(fill(settings_for(url, folder / "data"), sizes, 1, say))
        module = ("benchmarks.subject", "product")
        address, process = stack.enter_context(serving(module, store.settings, folder / "server.log"))
        marks, codes = _driven(address, process, store, questions, say)
    ratio = marks[-1].memory_mb / marks[0].memory_mb
    return {
        "kind": "memory", "machine": machine.described(), "database": "sqlite" if sqlite else "postgresql",
        "questions": questions, "marks": [asdict(mark) for mark in marks], "answers": codes,
        "ratio": round(ratio, 3), "wanted": WANTED,
    }  # fmt: skip


def _driven(
    address: str, process: int, store: Store, questions: int, say: Callable[[str], None]
) -> tuple[list[Mark], dict[str, int]]:
    marks: list[Mark] = []
    codes: dict[str, int] = {}
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        askers = [Asker(address, store) for _ in range(_AT_ONCE)]
        for begin, end in pairwise([0, *marks_for(questions)]):
            began = time.perf_counter()
            lots = [range(begin + place, end, _AT_ONCE) for place in range(_AT_ONCE)]
            for found in threads.map(lambda pair: pair[0].ask(pair[1]), zip(askers, lots, strict=True)):
                for code, count in found.items():
                    codes[code] = codes.get(code, 0) + count
            speed = (end - begin) / (time.perf_counter() - began)
            time.sleep(_REST_S)
            marks.append(Mark(end, round(status_kb(process, "VmRSS") / 1024, 1), round(speed, 1)))
            say(f"{end} questions: {marks[-1].memory_mb} MB, {speed:.0f}/s")
    return marks, codes


class Asker:
    """One client with a connection that it keeps."""

    def __init__(self, address: str, store: Store) -> None:
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=120)
        self._store = store
        self._parties = store.parties or ["00000000-0000-7000-8000-000000000000"]

    def ask(self, numbers: range) -> dict[str, int]:
        """How often each code, or `fine`, was the answer. Raises: RuntimeError for one that must not be."""
        found: dict[str, int] = {}
        # The server closes what was still for a while; asking opens it again.
        self._connection.close()
        for code in self._codes(numbers):
            if code in ("INTERNAL", "UNAVAILABLE"):
                raise RuntimeError(f"the server answered {code}")
            found[code] = found.get(code, 0) + 1
        return found

    def _codes(self, numbers: range) -> Iterator[str]:
        for number in numbers:
            body, who = question(number, self._parties)
            headers = {"Content-Type": "application/json"}
            if who != "nobody":
                headers["Authorization"] = f"Bearer {self._store.tokens[who]}"
            self._connection.request("POST", "/graphql", orjson.dumps(body), headers)
            answer = orjson.loads(self._connection.getresponse().read())
            yield answer["errors"][0]["extensions"]["code"] if "errors" in answer else "fine"


def as_text(found: dict[str, Any]) -> str:
    """For a terminal."""
    lines = [f"{'questions':>10} {'memory MB':>10} {'a second':>9}"]
    lines += [
        f"{mark['questions']:>10,} {mark['memory_mb']:>10} {mark['per_second']:>9}" for mark in found["marks"]
    ]
    verdict = "as wanted" if found["ratio"] <= found["wanted"] else "TOO MUCH"
    lines.append(f"{found['database']}: {found['ratio']} of the memory after {FIRST} (≤ {WANTED}: {verdict})")
    return "\n".join([*lines, f"answers: {found['answers']}"])
