"""Who carries a job out, told apart from every other process, and whether it still lives."""

import os
import socket
from pathlib import Path


def runner_of(pid: int) -> str:
    """The process on this machine: its host, its id, and when it began, since ids are used again."""
    return f"{socket.gethostname()}/{pid}/{_began(pid)}"


def has_ended(runner: str) -> bool:
    """Whether the process is known to have ended; one of another machine is not known to."""
    _, pid, began = runner.rsplit("/", 2)
    return not is_elsewhere(runner) and _began(int(pid)) != began


def is_elsewhere(runner: str) -> bool:
    """Whether the process is one of another machine."""
    return runner.rsplit("/", 2)[0] != socket.gethostname()


def _began(pid: int) -> str:
    """When the process began, as the system counts; `alive` where it does not tell, `ended` if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return "ended" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return _lives(pid)


def _lives(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return "ended"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "ended"
    except PermissionError:
        pass
    return "alive"
