"""A plan: one SQL statement for all the database's part of an operation, and how to fill its parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from xrm_core.errors import Invalid, LimitExceeded, Refusal
from xrm_core.query.answering import answered
from xrm_core.query.binds import CONTEXT_PREFIX, Request, Source, from_context, processor
from xrm_core.query.compiler import (
    Compiler,
    Continuation,
    Failure,
    Nesting,
    Path,
    VirtualUse,
)
from xrm_core.query.graph.itinerary import Itinerary, itinerary
from xrm_core.query.jsonsql import literal
from xrm_core.query.roots import VALUE_KEY, ContinuedRoot
from xrm_core.query.selection import Selected

# No client can give a field this key.
CHECKS_KEY = "checks?"
# Where objects read by their ids stand in an answer.
ROWS_KEY = "o"
MOST_PARAMETERS = 30_000
# Rows times members from which on an answer's length is looked at where it is made: looking takes time of its own.
_MAY_BE_LONG = 100_000


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is said if the statement finds the question wrong."""

    message: str
    field: str
    path: Path

    def as_error(self) -> Invalid:
        """What the field answers with."""
        problem = Refusal("core.several_currencies", self.message, self.field)
        return Invalid(self.message, field=self.field, problems=[problem])


class Misasked(Exception):
    """Fields that this request cannot be answered, though others of its shape can."""

    def __init__(self, wrong: dict[Path, Invalid]) -> None:
        super().__init__(wrong)
        self.wrong = wrong

    def under(self, path: Path) -> "Misasked":
        """The same, where what was asked is a further statement for the field at `path`."""
        return Misasked({(*path, *known[2:]): wrong for known, wrong in self.wrong.items()})


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation, good for every request of the same shape.

    `custom_fields` is the identity of the definitions it was written for; None: it names no custom field.
    """

    sql: str
    parameters: tuple[tuple[Source, Callable[[Any], Any]], ...]
    hidden: tuple[str, ...]
    virtuals: tuple[VirtualUse, ...]
    cursors: tuple[tuple[Path, str], ...]
    checks: tuple[Complaint, ...]
    boxes: tuple[Path, ...]
    further: tuple["Further", ...]
    journeys: tuple[Itinerary, ...]
    nesting: Nesting
    may_be_split: bool
    cost: int
    owners: tuple[Path, ...]
    failures: tuple[Failure, ...]
    custom_fields: str | None
    # Whether the statement's text is the data as it stands, and whether there is nothing to say beside the data.
    is_answer: bool = field(init=False)
    is_whole_answer: bool = field(init=False)

    def __post_init__(self) -> None:
        touched = (
            self.virtuals, self.cursors, self.checks, self.boxes, self.further, self.journeys, self.failures
        )  # fmt: skip
        object.__setattr__(self, "is_answer", not any(touched))
        object.__setattr__(self, "is_whole_answer", not any((*touched, self.hidden)))

    @property
    def travels(self) -> bool:
        """Whether it goes on with statements that must see what this one saw."""
        return bool(self.journeys) or any(further.plan.travels for further in self.further)

    @property
    def weight(self) -> int:
        """The characters of its statements."""
        return len(self.sql) + sum(further.plan.weight for further in self.further)

    def values(self, request: Request) -> list[Any]:
        """The parameters of one execution. Raises: Misasked for an id, a cursor or a number that is none."""
        try:
            return [process(source(request)) for source, process in self.parameters]
        except Invalid:
            raise Misasked(self._misasked(request)) from None

    def _misasked(self, request: Request) -> dict[Path, Invalid]:
        found = {}
        for (source, process), owner in zip(self.parameters, self.owners, strict=True):
            try:
                process(source(request))
            except Invalid as wrong:
                found[owner] = wrong
        return found


@dataclass(frozen=True, slots=True)
class Further:
    """A field left to a further statement: where, the mark before the ids there, and the plan that takes the ids."""

    path: Path
    mark: str
    plan: Plan


def compile_plan(compiler: Compiler, roots: Sequence[Selected], *, root_of: Any = None) -> Plan:
    """The plan for these root fields, by a fresh compiler. `root_of` overrides where a field's SqlRoot is found."""
    return _finish(compiler, [(root.key, _root(compiler, root, root_of)) for root in roots])


def _root(compiler: Compiler, selected: Selected, root_of: Any) -> Any:
    if selected.name == "__typename":
        return literal("Query")
    root, path = root_of or selected.definition.extensions["sql"], (selected.key,)
    return answered(compiler, path, lambda: root.write(compiler, selected, path))


