"""What the machine is and how fast it is just now: numbers of two runs compare only beside these."""

import hashlib
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]


def calibration() -> dict[str, float]:
    """CPU seconds for fixed work, a loop of plain Python and SHA-256 of 64 MB, and milliseconds for an fsync."""
    return {
        "python_loop_s": _median(_loop),
        "sha256_64mb_s": _median(lambda: hashlib.sha256(bytes(64_000_000)).digest()),
        "fsync_ms": _fsync(),
    }


def _fsync(times: int = 50) -> float:
    # The median of writing 8 kB and having it on disk, where temporary files and the database are.
    with tempfile.TemporaryFile() as file:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(8_192))
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return round(statistics.median(taken) * 1e3, 3)


def load() -> float:
    """How many processes wanted to run during the last minute, on average."""
    return round(os.getloadavg()[0], 1)


def described() -> dict[str, Any]:
    """The machine, the versions and the commit, as far as they can be told."""
    models = [
        line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "load_average": load(),
        "python": platform.python_version(),
        "commit": _git("rev-parse", "--short", "HEAD")
        + ("+changes" if _git("status", "--porcelain") else ""),
    }


def _loop() -> int:
    total = 0
    for number in range(3_000_000):
        total += number % 7
    return total


def _median(work: Any) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return round(statistics.median(taken), 3)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False, cwd=_ROOT)
    return done.stdout.strip()
