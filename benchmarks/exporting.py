"""Five thousand rows in export mode: how far the server's memory rises above what it is at rest."""

import asyncio
import http.client
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks import machine
from benchmarks.books import Sizes
from benchmarks.processes import status_kb
from benchmarks.servers import postgres, serving
from benchmarks.store import Store, fill, settings_for

WANTED_MB = 20
ROWS = 5_000
QUESTIONS = {
    "flat": f"{{ parties(first: {ROWS}, orderBy: [{{name: ASC}}]) {{ nodes {{ id name kind country createdAt }} }} }}",
    "nested": f"""{{ parties(first: {ROWS}, orderBy: [{{name: ASC}}]) {{ totalCount pageInfo {{ endCursor }}
        edges {{ cursor node {{ id name
        relationships(first: 5) {{ nodes {{ id stage type {{ code }} counterparty {{ id name }} }} }}
        interactions(first: 5) {{ nodes {{ id subject occurredAt }} }} dealings(first: 5) {{ nodes {{ id amount
        {{ amount currency }} occurredOn }} }} tasks(first: 5) {{ nodes {{ id subject }} }} }} }} }} }}""",
}  # fmt: skip
_LOOK_EVERY_S = 0.005


def run(sizes: Sizes, times: int, *, sqlite: bool, say: Callable[[str], None] = print) -> dict[str, Any]:
    """The report: for each question the size of its answer, its seconds, the highest memory above rest."""
    with tempfile.TemporaryDirectory(prefix="xrm-export-") as name, ExitStack() as stack:
        folder = Path(name)
        url = "" if sqlite else stack.enter_context(postgres())
        store = asyncio.run(fill(settings_for(url, folder / "data"), sizes, 1, say))
        module = ("benchmarks.subject", "product")
        address, process = stack.enter_context(serving(module, store.settings, folder / "server.log"))
        # A server that has answered something: code is loaded, caches are begun.
        for text in QUESTIONS.values():
            _asked(address, store, text.replace(str(ROWS), "501"))
        found = [_measured(address, process, store, which) for which in QUESTIONS for _ in range(times)]
    return {
        "kind": "export", "machine": machine.described(), "database": "sqlite" if sqlite else "postgresql",
        "rows": ROWS, "exports": found, "wanted_mb": WANTED_MB,
    }  # fmt: skip


def _measured(address: str, process: int, store: Store, which: str) -> dict[str, Any]:
    time.sleep(1.0)
    idle, peak, ended = status_kb(process, "VmRSS"), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, status_kb(process, "VmRSS"))
            time.sleep(_LOOK_EVERY_S)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        size = _asked(address, store, QUESTIONS[which])
    finally:
        ended.set()
        watcher.join()
    return {
        "question": which,
        "seconds": round(time.perf_counter() - began, 2),
        "answer_mb": round(size / 2**20, 2),
        "idle_mb": round(idle / 1024, 1),
        "above_idle_mb": round(max(0, peak - idle) / 1024, 1),
    }


def _asked(address: str, store: Store, text: str) -> int:
    """The bytes of the answer, read without keeping them. Raises: RuntimeError if it is no whole answer."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=300)
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {store.tokens['admin']}",
        "X-XRM-Export": "1",
    }
    connection.request("POST", "/graphql", orjson.dumps({"query": text}), headers)
    response = connection.getresponse()
    size, last = 0, b""
    while chunk := response.read(65_536):
        size, last = size + len(chunk), chunk
    connection.close()
    if response.status != 200 or not last.endswith(b"}}}") or b'"errors"' in last[:20]:
        raise RuntimeError(f"{response.status}: {last[-300:]!r}")
    return size


def as_text(found: dict[str, Any]) -> str:
    """For a terminal."""
    lines = [f"{'question':>10} {'answer MB':>10} {'seconds':>8} {'idle MB':>8} {'above idle MB':>14}"]
    for one in found["exports"]:
        told = f"{one['question']:>10} {one['answer_mb']:>10} {one['seconds']:>8} {one['idle_mb']:>8}"
        lines.append(f"{told} {one['above_idle_mb']:>14}")
    worst = max(one["above_idle_mb"] for one in found["exports"])
    verdict = "as wanted" if worst <= found["wanted_mb"] else "TOO MUCH"
    return "\n".join([*lines, f"{found['database']}: at most {worst} MB (≤ {WANTED_MB}: {verdict})"])
