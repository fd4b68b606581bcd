"""Pages far down a list: their cursors, found by turning page by page, and whether they hold what they should."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

from benchmarks.questions import BY_AGE, BY_NAME
from benchmarks.servers import ask
from benchmarks.store import Store

if TYPE_CHECKING:
    from benchmarks.read import Server

PAGE = 20
FAR = 10_000
_STRIDE = 500
_KEPT = 20
_TEXTS = {"by name": BY_NAME, "by age": BY_AGE}
_ORDERS = {"by name": "name_key, id", "by age": "created_at DESC, id DESC"}


def bodies(question: str, server: "Server", store: Store) -> list[dict[str, Any]]:
    """The first page, or the last pages up to the ten-thousandth, each after the cursor of the one before it."""
    order, _, where = question.rpartition(" ")
    text = _TEXTS[order]
    if where == "first":
        return [{"query": text, "variables": {"after": None}}]
    rows = _far(store)
    near = max(0, rows - _KEPT * PAGE)
    cursor = None
    for at in range(0, near - near % PAGE, _STRIDE):
        cursor = _end(server, text, cursor, min(_STRIDE, near - near % PAGE - at))
    found = []
    while near <= rows:
        found.append({"query": text, "variables": {"after": cursor}})
        cursor = _end(server, text, cursor, PAGE)
        near += PAGE
    return found


def _end(server: "Server", text: str, after: str | None, size: int) -> str:
    wider = text.replace(f"first: {PAGE}", f"first: {size}").replace("nodes { id name kind country }", "")
    answer: Any = ask(server.url, server.tokens["admin"], {"query": wider, "variables": {"after": after}})
    end: str = answer["data"]["parties"]["pageInfo"]["endCursor"]
    return end


def check(question: str, server: "Server", asked: list[dict[str, Any]], store: Store) -> None:
    """The last page asked for holds the rows that the database counts off. Raises: AssertionError."""
    order, rows = question.rpartition(" ")[0], _far(store)
    answer: Any = ask(server.url, server.tokens["admin"], asked[-1])
    found = [node["id"] for node in answer["data"]["parties"]["nodes"]]
    wanted = asyncio.run(_counted_off(store.settings.database_url, _ORDERS[order], rows))
    assert found == wanted, f"{question}: {found} instead of {wanted}"


def _far(store: Store) -> int:
    """How many rows come before the page: the ten-thousandth, or the last full one."""
    counting = "SELECT count(*) FROM core_party WHERE source = 'books'"
    parties = asyncio.run(_fetch(store.settings.database_url, counting))[0][0]
    return (min(FAR, int(parties) // PAGE) - 1) * PAGE


async def _counted_off(url: str, order: str, rows: int) -> list[str]:
    found = await _fetch(
        url,
        f"SELECT id::text FROM core_party WHERE tenant_id = 1 ORDER BY {order} OFFSET {rows} LIMIT {PAGE}",
    )
    return [row[0] for row in found]


async def _fetch(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()
