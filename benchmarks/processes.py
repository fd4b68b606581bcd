"""Running a command to its end: how long it took, the CPU it used, and the most memory it held."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import children

# The console script, whatever the environment's folder is called.
XRM = (sys.executable, "-c", "from xrm_core.cli.main import main; main()")
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process and those it started cost."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def spend(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Spent:
    """Run a command. Raises: RuntimeError with the end of its output if it fails."""
    before = os.times()
    began = time.perf_counter()
    peaks: dict[int, int] = {}
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=output)
        while process.poll() is None:
            # The kernel keeps each process's highest mark, so only the last moments of one could be missed.
            for pid in (process.pid, *children(process.pid)):
                peaks[pid] = max(peaks.get(pid, 0), status_kb(pid, "VmHWM"))
            time.sleep(_LOOK_EVERY_S)
    seconds, after = time.perf_counter() - began, os.times()
    if process.returncode:
        raise RuntimeError(f"{command} failed:\n{log.read_text(errors='replace')[-3000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(seconds, cpu, sum(peaks.values()) / 1024)


def status_kb(pid: int, name: str) -> int:
    """A figure of /proc/…/status in kB: VmHWM the most memory so far, VmRSS the memory now; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
