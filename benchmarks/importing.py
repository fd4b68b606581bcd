"""`xrm import gla` on a fresh SQLite: how long, and how much memory above a process that has only started."""

import asyncio
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.processes import XRM, Spent, spend
from benchmarks.servers import environment
from benchmarks.store import installed, settings_for
from xrm_core.plugins.testing import prepare
from xrm_core.settings import Settings

TARGET_S, TARGET_MB = 10.0, 150.0
# A command that starts the application as the import does, and then does nothing.
_IDLE = """
from xrm_core.cli.running import application, run
async def work():
    async with application(migrated=True):
        pass
run(work)
"""


def run(times: int) -> dict[str, Any]:
    """The report: each run starts from a database that was just made."""
    runs = [_once() for _ in range(times)]
    return {
        "kind": "import",
        "machine": machine.described(),
        "calibration": machine.calibration(),
        "targets": {"seconds": TARGET_S, "memory_above_idle_mb": TARGET_MB},
        "runs": runs,
        "medians": {figure: round(statistics.median(run[figure] for run in runs), 3) for figure in _FIGURES},
    }


_FIGURES = ("seconds", "cpu_seconds", "memory_above_idle_mb", "rerun_seconds", "idle_seconds")


def _once() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="xrm-benchmark-") as name:
        folder = Path(name)
        settings = settings_for("", folder / "data")
        asyncio.run(_prepare(settings))
        given = environment(settings)
        idle = spend([sys.executable, "-c", _IDLE], given, folder / "idle.log")
        first = spend([*XRM, "import", "gla"], given, folder / "import.log")
        told = (folder / "import.log").read_text(errors="replace")
        again = spend([*XRM, "import", "gla"], given, folder / "again.log")
    return _figures(idle, first, again) | {"told": told.splitlines()[-20:]}


async def _prepare(settings: Settings) -> None:
    await prepare(settings, plugins=installed(settings))


def _figures(idle: Spent, first: Spent, again: Spent) -> dict[str, Any]:
    return {
        "seconds": first.seconds,
        "cpu_seconds": first.cpu_seconds,
        "memory_above_idle_mb": first.peak_mb - idle.peak_mb,
        "rerun_seconds": again.seconds,
        "idle_seconds": idle.seconds,
        "processes": {"idle": asdict(idle), "import": asdict(first), "rerun": asdict(again)},
    }


def as_text(found: dict[str, Any]) -> str:
    """The report for a terminal."""
    medians = found["medians"]
    reached = medians["seconds"] <= TARGET_S and medians["memory_above_idle_mb"] <= TARGET_MB
    return "\n".join(
        [
            *found["runs"][-1]["told"],
            "",
            f"import {medians['seconds']:.2f} s (CPU {medians['cpu_seconds']:.2f} s; only starting takes "
            f"{medians['idle_seconds']:.2f} s), memory {medians['memory_above_idle_mb']:.0f} MB above idle, "
            f"again {medians['rerun_seconds']:.2f} s; medians of {len(found['runs'])} runs",
            "each run: " + " ".join(f"{run['seconds']:.2f}" for run in found["runs"]),
            f"at most {TARGET_S:g} s and {TARGET_MB:g} MB wanted: " + ("reached" if reached else "missed"),
        ]
    )
