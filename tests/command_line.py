"""Runs `xrm` as its own process, as an operator does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROGRAM = [sys.executable, "-c", "from xrm_core.cli.main import main; main()"]


def xrm_process(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `xrm …` answered, run in `folder` with nothing of the caller's settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XRM_")}
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env={**inherited, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
