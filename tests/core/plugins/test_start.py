"""What starting the server loads: nothing heavy that only some work needs."""

import json
import subprocess
import sys
from pathlib import Path

from tests.command_line import xrm_process

HEAVY = {
    "weasyprint", "matplotlib", "scipy", "sklearn", "duckdb", "phonenumbers", "babel", "holidays", "pikepdf",
    "pypdf", "rapidfuzz", "pandas", "numpy", "networkx", "asyncpg", "argon2",
}  # fmt: skip
PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from xrm_core.api.http import asgi
from xrm_core.app import Application
from xrm_core.settings import Settings

async def start():
    app = Application(Settings(data_dir=Path(sys.argv[1])))
    await app.start()
    asgi(app)
    await app.close()

asyncio.run(start())
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_a_started_server_has_loaded_nothing_heavy(tmp_path: Path) -> None:
    made = xrm_process("migrate", folder=tmp_path, environment={"XRM_DATA_DIR": str(tmp_path / "data")})
    assert made.returncode == 0, made.stderr

    started = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "data")],
        capture_output=True, text=True, check=True, cwd=tmp_path, timeout=120,
    )  # fmt: skip

    assert sorted(HEAVY & set(json.loads(started.stdout))) == []
