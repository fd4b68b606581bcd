"""One operation on its way: its plans, kept and run, and what a plan's statement answers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from graphql.execution.values import VariableValues

from xrm_core.access.book import AccessView
from xrm_core.access.gate import request_context
from xrm_core.api.context import ApiContext
from xrm_core.api.faults import Fault
from xrm_core.api.leaving import unless_gone
from xrm_core.api.prepared import Prepared
from xrm_core.api.schema import Snapshot
from xrm_core.api.virtuals import fill
from xrm_core.db.reading import Reader
from xrm_core.errors import Invalid, TooComplex, TooCostly, TooLong, Unauthenticated
from xrm_core.query.binds import Request
from xrm_core.query.compiler import NESTINGS, Compiler, Nesting, Path
from xrm_core.query.custom import OtherCustomFields, WrongCustomField
from xrm_core.query.lists import LARGEST_EXPORT
from xrm_core.query.plan import ROWS_KEY, Misasked, Plan, compile_plan, custom_fields_plan
from xrm_core.query.selection import Selected

T = TypeVar("T")
# How often a statement is written anew because custom fields changed meanwhile.
_MOST_ANEW = 5
Roots = Callable[[], Sequence[Selected]]


@dataclass(slots=True)
class Found:
    """What a plan answered: as text while nothing had to be touched, else as a tree."""

    plan: Plan
    text: str
    tree: dict[str, Any] | None = None
    faults: list[Fault] = field(default_factory=list)

    def as_tree(self) -> dict[str, Any]:
        """The answer's values."""
        if self.tree is None:
            self.tree = orjson.loads(self.text)
        return self.tree

    def as_json(self) -> str:
        """The answer as text."""
        return self.text if self.tree is None else orjson.dumps(self.tree, default=str).decode()


@dataclass(slots=True)
class Running:
    """Who asks, against which schema, with which variables as sent and as coerced."""

    context: ApiContext
    snapshot: Snapshot
    prepared: Prepared
    given: dict[str, Any]
    values: VariableValues
    # What answers statements instead of the database's own reader.
    reader: Reader | None = None

    @property
    def view(self) -> AccessView:
        """What the policies say for the asker. Raises: Unauthenticated for nobody."""
        if self.context.actor is None:
            raise Unauthenticated("Sign in first.")
        actor = self.context.actor
        return self.snapshot.book.view(actor).knowing(self.context.app.custom_fields.of(actor.tenant_id))

    @property
    def plan_key(self) -> Any:
        """What a plan depends on, the schema apart: plans are kept with it."""
        shape = self.prepared.shaper.shape(self.values.coerced)
        view = self.view
        known = (self.prepared.text, self.prepared.name, shape, view.shape, view.custom_fields.identity)
        return (*known, self.context.exports)

    async def straight(self, part: Any) -> bytes | None:
        """The body of the answer, if a kept plan's statement gives it as it stands: most requests go this way."""
        context = self.context
        plan: Plan | None = self.snapshot.plans.get((part, *self.plan_key))
        if plan is None or not plan.is_whole_answer or context.shows_cost or plan.cost > context.most_cost:
            return None
        try:
            text = await Still(self, self.reader or context.app.database.reader).fetch(plan)
        except (TooComplex, Misasked, OtherCustomFields):
            return None
        return f'{{"data":{text}}}'.encode()

    async def read(
        self, part: Any, roots: Roots, *, root_of: Any = None, ids: Sequence[str] | None = None
    ) -> Found:
        """What the database answers to a part of the operation; its plan is kept under `part`."""

        def compiled(compiler: Compiler) -> Plan:
            return compile_plan(compiler, roots(), root_of=root_of)

        times = 1 if ids is None else len(ids)
        return await self.attempt(part, compiled, lambda plan: self._run(plan, ids), times=times)

    async def attempt(
        self,
        part: Any,
        compiled: Callable[[Compiler], Plan],
        run: Callable[[Plan], Awaitable[T]],
        *,
        times: int = 1,
    ) -> T:
        """What `run` makes of a part's plan; where it finds the statement too complex, of one in more pieces; where
        it finds it written for other custom fields than there are now, of one for these.

        Raises: TooCostly if `times` times the plan is more than the operation has left.
        """
        for _ in range(_MOST_ANEW):
            written_for = self.view.custom_fields
            try:
                return await self._attempt(part, compiled, run, times)
            except (OtherCustomFields, WrongCustomField):
                await self.context.app.read_custom_fields()
                if self.view.custom_fields is written_for:
                    raise
        raise OtherCustomFields()

    async def _attempt(
        self, part: Any, compiled: Callable[[Compiler], Plan], run: Callable[[Plan], Awaitable[T]], times: int
    ) -> T:
        known = (part, *self.plan_key)
        plan: Plan | None = self.snapshot.plans.get(known)
        ways = NESTINGS if plan is None else NESTINGS[NESTINGS.index(plan.nesting) :]
        for nesting in ways:
            if plan is None:
                plan = compiled(self.compiler(nesting))
            self._afford(plan, known, times)
            try:
                found = await self._heeding(plan, compiled, run)
            except TooComplex:
                if nesting is ways[-1] or not plan.may_be_split:
                    raise
                plan = None
                continue
            self.context.cost += plan.cost * times
            if self.prepared.is_kept:
                self.snapshot.plans.put(known, plan)
            break
        return found

    async def _heeding(
        self, plan: Plan, compiled: Callable[[Compiler], Plan], run: Callable[[Plan], Awaitable[T]]
    ) -> T:
        """The answer without the fields that this request asks wrongly, one after the other if need be."""
        failing: dict[Path, Invalid] = {}
        while True:
            try:
                return await run(plan)
            except Misasked as misasked:
                if misasked.wrong.keys() <= failing.keys():
                    raise next(iter(misasked.wrong.values())) from misasked
                failing |= misasked.wrong
                plan = compiled(self.compiler(plan.nesting, failing))

    def _afford(self, plan: Plan, known: Any, times: int) -> None:
        """Add to what the operation costs. Raises: TooCostly."""
        context = self.context
        if context.cost + plan.cost * times > context.most_cost:
            if self.prepared.is_kept:
                # Asked again it is refused as quickly as others are answered.
                self.snapshot.plans.put(known, plan)
            raise TooCostly(context.cost + plan.cost * times, context.most_cost)

    def compiler(self, nesting: Nesting, failing: Mapping[Path, Invalid] | None = None) -> Compiler:
        """What writes a statement for this request, nested at most so deeply, without the fields known to fail."""
        dialect, plugins = self.context.app.database.dialect, self.snapshot.plugins
        compiler = Compiler(dialect, self.view, plugins, nesting=nesting, failing=failing or {})
        compiler.longest = self.context.app.settings.max_answer_length
        compiler.most_rows = LARGEST_EXPORT if self.context.exports else None
        return compiler

    def custom_fields_plan(self) -> Plan:
        """What answers something only while custom fields are those that statements are written for now."""
        return custom_fields_plan(self.compiler(NESTINGS[0]))

    async def _run(self, plan: Plan, ids: Sequence[str] | None) -> Found:
        inside = "" if ids is None else ROWS_KEY
        reader = self.reader or self.context.app.database.reader
        if plan.travels:
            # What goes on from what was found must see the same rows.
            async with reader.snapshot() as snapshot:
                still = Still(self, snapshot)
                found = await still.found(plan, ids or (), inside)
                found.faults += still.faults
                return found
        return await Still(self, reader).found(plan, ids or (), inside)

    def request(self, ids: Sequence[str] = (), more: Mapping[str, Any] | None = None) -> Request:
        """What an execution brings: who asks, with which values, for these objects where it asks for some."""
        assert self.context.actor is not None
        given = request_context(self.context.actor, self.view)
        given["cursor_key"], given["result_ids"] = self.context.app.cursor_key, ids
        if more:
            given |= more
        return Request(self.context.actor, self.values.coerced, given)


