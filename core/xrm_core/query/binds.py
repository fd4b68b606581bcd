"""Where the values of a compiled statement come from, request after request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from xrm_core.db.types import CodeType, DateType, UuidType, is_sqlite
from xrm_core.errors import LimitExceeded
from xrm_core.identity.actor import Actor

Transform = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that a variable will bring: the shape of the statement does not depend on it."""

    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ContextValue:
    """A value the request's context will bring: `$user`, `$unit`, `$today` in an access rule."""

    name: str


@dataclass(slots=True)
class Request:
    """What one execution brings to a plan: who asks, the coerced variables, today."""

    actor: Actor
    variables: Mapping[str, Any]
    context: Mapping[str, Any]
    # What the cursors among the variables hold, by where they are read from.
    unsealed: dict[Any, list[Any]] = field(default_factory=dict)


Source = Callable[[Request], Any]

# Parameters with such names are filled from the request's context, whoever wrote them (declare.expressions).
CONTEXT_PREFIX = "ctx_"


def from_context(name: str) -> Source:
    """Reads a value of the request's context."""
    return lambda request: request.context[name]


def source_of(value: Any) -> Source:
    """Reads a leaf from the variables; anything else is the same every time."""
    if isinstance(value, list) and any(isinstance(item, Leaf | ContextValue) for item in value):
        each = [source_of(item) for item in value]
        return lambda request: [source(request) for source in each]
    if isinstance(value, ContextValue):
        return from_context(value.name)
    if not isinstance(value, Leaf):
        return lambda _request: value
    name, rest = str(value.path[0]), value.path[1:]
    if not rest:
        return lambda request: request.variables[name]

    def walk(request: Request) -> Any:
        found: Any = request.variables[name]
        for step in rest:
            found = found[step]
        return found

    return walk


def _transformed(source: Source, transform: Transform, value: Any) -> Source:
    """What the source gives, transformed; of a text that is the same every time, only the first time."""
    if not isinstance(value, str):
        return lambda request: transform(source(request))
    found: list[Any] = []

    def once(_request: Request) -> Any:
        if not found:
            found.append(transform(value))
        return found[0]

    return once


class Binds:
    """The parameters of one statement while it is written."""

    def __init__(self, dialect: Dialect, request: Request | None = None) -> None:
        """With a `request`, parameters carry their values themselves: for statements that are run once.

        Parameters belong to the field at the path `owner` when they are made.
        """
        self.dialect, self.request = dialect, request
        self.sources: dict[str, Source] = {}
        self._lists: dict[str, Any] = {}
        self._constants: dict[Any, Any] = {}
        self._aliases = 0
        self.owner: tuple[str, ...] = ()
        self.owners: dict[str, tuple[str, ...]] = {}

    def value(self, value: Any, type_: Any, transform: Transform | None = None) -> Any:
        """A parameter that takes its value from a leaf or a constant."""
        source = source_of(value)
        filled = source if transform is None else _transformed(source, transform, value)
        if not isinstance(value, str | bool):
            return self.bind(filled, type_)
        # What a rule compares with stands in a statement once for each place where the rule is asked.
        known = (type(value), value, type(type_), transform)
        if known not in self._constants:
            self._constants[known] = self.bind(filled, type_)
        return self._constants[known]

    def context(self, name: str, type_: Any) -> Any:
        """A parameter the request's context holds: the tenant, the user, the units of a role, today."""
        return self.bind(from_context(name), type_, name=CONTEXT_PREFIX + name)

    def constant(self, name: str, value: str) -> Any:
        """A text of ours that is too long to stand in the statement: one parameter, however often it is named."""
        return self.bind(lambda _request: value, sa.Text(), name=f"constant_{name}")

    def member(self, column: Any, value: Any, type_: Any, transform: Transform | None = None) -> Any:
        """`column` is in a list of any length, which is one parameter."""
        source = source_of(value)
        each = transform or (lambda item: item)
        return self.contains(column, lambda request: [each(item) for item in source(request)], type_)

    def contains(self, column: Any, source: Source, type_: Any) -> Any:
        """`column` is in the list that `source` gives."""
        return self._within(column, self.listed(source, type_))

    def within(self, column: Any, name: str, type_: Any) -> Any:
        """`column` is in the list that the request's context holds: one parameter, however often it is asked."""
        if name not in self._lists:
            self._lists[name] = self.listed(from_context(name), type_)
        return self._within(column, self._lists[name])

    def _within(self, column: Any, listed: Any) -> Any:
        if not is_sqlite(self.dialect):
            return column == sa.any_(listed)
        self._aliases += 1
        rows = sa.func.json_each(listed).table_valued("value").alias(f"l{self._aliases}")
        return column.in_(sa.select(rows.c.value).scalar_subquery())

    def array(self, value: Any, type_: Any, transform: Transform, *, most: int) -> Any:
        """A list as one parameter: an array on PostgreSQL, its JSON text on SQLite.

        Raises, when it is filled: LimitExceeded for more than `most` items.
        """
        source = source_of(value)

        def items(request: Request) -> list[Any]:
            found = source(request)
            if len(found) > most:
                raise LimitExceeded(f"At most {most} at once.", field="ids")
            return [transform(item) for item in found]

        return self.listed(items, type_)

    def listed(self, source: Source, type_: Any) -> Any:
        """The list that `source` gives, as one parameter: an array on PostgreSQL, its JSON text on SQLite."""
        process = processor(type_, self.dialect)

        def items(request: Request) -> list[Any]:
            return [process(item) for item in source(request)]

        if not is_sqlite(self.dialect):
            plain = type_.load_dialect_impl(self.dialect) if isinstance(type_, sa.TypeDecorator) else type_
            return self.bind(items, postgresql.ARRAY(plain))
        return self.bind(lambda request: orjson.dumps(items(request)).decode(), sa.Text())

    def ids(self, source: Source) -> Any:
        """A list of ids, given as their texts, as one parameter: the database reads them faster than Python does."""
        if is_sqlite(self.dialect):
            return self.bind(lambda request: orjson.dumps(source(request)).decode(), sa.Text())
        return sa.cast(self.bind(source, postgresql.ARRAY(sa.Text())), postgresql.ARRAY(postgresql.UUID()))

    def bind(self, source: Source, type_: Any, *, name: str = "") -> Any:
        """A parameter that takes its value from `source`."""
        name = name or f"p{len(self.sources)}"
        self.sources[name] = source
        self.owners[name] = self.owner
        if self.request is None:
            return sa.bindparam(name, type_=type_, unique=False)
        return sa.bindparam(name, source(self.request), type_=type_, unique=True)


def processor(type_: Any, dialect: Dialect) -> Transform:
    """What turns a Python value into what the driver takes for that type."""
    if isinstance(type_, postgresql.ARRAY):
        return list
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    return process if process is not None else lambda value: value


CONTEXT_TYPES: dict[str, Any] = {
    "tenant": sa.Integer(),
    "today": DateType(),
    "language": CodeType(),
    "user": UuidType(),
    "unit": UuidType(),
    "custom_fields": sa.BigInteger(),
}
