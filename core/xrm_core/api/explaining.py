"""How a question is answered, for whoever wonders: the SQL, who put which condition there, its cost, the plan."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import ready, request_id
from xrm_core.api.prepared import Refused
from xrm_core.api.running import Running
from xrm_core.db.plans import database_plan
from xrm_core.errors import Invalid, TooComplex
from xrm_core.query.compiler import NESTINGS
from xrm_core.query.notes import Notes
from xrm_core.query.plan import Misasked, Plan, compile_plan
from xrm_core.query.readable import readable
from xrm_core.query.selection import Selected


@dataclass(slots=True)
class Question:
    """What is to be explained: a document, who asks it, with what; `analyze` runs it, reading only."""

    text: str
    actor: Any
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None
    analyze: bool = False


async def explained(app: Any, question: Question) -> list[str]:
    """The explanation, line by line. Raises: Invalid for one that is wrong, or not the database's."""
    context = ApiContext(app, question.actor, request_id())
    try:
        running = ready(context, question.text, question.variables, question.operation)
    except Refused as wrong:
        raise Invalid("; ".join(error.message for error in wrong.errors)) from wrong
    roots = running.prepared.roots(running.prepared.walker(running.values))
    by_sql = [root for root in roots if "sql" in root.definition.extensions]
    if not by_sql:
        raise Invalid("Nothing of this is asked of the database.")
    try:
        plan, notes, found = await _planned(running, by_sql, question)
    except Misasked as wrong:
        raise next(iter(wrong.wrong.values())) from wrong
    lines = [readable(plan.sql), *_values(running, plan)]
    lines += [f"-- {len(plan.parameters)} parameters; hidden: {', '.join(plan.hidden) or 'nothing'}"]
    lines += ["", *_reasons(notes), "", *_cost(context, plan), "", "-- the database's plan", *found]
    by_hand = [root.name for root in roots if root not in by_sql]
    lines += [line async for line in _further(running, plan)]
    return [*lines, *_rest(plan, by_hand)]


async def _planned(
    running: Running, roots: list[Selected], question: Question
) -> tuple[Plan, Notes, list[str]]:
    """The plan as it is run, in as many statements as the database needs."""
    database = running.context.app.database
    for nesting in NESTINGS:
        notes, compiler = Notes(), running.compiler(nesting)
        compiler.notes = notes
        plan = compile_plan(compiler, roots)
        try:
            values = plan.values(running.request())
            return plan, notes, await database_plan(database, plan.sql, values, analyze=question.analyze)
        except TooComplex:
            if nesting is NESTINGS[-1] or not plan.may_be_split:
                raise
    raise AssertionError("there is always a last way")


def _values(running: Running, plan: Plan) -> Iterator[str]:
    for position, value in enumerate(plan.values(running.request()), 1):
        shown = repr(value)
        yield f"-- ${position} = {shown if len(shown) < 200 else shown[:200] + '…'}"


def _reasons(notes: Notes) -> Iterator[str]:
    yield "-- who put which condition there"
    for reason, number in notes.reasons.items():
        yield f"-- [{number}] {reason}"
    for reason in notes.settled:
        yield f"-- [-] {reason}"


def _cost(context: ApiContext, plan: Plan) -> Iterator[str]:
    yield f"-- estimated cost: {plan.cost} rows; {context.most_cost} are allowed"


async def _further(running: Running, plan: Plan) -> AsyncIterator[str]:
    """Statements that read what is nested too deeply for one, each for the rows the one before found."""
    database = running.context.app.database
    for further in plan.further:
        inner = further.plan
        yield f"\n-- then, for the rows found, {'.'.join(further.path)}:"
        yield readable(inner.sql)
        # Of which rows is not known yet; how the database would go about it does not depend on them.
        values = inner.values(running.request())
        for line in await database_plan(database, inner.sql, values, analyze=False):
            yield f"-- {line}"
        async for line in _further(running, inner):
            yield line


def _rest(plan: Plan, by_hand: list[str]) -> Iterator[str]:
    for further in plan.further:
        yield from _rest(further.plan, [])
    for journey in plan.journeys:
        yield f"\n-- then, level by level through the graph: {'.'.join(journey.path)}"
    for use in plan.virtuals:
        yield f"\n-- then, in Python for all rows at once: {'.'.join(use.path)} ({use.resource}.{use.name})"
    for path in plan.cursors:
        yield f"\n-- then signed: {'.'.join(path[0])}"
    if by_hand:
        yield f"\n-- not asked of the database by this statement: {', '.join(by_hand)}"
