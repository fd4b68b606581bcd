"""Lists: filtered, ordered, a page at a time, as plain arrays or as connections."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type

from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query import guard
from xrm_core.query.binds import Leaf
from xrm_core.query.compiler import Axes, Compiler, Path
from xrm_core.query.cost import EXPECTED_ROWS, LIST_LOOK, WHOLE_LOOK
from xrm_core.query.jsonsql import literal
from xrm_core.query.keyset import after_condition, cursor_part, order_mark, raw_cursor
from xrm_core.query.order import Ordering, Term, ordering
from xrm_core.query.quoting import quoted
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected
from xrm_core.query.where import dated, where

DEFAULT_FIRST = 50
LARGEST_FIRST = 500
# The most rows a page has in export mode.
LARGEST_EXPORT = 5_000
# The members of a connection that hold its rows.
ROW_MEMBERS = ("nodes", "edges")
RowJson = Callable[[Scope], Any]


@dataclass(slots=True)
class Page:
    """One list while it is written: which rows, in what order, how many, from where."""

    compiler: Compiler
    scope: Scope
    arguments: dict[str, Any]
    base: list[Any]
    top: bool
    is_whole: bool = False
    conditions: list[Any] = field(default_factory=list)
    # Conditions that look up other rows, one for each row of the list.
    lookups: list[Any] = field(default_factory=list)
    order: Ordering = field(init=False)
    size: int = DEFAULT_FIRST
    backward: bool = False
    outer: Axes = field(init=False)
    times: int = field(init=False)

    def __post_init__(self) -> None:
        self.compiler.count_list()
        self.outer = self.compiler.axes
        self.compiler.axes = axes(self.compiler, self.arguments)
        self.scope.known = self.compiler.known(self.scope.info)
        self.size, self.backward = _size(self.arguments, self.compiler.most_rows or LARGEST_FIRST)
        self.times = self.compiler.meter.begin(self._expected())
        seen, self.lookups = guard.seen(self.compiler, self.scope)
        holds = [
            self.compiler.noted(one, f"{self.scope.info.name}: holds, or was known, at the times asked about")
            for one in dated(self.compiler, self.scope)
        ]
        self.conditions = [*self.base, *holds, *seen]
        if self.arguments.get("where"):
            asked = where(self.compiler, self.scope, self.arguments["where"])
            self.conditions.append(
                self.compiler.noted(asked, f"{self.scope.info.name}: asked for by the question's where")
            )
        given = self.arguments.get("orderBy")
        self.order = ordering(self.compiler, self.scope, given, top=self.top)

    def _expected(self) -> int:
        is_said = not self.is_whole and (
            self.arguments.get("first") is not None or self.arguments.get("last") is not None
        )
        return self.size if self.top or is_said else min(self.size, EXPECTED_ROWS)

    def close(self) -> None:
        """Nested lists are written; the times asked about, and the rows around, are the outer ones again."""
        self.compiler.axes, self.compiler.meter.times = self.outer, self.times

    def rows(self, *, more: int = 0, cursors: bool = False) -> Any:
        """The page's rows as a table under the scope's alias, with the columns used so far: what shows them is
        written before."""
        given = ((self.arguments.get("after"), False), (self.arguments.get("before"), True))
        cursors_given = [(cursor, backward) for cursor, backward in given if cursor is not None]
        source, conditions, terms = self._source(), list(self.conditions), self.order.terms
        # In the list of one row they are cheap to sort, and then looked up only until the page is full.
        last = [] if self.top or self.compiler.json.sqlite else self.lookups
        conditions += [] if last else self.lookups
        if cursors_given and not all(term.is_stored for term in terms):
            source, terms = self._worked_out(source, conditions)
            conditions = []
        for cursor, backward in cursors_given:
            conditions.append(
                after_condition(self.compiler, terms, cursor, mark=self.mark, backward=backward)
            )
        if last:
            source, terms = self._sorted(source, conditions, terms)
            conditions = last
        raw = [term.expression.label(f"c{position}") for position, term in enumerate(terms)]
        rows = (
            sa.select(*self._columns(), *(raw if cursors else ()))
            .select_from(source)
            .where(*conditions)
            .order_by(*self._clauses(terms))
            .limit(sa.literal_column(str(self.size + more)))
            .subquery(self.scope.alias)
        )
        return self._with_cursors(rows, raw) if cursors else rows

    def _with_cursors(self, rows: Any, raw: list[Any]) -> Any:
        """The rows with what their cursors keep of each term, written out for this page's rows, not for all that were
        sorted."""
        found = [
            replace(term, expression=sa.literal_column(f"{self.scope.alias}.c{position}", label.type))
            for position, (term, label) in enumerate(zip(self.order.terms, raw, strict=True))
        ]
        parts = [cursor_part(self.compiler, term) for term in found]
        if all(part is term.expression for part, term in zip(parts, found, strict=True)):
            return rows
        shown = [part.label(f"c{position}") for position, part in enumerate(parts)]
        return sa.select(*self._columns(), *shown).select_from(rows).subquery(self.scope.alias)

    def _columns(self) -> list[Any]:
        used = [column for column in self.scope.info.table.columns if column.name in self.scope.used]
        named = [(column.name, column.type) for column in used] + list(self.scope.carried.items())
        return [
            sa.literal_column(f"{self.scope.alias}.{quoted(name)}", type_).label(name)
            for name, type_ in named
        ]

    def _source(self) -> Any:
        source = self.scope.table()
        for table, condition in self.order.joins:
            source = source.outerjoin(table, condition)
        return source

    def _worked_out(self, source: Any, conditions: list[Any]) -> tuple[Any, list[Term]]:
        """The rows with what they are sorted by beside them, worked out once a row: a cursor's condition names each
        term several times, which would make far pages several times slower than the first."""
        return self._inside(sa.select().select_from(source).where(*conditions), self.order.terms)

    def _sorted(self, source: Any, conditions: list[Any], terms: Sequence[Term]) -> tuple[Any, list[Term]]:
        """The rows in their order, with what they are sorted by beside them."""
        rows = sa.select().select_from(source).where(*conditions).order_by(*self._clauses(terms))
        return self._inside(rows, terms)

    def _inside(self, rows: Any, terms: Sequence[Term]) -> tuple[Any, list[Term]]:
        """The rows worked out apart, with the columns used so far, and the terms as columns of theirs."""
        keys = [term.expression.label(f"k{position}") for position, term in enumerate(terms)]
        # Databases would put the expressions back where they are named, were it not for the offset.
        fence: Any = sa.literal_column("0")
        inside = rows.add_columns(*self._columns(), *keys).offset(fence).subquery(self.scope.alias)
        return inside, [
            replace(term, expression=sa.literal_column(f"{self.scope.alias}.k{position}", key.type))
            for position, (term, key) in enumerate(zip(terms, keys, strict=True))
        ]

    def _clauses(self, terms: Sequence[Term]) -> list[Any]:
        return [term.clause(backward=self.backward) for term in terms]

    @property
    def mark(self) -> str:
        """What a cursor of this order carries, so that it is not used with another."""
        kinds = [str(term.kind) for term in self.order.terms]
        return order_mark(self.scope.info.name, self.arguments.get("orderBy"), kinds)

    def count(self) -> Any:
        """How many rows there are in all."""
        self.compiler.meter.rows += WHOLE_LOOK if self.top else LIST_LOOK * self.times
        return (
            sa.select(sa.func.count())
            .select_from(self.scope.table())
            .where(*self.conditions, *self.lookups)
            .scalar_subquery()
        )


def axes(compiler: Compiler, arguments: dict[str, Any]) -> Axes:
    """The times a list is asked about: its own, or those of the list around it."""
    outer, as_of, known_at = compiler.axes, arguments.get("asOf"), arguments.get("knownAt")
    return Axes(
        outer.as_of if as_of is None else as_of,
        outer.known_at if known_at is None else known_at,
    )


def plain_list(page: Page, row: RowJson) -> Any:
    """The rows as a JSON array."""
    item = row(page.scope)
    page.close()
    return page.compiler.json.nest(page.compiler.json.array(page.rows(), item).scalar_subquery())


def connection(
    page: Page,
    selected: Selected,
    row: Callable[[Selected, Scope, Path], Any],
    path: Path,
    *,
    children: list[Selected] | None = None,
) -> Any:
    """The rows as a connection: nodes, edges, pageInfo and totalCount, each only if asked for.

    `children`: these members of it instead of all that are asked for.
    """
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    children = selected.children(type_) if children is None else children
    if all(child.name in ("nodes", "totalCount", "__typename") for child in children):
        return _simple(page, children, row, path, type_.name)
    return _full(page, children, row, path, type_)


def one_by_one(page: Page, member: Selected, row: Any, path: Path) -> tuple[Any, Any]:
    """A node, or an edge, of the page as JSON, and the rows that each have one, in their order."""
    has_cursors = member.name == "edges"
    item = _edge(page, member, row, path) if has_cursors else row(member, page.scope, path)
    page.close()
    rows = page.rows(cursors=has_cursors)
    return item, _turned(rows, page.scope.alias) if page.backward else rows


def _simple(page: Page, children: list[Selected], row: Any, path: Path, type_name: str) -> Any:
    pairs = []
    json = page.compiler.json
    for child in children:
        if child.name == "nodes":
            item = row(child, page.scope, (*path, child.key))
            rows = _turned(page.rows(), page.scope.alias) if page.backward else page.rows()
            pairs.append((child.key, json.nest(json.array(rows, item).scalar_subquery())))
        elif child.name == "totalCount":
            pairs.append((child.key, page.count()))
        else:
            pairs.append((child.key, literal(type_name)))
    page.close()
    return json.object(pairs)


def _full(page: Page, children: list[Selected], row: Any, path: Path, type_: GraphQLObjectType) -> Any:
    compiler, alias = page.compiler, page.scope.alias
    number = sa.literal_column(f"{alias}.rn", sa.Integer())
    inside = number <= sa.literal_column(str(page.size))
    pairs = []
    for child in children:
        here = (*path, child.key)
        if child.name == "nodes":
            pairs.append((child.key, compiler.json.array_of(row(child, page.scope, here), inside)))
        elif child.name == "edges":
            pairs.append((child.key, compiler.json.array_of(_edge(page, child, row, here), inside)))
        elif child.name == "pageInfo":
            pairs.append((child.key, _page_info(page, child, here)))
        elif child.name == "totalCount":
            pairs.append((child.key, page.count()))
        else:
            pairs.append((child.key, literal(type_.name)))
    page.close()
    rows = page.rows(more=1, cursors=True)
    numbered = sa.select(
        sa.literal_column(f"{alias}.*"), sa.func.row_number().over().label("rn")
    ).select_from(rows).subquery(alias)  # fmt: skip
    if page.backward:
        numbered = _turned(numbered, alias, by="rn")
    return compiler.json.nest(sa.select(compiler.json.object(pairs)).select_from(numbered).scalar_subquery())


def _edge(page: Page, selected: Selected, row: Any, path: Path) -> Any:
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    pairs = []
    for child in selected.children(type_):
        if child.name == "cursor":
            pairs.append(
                (child.key, raw_cursor(page.compiler, page.scope.alias, len(page.order.terms), page.mark))
            )
            page.compiler.cursors[((*path, child.key), child.name)] = None
        elif child.name == "node":
            pairs.append((child.key, row(child, page.scope, (*path, child.key))))
        else:
            pairs.append((child.key, literal(type_.name)))
    return page.compiler.json.object(pairs)


def _page_info(page: Page, selected: Selected, path: Path) -> Any:
    compiler, json = page.compiler, page.compiler.json
    number: Any = sa.literal_column(f"{page.scope.alias}.rn", sa.Integer())
    size: Any = sa.literal_column(str(page.size))
    more = sa.func.coalesce(sa.func.max(number), 0) > size
    begun = page.arguments.get("before" if page.backward else "after") is not None
    started: Any = sa.literal_column("1=1" if begun else "1=0")
    flags = {"hasNextPage": more, "hasPreviousPage": started}
    if page.backward:
        flags = {"hasNextPage": started, "hasPreviousPage": more}
    pairs: list[tuple[str, Any]] = []
    for child in selected.children(_object(selected)):
        if child.name in flags:
            flag = sa.case((flags[child.name], sa.true()), else_=sa.false())
            pairs.append((child.key, json.boolean(flag)))
        elif child.name in ("startCursor", "endCursor"):
            # All cursors of the page; the answer keeps the first or the last of them.
            raw = raw_cursor(compiler, page.scope.alias, len(page.order.terms), page.mark)
            pairs.append((child.key, json.array_of(raw, number <= size, plain=True)))
            compiler.cursors[((*path, child.key), child.name)] = None
        else:
            pairs.append((child.key, literal("PageInfo")))
    # Said once for the page, whatever it is made of: counting makes the select one row.
    one_row = sa.func.count() >= sa.literal_column("0")
    return json.nest(sa.case((one_row, json.object(pairs))))


def _object(selected: Selected) -> GraphQLObjectType:
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    return type_


def _turned(table: Any, alias: str, by: str | None = None) -> Any:
    if by is None:
        numbered = sa.select(
            sa.literal_column(f"{alias}.*"), sa.func.row_number().over().label("rn")
        ).select_from(table).subquery(alias)  # fmt: skip
        return _turned(numbered, alias, "rn")
    column: Any = sa.literal_column(f"{alias}.{by}")
    return (
        sa.select(sa.literal_column(f"{alias}.*"))
        .select_from(table)
        .order_by(column.desc())
        .limit(sa.literal_column(str(LARGEST_EXPORT + 1)))
        .subquery(alias)
    )


def _size(arguments: dict[str, Any], most: int) -> tuple[int, bool]:
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise Invalid("Ask for first or for last, not both.", field="last")
    size, name = (last, "last") if last is not None else (first, "first")
    if size is None:
        return DEFAULT_FIRST, False
    if isinstance(size, Leaf) or not isinstance(size, int):
        raise Invalid(f"{name} is a whole number.", field=name)
    if size < 0:
        raise Invalid(f"{name} is not negative.", field=name)
    if size > most:
        raise LimitExceeded(f"{name} is at most {most}; ask for the next page instead.", field=name)
    return size, last is not None