def _further(compiler: Compiler, left: Continuation) -> Further:
    inner = Compiler(compiler.dialect, compiler.access, compiler.plugins, nesting=compiler.nesting)
    inner.most_rows, inner.notes, inner.longest = compiler.most_rows, compiler.notes, compiler.longest
    inner.meter.times = left.times
    inner.failing = _below(compiler.failing, left.path)
    plan = _finish(inner, [(ROWS_KEY, ContinuedRoot(left).write(inner, (ROWS_KEY,)))])
    for hidden in plan.hidden:
        compiler.hide((*left.path, *hidden.split(".")[2:]))
    return Further(left.path, left.mark, plan)


def _finish_rows(compiler: Compiler, rows: Any) -> Plan:
    return _finish(compiler, [(ROWS_KEY, rows)])


def _below(failing: Mapping[Path, Invalid], path: Path) -> dict[Path, Invalid]:
    """The failing fields under `path`, as the further statement for it counts them."""
    inside = {known: wrong for known, wrong in failing.items() if known[: len(path)] == path}
    return {(ROWS_KEY, VALUE_KEY, *known[len(path) :]): wrong for known, wrong in inside.items()}


def _finish(compiler: Compiler, pairs: list[tuple[str, Any]]) -> Plan:
    if compiler.checks:
        found = [
            compiler.json.boolean(sa.func.coalesce(check.wrong, sa.false())) for check in compiler.checks
        ]
        build = sa.func.json_array if compiler.json.sqlite else sa.func.json_build_array
        pairs.append((CHECKS_KEY, build(*found)))
    body = compiler.json.object(pairs)
    statement = sa.select(body if compiler.json.sqlite else _cut(compiler, sa.cast(body, sa.Text())))
    if compiler.uses_custom_fields:
        statement = statement.where(_still_so(compiler))
    return finished(compiler, statement)


def _cut(compiler: Compiler, text: Any) -> Any:
    """Where it may get long, no more than is needed to see that it is too long; SQLite bounds each text by itself."""
    if compiler.longest is None or compiler.meter.rows * compiler.json.members < _MAY_BE_LONG:
        return text
    return sa.func.left(text, sa.literal_column(str(compiler.longest + 1)))


def custom_fields_plan(compiler: Compiler) -> Plan:
    """A plan that answers something only if the tenant's custom fields are those it was written for."""
    compiler.uses_custom_fields = True
    return _finish(compiler, [])


def finished(compiler: Compiler, statement: Any) -> Plan:
    """The plan that this statement and what was noted while it was written make."""
    further = tuple(_further(compiler, left) for left in compiler.continuations)
    journeys = tuple(itinerary(compiler, left, _finish_rows) for left in compiler.journeys)
    compiled = statement.compile(dialect=compiler.dialect)
    names = compiled.positiontup or []
    if len(names) > MOST_PARAMETERS:
        raise LimitExceeded("The question has too many values.")
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    parameters = tuple(
        (_source(compiler, name, binds[name].value), processor(binds[name].type, compiler.dialect))
        for name in names
    )
    return Plan(
        str(compiled),
        parameters,
        tuple(compiler.hidden),
        tuple(compiler.virtuals),
        tuple(compiler.cursors),
        tuple(Complaint(check.message, check.field, check.path) for check in compiler.checks),
        tuple(compiler.boxes),
        further,
        journeys,
        compiler.nesting,
        compiler.json.sqlite,
        compiler.meter.rows
        + sum(left.plan.cost for left in further)
        + sum(plan.cost for journey in journeys for plan in journey.plans()),
        tuple(compiler.binds.owners.get(name, ()) for name in names),
        tuple(compiler.failures),
        compiler.custom_fields.identity if compiler.uses_custom_fields else None,
    )


def _still_so(compiler: Compiler) -> Any:
    """That the tenant's custom fields are those that the statement was written for: else it answers nothing."""
    scope = compiler.scope(compiler.resource("core.custom_field"))
    stamp = (
        sa.select(sa.func.coalesce(sa.func.sum(scope.column("version")), sa.literal_column("0")))
        .select_from(scope.table())
        .where(scope.tenant == compiler.context("tenant"))
        .scalar_subquery()
    )
    return sa.cast(stamp, sa.BigInteger()) == compiler.context("custom_fields")


def _source(compiler: Compiler, name: str, value: Any) -> Source:
    """Ours, the request's context (for what a computed field names), or a constant of its expression."""
    if name in compiler.binds.sources:
        return compiler.binds.sources[name]
    if name.startswith(CONTEXT_PREFIX):
        return from_context(name.removeprefix(CONTEXT_PREFIX))
    return lambda _request: value
