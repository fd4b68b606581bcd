"""The answer to a grouped question: keys, counts, sums, shares, as selected."""

from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, GraphQLScalarType, get_named_type

from xrm_core.declare.specs import Kind
from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query import guard
from xrm_core.query.aggregate import Asked
from xrm_core.query.compiler import Compiler
from xrm_core.query.cost import LIST_LOOK, WHOLE_LOOK
from xrm_core.query.custom import CUSTOM, PREFIX
from xrm_core.query.groups import Groups, Rows
from xrm_core.query.jsonsql import literal
from xrm_core.query.lists import axes
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected
from xrm_core.query.where import dated, where

MOST_GROUPS = 5_000
_BLOCKS = ("countDistinct", "sum", "avg", "min", "max")


def grouped(
    compiler: Compiler, scope: Scope, selected: Selected, path: tuple[str, ...], *, joined: Any = None
) -> Any:
    """The groups as a JSON array: of a whole resource, or of what is `joined` to one row."""
    outer, compiler.axes = compiler.axes, axes(compiler, selected.arguments)
    scope.known = compiler.known(scope.info)
    shown = _grouped(compiler, scope, selected, path, joined)
    compiler.axes = outer
    return shown


def _grouped(compiler: Compiler, scope: Scope, selected: Selected, path: tuple[str, ...], joined: Any) -> Any:
    compiler.count_list()
    compiler.meter.add(WHOLE_LOOK if joined is None else LIST_LOOK)
    groups = _question(compiler, scope, selected, joined)
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    pairs = [(child.key, _member(groups, child, type_.name)) for child in selected.children(type_)]
    having = groups.having(selected.arguments.get("having"))
    order = groups.order_by(selected.arguments.get("orderBy"))
    rows = groups.rows(having=having, order=order, limit=_limit(selected.arguments.get("first")))
    json = compiler.json
    shown = json.nest(json.array(rows, json.object(pairs)).scalar_subquery())
    if joined is None:
        compiler.checks += groups.checks
        return shown
    # Another row's list may be of one currency: the check is made row by row, beside the list.
    return compiler.boxed(shown, groups.checks, path) if groups.checks else shown


def _question(compiler: Compiler, scope: Scope, selected: Selected, joined: Any) -> Groups:
    filtered = selected.arguments.get("where")

    def readable(rows: Scope) -> list[Any]:
        return [
            rows.tenant == compiler.context("tenant"),
            *dated(compiler, rows),
            *guard.conditions(guard.may(compiler, rows)),
            *([where(compiler, rows, filtered)] if filtered else []),
        ]

    def whole() -> Rows:
        # A share of a list that hangs on a row is a part of the same aggregate over all that may be read.
        everything = compiler.scope(scope.info)
        return (scope, conditions) if joined is None else (everything, readable(everything))

    conditions = readable(scope) if joined is None else [joined, *readable(scope)]
    groups = Groups(compiler, scope, conditions, filtered, whole)
    groups.group_by(selected.arguments.get("groupBy") or [])
    return groups


def _limit(first: Any) -> int:
    if first is None:
        return MOST_GROUPS
    if not isinstance(first, int) or first < 0:
        raise Invalid("first is a whole number, not negative.", field="first")
    if first > MOST_GROUPS:
        raise LimitExceeded(f"first is at most {MOST_GROUPS} groups.", field="first")
    return first


def _member(groups: Groups, child: Selected, type_name: str) -> Any:
    json = groups.compiler.json
    if child.name == "keys":
        return json.object(
            [
                (
                    key.name,
                    json.value(key.kind, sa.literal_column(f"{groups.alias}.k{i}", key.expression.type)),
                )
                for i, key in enumerate(groups.keys)
            ]
        )
    if child.name == "count":
        return groups.number(Asked("count", None))[0]
    if child.name in _BLOCKS or child.name == "share":
        return _block(groups, child)
    return literal(type_name)


def _block(groups: Groups, child: Selected) -> Any:
    type_ = get_named_type(child.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    pairs = []
    for leaf in child.children(type_):
        if leaf.name == "__typename":
            pairs.append((leaf.key, literal(type_.name)))
        elif child.name == "share":
            asked = Asked("count", None) if leaf.name == "count" else Asked("sum", _field_of(leaf))
            pairs.append((leaf.key, groups.share(asked)))
        else:
            pairs.append((leaf.key, _number(groups, Asked(child.name, _field_of(leaf)), leaf)))
    return groups.compiler.json.object(pairs)


def _field_of(leaf: Selected) -> str:
    """The field a number is of; a custom one is named by its key."""
    return f"{PREFIX}{leaf.arguments['key']}" if leaf.name == CUSTOM else leaf.name


def _number(groups: Groups, asked: Asked, leaf: Selected) -> Any:
    number, spec = groups.number(asked)
    shown_as = get_named_type(leaf.definition.type)
    assert isinstance(shown_as, GraphQLScalarType)
    if spec.kind is Kind.INTEGER and shown_as.name == "Decimal":
        return sa.cast(number, sa.Text())
    return groups.compiler.json.value(spec.kind, number)
