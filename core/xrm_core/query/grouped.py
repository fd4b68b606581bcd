"""The answer to a grouped question: keys, counts, sums, shares, as selected."""

from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type

from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query import guard
from xrm_core.query.compiler import Compiler
from xrm_core.query.groups import Groups
from xrm_core.query.jsonsql import literal
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected
from xrm_core.query.where import dated, where

MOST_GROUPS = 5_000
_BLOCKS = ("countDistinct", "sum", "avg", "min", "max")


def grouped(
    compiler: Compiler, scope: Scope, base: list[Any], selected: Selected, path: tuple[str, ...]
) -> Any:
    """The groups as a JSON array."""
    groups = _question(compiler, scope, base, selected)
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    pairs = [(child.key, _member(groups, child, type_.name)) for child in selected.children(type_)]
    having = groups.having(selected.arguments.get("having"))
    order = groups.order_by(selected.arguments.get("orderBy"))
    rows = groups.rows(having=having, order=order, limit=_limit(selected.arguments.get("first")))
    json = compiler.json
    return json.nest(json.array(rows, json.object(pairs)).scalar_subquery())


def _question(compiler: Compiler, scope: Scope, base: list[Any], selected: Selected) -> Groups:
    filtered = selected.arguments.get("where")
    seen = [*dated(compiler, scope), *guard.conditions(guard.may(compiler, scope))]
    asked = [where(compiler, scope, filtered)] if filtered else []
    readable = [scope.tenant == compiler.context("tenant"), *seen]
    conditions = [*base, *seen, *asked]
    # A share hanging on a row is a part of everything readable; at the root, of what `where` leaves.
    at_root = scope.origin is None
    groups = Groups(compiler, scope, conditions, filtered, conditions if at_root else readable)
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
                (key.name, json.value(key.kind, sa.literal_column(f"{groups.alias}.k{i}", key.expression.type)))
                for i, key in enumerate(groups.keys)
            ]
        )
    if child.name == "count":
        return groups.number("count", None)[0]
    if child.name in _BLOCKS or child.name == "share":
        return _block(groups, child)
    return literal(type_name)


def _block(groups: Groups, child: Selected) -> Any:
    type_ = get_named_type(child.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    json = groups.compiler.json
    pairs = []
    for leaf in child.children(type_):
        if leaf.name == "__typename":
            pairs.append((leaf.key, literal(type_.name)))
        elif child.name == "share":
            function, name = ("count", None) if leaf.name == "count" else ("sum", leaf.name)
            pairs.append((leaf.key, groups.share(function, name)))
        else:
            number, spec = groups.number(child.name, leaf.name)
            pairs.append((leaf.key, json.value(spec.kind, number)))
    return json.object(pairs)
