"""The last touch on an answer: values Python computes, cursors sealed, checks heeded."""

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Invalid, Refusal
from xrm_core.query.keyset import seal
from xrm_core.query.plan import CHECKS_KEY, Plan
from xrm_core.query.selection import Selected, Walker
from xrm_core.text import snake


async def fill(
    context: Any, plan: Plan, tree: dict[str, Any], walker: Walker, roots: list[Selected], *, inside: str = ""
) -> None:
    """Complete the tree in place. Raises: Invalid if the statement found the question wrong."""
    found = tree.pop(CHECKS_KEY, [])
    wrong = [check for check, failed in zip(plan.checks, found, strict=True) if failed]
    if wrong:
        problems = [Refusal("core.several_currencies", check.message, check.field) for check in wrong]
        raise Invalid(wrong[0].message, field=wrong[0].field, problems=problems)
    for path, which in plan.cursors:
        for holder, key in _places(tree, path, inside):
            holder[key] = _sealed(holder[key], which, context.app.cursor_key)
    for use in plan.virtuals:
        await _compute(context, use, list(_places(tree, use.path, inside)), roots)


def _sealed(raw: Any, which: str, key: bytes) -> str | None:
    if which == "cursor":
        return seal(raw, key)
    if not raw:
        return None
    return seal(raw[0] if which == "startCursor" else raw[-1], key)


def _places(tree: Any, path: tuple[str, ...], inside: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object in the tree that holds the last step of the path, lists walked through."""
    start = tree
    if inside:
        start = [row["item"] for row in tree[inside]]
        path = path[1:]
    yield from _walk(start, path)


def _walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], str]]:
    if node is None:
        return
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, path)
    elif len(path) == 1:
        if path[0] in node:
            yield node, path[0]
    elif path[0] in node:
        yield from _walk(node[path[0]], path[1:])


async def _compute(context: Any, use: Any, places: list[tuple[dict[str, Any], str]], roots: list[Selected]) -> None:
    spec = REGISTRY[use.resource].virtual[use.name]
    ids = list(dict.fromkeys(holder[key] for holder, key in places if holder[key] is not None))
    values = await context.app.run_virtual(context.actor, spec, ids) if ids else {}
    selected = _find(roots, use.path)
    for holder, key in places:
        holder[key] = projected(values.get(holder[key]), selected.definition.type, selected)


def _find(roots: list[Selected], path: tuple[str, ...]) -> Selected:
    level = roots
    for step in path:
        found = next(item for item in level if item.key == step)
        type_ = get_named_type(found.definition.type)
        level = found.children(type_) if isinstance(type_, GraphQLObjectType) else []
    return found


def projected(value: Any, type_: Any, selected: Selected) -> Any:
    """A plain value as the selection wants it."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return [projected(item, type_, selected) for item in value]
    named = get_named_type(type_)
    if is_leaf_type(named):
        return named.serialize(value.value if isinstance(value, Enum) else value)
    assert isinstance(named, GraphQLObjectType)
    shown: dict[str, Any] = {}
    for child in selected.children(named):
        if child.name == "__typename":
            shown[child.key] = named.name
        else:
            shown[child.key] = projected(_member(value, child.name), child.definition.type, child)
    return shown


def _member(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    if dataclasses.is_dataclass(value) and not hasattr(value, name):
        return getattr(value, snake(name))
    return getattr(value, name)
