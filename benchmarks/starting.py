"""From the command line to the first answer: `xrm serve` with every installed plugin, on PostgreSQL."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.books import Sizes
from benchmarks.load import cpu_seconds
from benchmarks.processes import XRM, Spent, spend, status_kb
from benchmarks.servers import ask, await_answer, environment, free_port, postgres
from benchmarks.store import Store, fill, installed, settings_for

TARGET_S = 2.5
# What a server of this kind loads before it has a line of its own: the floor that no start can be below.
_LIBRARIES = (
    "strawberry, starlette.applications, uvicorn, uvloop, httptools, sqlalchemy.ext.asyncio, asyncpg, alembic.command, "
    "casbin, pluggy, transitions, pydantic_settings, structlog, orjson, typer"
)
_QUESTION = {"query": "{ parties(first: 1) { nodes { id name } } }"}


def run(times: int) -> dict[str, Any]:
    """The report: medians over the runs."""
    with tempfile.TemporaryDirectory(prefix="xrm-benchmark-") as name, postgres() as url:
        folder = Path(name)
        store = asyncio.run(
            fill(settings_for(url, folder / "data"), Sizes().over(2_000), 1, lambda _text: None)
        )
        bare = [sys.executable, "-c", f"import {_LIBRARIES}"]
        starts, floors = [], []
        for number in range(times + 1):
            start, floor = (
                _start(store, folder),
                spend(bare, environment(store.settings), folder / "bare.log"),
            )
            # The first of each reads its files from the disk and compiles bytecode: it is not counted.
            if number:
                starts.append(start)
                floors.append(floor)
    return {
        "kind": "start",
        "machine": machine.described(),
        "calibration": machine.calibration(),
        "plugins": installed(store.settings),
        "target_s": TARGET_S,
        "runs": [start | _bare(floor) for start, floor in zip(starts, floors, strict=True)],
        "medians": _medians(starts) | _medians([_bare(floor) for floor in floors]),
    }


def _bare(floor: Spent) -> dict[str, float]:
    return {"bare_libraries_s": round(floor.seconds, 3), "bare_libraries_cpu_s": round(floor.cpu_seconds, 3)}


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {figure: round(statistics.median(run[figure] for run in runs), 3) for figure in runs[0]}


def _start(store: Store, folder: Path) -> dict[str, float]:
    port = free_port()
    command = [*XRM, "serve", "--port", str(port), "--log-level", "error"]
    with (folder / "serve.log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment(store.settings), stdout=log, stderr=log)
        try:
            await_answer(f"http://127.0.0.1:{port}/healthz", process.poll)
            answer = ask(f"http://127.0.0.1:{port}/graphql", store.tokens["admin"], _QUESTION)
            seconds = time.perf_counter() - began
            assert isinstance(answer, dict) and "errors" not in answer, answer
            used, memory = cpu_seconds(process.pid), status_kb(process.pid, "VmRSS") / 1024
        finally:
            process.terminate()
            process.wait(timeout=30)
    return {"first_answer_s": round(seconds, 3), "cpu_s": round(used, 3), "memory_mb": round(memory, 1)}


def as_text(found: dict[str, Any]) -> str:
    """The report for a terminal."""
    medians = found["medians"]
    lines = [
        f"start to first answer {medians['first_answer_s']:.2f} s (CPU {medians['cpu_s']:.2f} s, memory "
        f"{medians['memory_mb']:.0f} MB), bare libraries {medians['bare_libraries_s']:.2f} s "
        f"(CPU {medians['bare_libraries_cpu_s']:.2f} s); medians of "
        f"{len(found['runs'])} runs",
        "each run: " + " ".join(f"{run['first_answer_s']:.2f}" for run in found["runs"]),
        f"plugins: {', '.join(found['plugins'])}",
        f"at most {found['target_s']} s wanted: "
        + ("reached" if medians["first_answer_s"] <= TARGET_S else "missed"),
    ]
    return "\n".join(lines)