@dataclass(slots=True)
class Still:
    """Reads for one operation from one reader, or from one state of the database."""

    running: Running
    reader: Any
    faults: list[Fault] = field(default_factory=list)

    @property
    def context(self) -> ApiContext:
        """The operation's context."""
        return self.running.context

    @property
    def values(self) -> Request:
        """What the request brings."""
        return self.running.request()

    async def fetch(self, plan: Plan, ids: Sequence[str] = (), more: Mapping[str, Any] | None = None) -> str:
        """The text the plan's statement answers this request with, for these objects where it asks for some."""
        self._check(plan)
        reading = self.reader.fetch(plan.sql, plan.values(self.running.request(ids, more)))
        gone = self.context.gone
        text: str = await (reading if gone is None else unless_gone(reading, gone))
        if not text:
            raise OtherCustomFields()
        if len(text) > self.context.app.settings.max_answer_length:
            raise TooLong(self.context.app.settings.max_answer_length)
        return text

    def _check(self, plan: Plan) -> None:
        # The stamp that the statement is given is that of the definitions known now.
        if plan.custom_fields not in (None, self.running.view.custom_fields.identity):
            raise OtherCustomFields()

    async def holds(self, plan: Plan) -> None:
        """Returns if the plan was written for the custom fields that there are. Raises: OtherCustomFields."""
        if plan.custom_fields is not None:
            self._check(plan)
            await self.fetch(self.running.custom_fields_plan())

    async def found(self, plan: Plan, ids: Sequence[str], inside: str) -> Found:
        """What the plan answers, everything in it filled in; `inside` a key, for the rows under it."""
        found = Found(plan, await self.fetch(plan, ids))
        if not plan.is_answer:
            found.faults = await fill(self, plan, found.as_tree(), inside=inside)
        return found

    async def filled(self, plan: Plan, ids: Sequence[str]) -> dict[str, Any]:
        """The tree of a plan for these objects; what could not be filled in is kept with the operation's faults."""
        found = await self.found(plan, ids, ROWS_KEY)
        self.faults += found.faults
        return found.as_tree()
