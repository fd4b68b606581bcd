"""Export mode: pages of thousands of rows, written as they are read, so that memory stays flat (docs/limits.md)."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from graphql import GraphQLError

from xrm_core.access.policies import EXPORT
from xrm_core.api.context import ApiContext
from xrm_core.api.errors import shown
from xrm_core.api.execute import Answer, answer, answer_of, broken, extensions_of, ready, refused
from xrm_core.api.faults import settle
from xrm_core.api.running import Running, Still
from xrm_core.api.virtuals import fill
from xrm_core.db.long_read import LongRead, long_read
from xrm_core.errors import Forbidden, Invalid, Unauthenticated
from xrm_core.query.lists import ROW_MEMBERS
from xrm_core.query.plan import ROWS_KEY, Plan
from xrm_core.query.selection import Selected
from xrm_core.query.streamed import compile_rows, hidden_in, is_large, members, without_rows

_LOG = structlog.get_logger("xrm.api")
Chunks = AsyncIterator[list[str]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one page: nodes, or edges; those read already, and the rest."""

    plan: Plan
    first: list[str]
    rest: Chunks


@dataclass(slots=True)
class Export:
    """An answer that is read while it is written: `chunks` of its text, then `close` in any case."""

    running: Running
    reading: LongRead
    roots: list[Selected]
    answer: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, None] = field(default_factory=dict)
    rows: dict[tuple[str, str], _Rows] = field(default_factory=dict)

    async def begin(self) -> None:
        """Everything but the rows of large pages, and the first of those. Raises what answering raises."""
        by_sql = [
            without_rows(root) if is_large(root) else root
            for root in self.roots
            if "sql" in root.definition.extensions
        ]
        by_hand = [root for root in self.roots if "sql" not in root.definition.extensions]
        self.answer = await answer_of(self.running, by_sql, by_hand)
        if self.answer["data"] is None:
            return
        for root in filter(is_large, self.roots):
            for member in members(root):
                if member.name in ROW_MEMBERS:
                    await self._open(root, member)

    async def _open(self, root: Selected, member: Selected) -> None:
        async def started(plan: Plan) -> _Rows:
            # Rows do not say so one by one; all of them see one moment.
            await Still(self.running, self.reading).holds(plan)
            rest = self.reading.rows(plan.sql, plan.values(self.running.request()))
            return _Rows(plan, await anext(rest, []), rest)

        part = ("rows", root.key, member.key)
        found = await self.running.attempt(
            part, lambda compiler: compile_rows(compiler, root, member), started
        )
        self.rows[(root.key, member.key)] = found
        self.hidden.update(dict.fromkeys(hidden_in(found.plan, root, member)))

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The text of the answer. Raises whatever happens while rows are read: then there is no end of it."""
        data = self.answer["data"]
        if data is None:
            yield orjson.dumps(self.answer, default=str)
            return
        yield b'{"data":{'
        for position, root in enumerate(self.roots):
            yield (b"," if position else b"") + _text(root.key) + b":"
            if is_large(root):
                async for chunk in self._page(root, data[root.key]):
                    yield chunk
            else:
                yield _text(data.get(root.key))
        yield b"}" + self._end() + b"}"

    def _end(self) -> bytes:
        rest: dict[str, Any] = {"errors": self.answer["errors"]} if "errors" in self.answer else {}
        context = self.running.context
        if extensions := extensions_of(context, {**context.hidden, **self.hidden}):
            rest["extensions"] = extensions
        return b"," + _text(rest)[1:-1] if rest else b""

    async def _page(self, root: Selected, head: dict[str, Any]) -> AsyncIterator[bytes]:
        yield b"{"
        for position, member in enumerate(members(root)):
            yield (b"," if position else b"") + _text(member.key) + b":"
            if member.name not in ROW_MEMBERS:
                yield _text(head[member.key])
                continue
            separator = b"["
            async for texts in self._texts(self.rows[(root.key, member.key)], root, member):
                yield separator + b",".join(texts)
                separator = b","
            yield b"[]" if separator == b"[" else b"]"
        yield b"}"

    async def _texts(self, rows: _Rows, root: Selected, member: Selected) -> AsyncIterator[list[bytes]]:
        written = 0
        if rows.first:
            yield await self._completed(rows.plan, rows.first, root, member, written)
            written += len(rows.first)
        async for chunk in rows.rest:
            yield await self._completed(rows.plan, chunk, root, member, written)
            written += len(chunk)

    async def _completed(
        self, plan: Plan, texts: list[str], root: Selected, member: Selected, written: int
    ) -> list[bytes]:
        """The rows with what Python adds to them, for all of them at once; `written` came before them.

        Raises what is wrong in a row that may not be null: what is written already cannot be taken back.
        """
        if plan.is_answer:
            return [text.encode() for text in texts]
        tree = {ROWS_KEY: [{"item": orjson.loads(text)} for text in texts]}
        faults = await fill(Still(self.running, self.reading), plan, tree, inside=ROWS_KEY)
        items = [row["item"] for row in tree[ROWS_KEY]]
        settled, errors = settle({member.key: items}, [member], faults)
        if settled is None:
            raise errors[0].original_error or errors[0]
        for error in errors:
            position, *rest = list(error.path or ())[1:]
            path = [root.key, member.key, written + int(position), *rest]
            placed = GraphQLError(error.message, path=path, original_error=error.original_error)
            told = self.answer.setdefault("errors", [])
            told.append(shown(placed, self.running.context.request_id))
        return [_text(item) for item in items]

    async def close(self) -> None:
        """Give the connection back, whether everything was read or not."""
        await self.reading.close()
        self.running.context.app.database.exports.leave()

    def broken(self, wrong: BaseException) -> None:
        """Keep in the log why an answer has no end."""
        _LOG.error("export broken off", request_id=self.running.context.request_id, exc_info=wrong)


def _text(value: Any) -> bytes:
    return orjson.dumps(value, default=str)


async def export(
    context: ApiContext, text: str, variables: dict[str, Any], operation: str | None
) -> Answer | Export:
    """The answer in export mode: at once if it is small or a refusal, else to be read."""
    context.exports = True
    try:
        _check(context)
        asked = ready(context, text, variables, operation)
        if not asked.prepared.is_query:
            raise Invalid("Export mode only asks: send mutations without its header.")
        roots = asked.prepared.roots(asked.prepared.walker(asked.values))
    except Exception as wrong:
        return refused(wrong, context.request_id)
    if not any(map(is_large, roots)):
        return await answer(context, text, variables, operation)
    try:
        return await _opened(asked, roots)
    except Exception as wrong:
        return broken(wrong, context.request_id)


def _check(context: ApiContext) -> None:
    if context.actor is None:
        raise Unauthenticated("Sign in first.")
    if not context.app.view(context.actor).may_ever(*EXPORT):
        raise Forbidden("You may not export: that takes the permission core.export.")


async def _opened(asked: Running, roots: list[Selected]) -> Export:
    database = asked.context.app.database
    await database.exports.enter()
    try:
        reading = await long_read(database)
        try:
            # All of it sees the same moment.
            asked.reader = reading
            opened = Export(asked, reading, roots)
            await opened.begin()
        except BaseException:
            await reading.close()
            raise
    except BaseException:
        database.exports.leave()
        raise
    return opened
