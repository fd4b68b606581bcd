"""Driving a server with wrk, and what it cost the server and the database meanwhile."""

import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

_SCRIPT = Path(__file__).with_name("post.lua")
_TICKS = os.sysconf("SC_CLK_TCK")


class WrkMissing(RuntimeError):
    """wrk is not installed; the message says how to."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One block against one server: requests a second, CPU a request, how long the answers took, in milliseconds."""

    requests: int
    per_second: float
    server_cpu_ms: float
    database_cpu_ms: float
    p50_ms: float
    p99_ms: float
    bytes_each: float

    @property
    def cpu_ms(self) -> float:
        """What a request cost the server and the database together."""
        return self.server_cpu_ms + self.database_cpu_ms

    def as_dict(self) -> dict[str, Any]:
        """For the JSON report."""
        return asdict(self)


def wrk() -> str:
    """The program and its version. Raises: WrkMissing."""
    program = shutil.which("wrk")
    if program is None:
        raise WrkMissing("The benchmark is driven by wrk: apt-get install --no-install-recommends wrk")
    shown = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)
    return (shown.stdout + shown.stderr).splitlines()[0].split(" Copyright")[0].strip()


def drive(
    url: str, bodies: Path, token: str, *, connections: int, seconds: float, encoding: str = ""
) -> dict[str, float]:
    """What wrk reports after `seconds` of POSTs from one thread. Raises: RuntimeError if an answer was an error."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "10s",
        "-s",
        str(_SCRIPT),
        url,
        "--",
    ]
    command += [str(bodies), token, *([encoding] if encoding else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result: dict[str, float] = orjson.loads(line.removeprefix("RESULT "))
    if result["errors"]:
        raise RuntimeError(f"wrk met errors:\n{done.stdout}")
    return result


def cpu_seconds(*pids: int) -> float:
    """The CPU these processes have used so far, user and system."""
    return sum(int(ticks) for pid in pids for ticks in _stat(pid)[11:13]) / _TICKS


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    return [
        int(found.name) for found in Path("/proc").glob("[0-9]*") if _stat(int(found.name))[1:2] == [str(pid)]
    ]


def parent(pid: int) -> int | None:
    """The process that started a process; None if there is none of that number here."""
    return next((int(found) for found in _stat(pid)[1:2]), None)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/…/stat from the state on; none if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _each(postmaster: int | None) -> dict[int, float]:
    return {pid: cpu_seconds(pid) for pid in (children(postmaster) if postmaster else [])}


def measure(server: int, postmaster: int | None, **how: Any) -> Measured:
    """One block: the load, and the CPU that the server process and PostgreSQL's backends used during it."""
    before, before_database = cpu_seconds(server), _each(postmaster)
    seen = drive(**how)
    # Connections that were opened meanwhile count from their beginning.
    after_database = _each(postmaster)
    used = cpu_seconds(server) - before
    used_database = sum(spent - before_database.get(pid, 0) for pid, spent in after_database.items())
    requests = int(seen["requests"])
    if not requests:
        raise RuntimeError("Not one answer came within a block: make it longer with --seconds.")
    return Measured(
        requests,
        requests / seen["microseconds"] * 1e6,
        used / requests * 1e3,
        used_database / requests * 1e3,
        seen["p50"] / 1e3,
        seen["p99"] / 1e3,
        seen["bytes"] / requests,
    )
