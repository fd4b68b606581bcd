"""Run as a program: renders a contract once more, in a process of its own, and prints the file's SHA-256."""

import asyncio
import sys
from pathlib import Path

from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings

RENDER = "mutation ($id: ID!) { renderContract(id: $id, initials: true) { sha256 } }"


async def main(folder: str, url: str, contract_id: str) -> None:
    """Print the hash."""
    settings = Settings(data_dir=Path(folder), database_url=url, secret="test", pool_size=2)  # type: ignore[arg-type]
    xrm = await Installation.open(settings)
    found = await xrm.ask(RENDER, {"id": contract_id}, role="legal")
    await xrm.close()
    print("sha256", found["renderContract"]["sha256"])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
