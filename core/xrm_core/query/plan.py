"""A plan: one SQL statement for all the database's part of an operation, and how to fill its parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from xrm_core.errors import LimitExceeded
from xrm_core.query.binds import Request, processor
from xrm_core.query.compiler import Access, Compiler, VirtualUse
from xrm_core.query.selection import Selected

CHECKS_KEY = "__checks"


@dataclass(frozen=True, slots=True)
class Check:
    """What the statement found wrong with the question, and how to say so."""

    message: str
    field: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation, good for every request of the same shape."""

    sql: str
    parameters: tuple[tuple[Callable[[Request], Any], Callable[[Any], Any]], ...]
    hidden: tuple[str, ...]
    virtuals: tuple[VirtualUse, ...]
    cursors: tuple[tuple[tuple[str, ...], str], ...]
    checks: tuple[Check, ...]

    @property
    def is_answer(self) -> bool:
        """Whether the statement's text is the answer as it stands."""
        return not (self.virtuals or self.cursors or self.checks)

    def values(self, request: Request) -> list[Any]:
        """The parameters of one execution. Raises: Invalid for an id or cursor that is none."""
        return [process(source(request)) for source, process in self.parameters]


def compile_plan(
    roots: Sequence[Selected], *, dialect: Dialect, access: Access, plugins: frozenset[str], root_of: Any = None
) -> Plan:
    """The plan for these root fields. `root_of` overrides where a field's SqlRoot is found."""
    compiler = Compiler(dialect, access, plugins)
    pairs = []
    for selected in roots:
        root = root_of or selected.definition.extensions["sql"]
        pairs.append((selected.key, root.write(compiler, selected, (selected.key,))))
    if compiler.checks:
        found = [compiler.json.boolean(sa.func.coalesce(wrong, sa.false())) for wrong, _, _ in compiler.checks]
        build = sa.func.json_array if compiler.json.sqlite else sa.func.json_build_array
        pairs.append((CHECKS_KEY, build(*found)))
    body = compiler.json.object(pairs)
    statement = sa.select(body if compiler.json.sqlite else sa.cast(body, sa.Text()))
    return _finish(compiler, statement)


def _finish(compiler: Compiler, statement: Any) -> Plan:
    compiled = statement.compile(dialect=compiler.dialect)
    names = compiled.positiontup or []
    if len(names) > 30_000:
        raise LimitExceeded("The question has too many values.")
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    parameters = tuple(
        (compiler.binds.sources[name], processor(binds[name].type, compiler.dialect))
        if name in compiler.binds.sources
        else (_constant(binds[name].value), processor(binds[name].type, compiler.dialect))
        for name in names
    )
    return Plan(
        str(compiled),
        parameters,
        tuple(compiler.hidden),
        tuple(compiler.virtuals),
        tuple(compiler.cursors),
        tuple(Check(message, field) for _, message, field in compiler.checks),
    )


def _constant(value: Any) -> Callable[[Request], Any]:
    return lambda _request: value
