"""The last touch on an answer: values Python computes, cursors sealed, checks heeded, what failed noted."""

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any

import orjson
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_non_null_type

from xrm_core.api.faults import Fault
from xrm_core.api.journeys import Reading, travel
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import DomainError
from xrm_core.query.compiler import VirtualUse
from xrm_core.query.graph.itinerary import Itinerary
from xrm_core.query.keyset import seal
from xrm_core.query.plan import CHECKS_KEY, ROWS_KEY, Complaint, Further, Misasked, Plan
from xrm_core.query.roots import VALUE_KEY
from xrm_core.query.selection import Selected
from xrm_core.text import snake


async def fill(reading: Reading, plan: Plan, tree: dict[str, Any], *, inside: str = "") -> list[Fault]:
    """Complete the tree in place; `inside` a key, the items of its list are what the plan's paths start from.

    Returns the places that could not be filled. Raises: Misasked if the statement found a field asked wrongly.
    """
    found = tree.pop(CHECKS_KEY, [])
    _heed([check for check, failed in zip(plan.checks, found, strict=True) if failed])
    faults: list[Fault] = []
    for failure in plan.failures:
        ours, _ = _marked(list(_places(tree, failure.path, inside)), failure.mark)
        faults += [Fault(holder, key, failure.wrong) for holder, key, _ in ours]
    for path in plan.boxes:
        for holder, key in _places(tree, path, inside):
            faults += _unboxed(holder, key)
    for path, which in plan.cursors:
        for holder, key in _places(tree, path, inside):
            holder[key] = _sealed(holder[key], which, reading.context.app.cursor_key)
    for further in plan.further:
        faults += await _continue(reading, further, list(_places(tree, further.path, inside)))
    for itinerary in plan.journeys:
        faults += await _travel(reading, itinerary, list(_places(tree, itinerary.path, inside)))
    for use in plan.virtuals:
        faults += await _compute(reading.context, use, list(_places(tree, use.path, inside)))
    return faults


def _heed(complaints: list[Complaint]) -> None:
    if complaints:
        raise Misasked({said.path: said.as_error() for said in reversed(complaints)})


def _unboxed(holder: dict[str, Any], key: str) -> list[Fault]:
    """Put the value in a box in its place, if its checks found nothing; what is no box is another type's answer."""
    box = holder[key]
    if not isinstance(box, dict):
        return []
    if box["message"]:
        return [Fault(holder, key, Complaint(box["message"], box["field"], ()).as_error())]
    holder[key] = box["value"]
    return []


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


Place = tuple[dict[str, Any], str]


def _marked(places: list[Place], mark: str) -> tuple[list[tuple[dict[str, Any], str, str]], list[str]]:
    """The places where the statement left an id behind this mark, and the ids."""
    ours = [
        (holder, key, holder[key].removeprefix(mark))
        for holder, key in places
        if isinstance(holder[key], str) and holder[key].startswith(mark)
    ]
    return ours, list(dict.fromkeys(object_id for _, _, object_id in ours))


async def _continue(reading: Reading, further: Further, places: list[Place]) -> list[Fault]:
    ours, ids = _marked(places, further.mark)
    if not ids:
        return []
    try:
        tree = orjson.loads(await reading.fetch(further.plan, ids))
        faults = await fill(reading, further.plan, tree, inside=ROWS_KEY)
    except Misasked as misasked:
        raise misasked.under(further.path) from misasked
    values = {row["id"]: row["item"][VALUE_KEY] for row in tree[ROWS_KEY]}
    for holder, key, object_id in ours:
        holder[key] = values[object_id]
    return faults


async def _travel(reading: Reading, itinerary: Itinerary, places: list[Place]) -> list[Fault]:
    """Walk for all places at once; where that is refused, each has a fault."""
    wrong: Exception
    try:
        await travel(reading, itinerary, places)
        return []
    except DomainError as refused:
        wrong = refused
    except Misasked as misasked:
        wrong = next(iter(misasked.wrong.values()))
    return [Fault(holder, key, wrong) for holder, key in places if _waits(holder[key], itinerary.mark)]


def _waits(value: Any, mark: str) -> bool:
    """Whether a journey's field is not answered yet; what is, is another type's."""
    head = value[0] if isinstance(value, list) and value else value
    return isinstance(head, str) and head.startswith(mark)


async def _compute(context: Any, use: VirtualUse, places: list[Place]) -> list[Fault]:
    """Ask for the values once. What cannot be had leaves a fault in each place, as any resolver that raises would."""
    spec = REGISTRY[use.resource].virtual[use.name]
    ours, ids = _marked(places, use.mark)
    if not ids:
        return []
    try:
        values = await context.app.run_virtual(context.actor, spec, ids)
    except Exception as wrong:
        return [Fault(holder, key, wrong) for holder, key, _ in ours]
    faults = []
    for holder, key, object_id in ours:
        try:
            holder[key] = projected(values.get(object_id), use.selected.definition.type, use.selected)
        except Exception as wrong:
            faults.append(Fault(holder, key, wrong))
    return faults


def projected(value: Any, type_: Any, selected: Selected) -> Any:
    """A plain value as the selection wants it; an exception in the place of a value is raised.

    Raises: TypeError for nothing where there must be something.
    """
    if isinstance(value, Exception):
        raise value
    if is_non_null_type(type_):
        if value is None:
            raise TypeError(f"{selected.name} has no value")
        type_ = type_.of_type
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return [projected(item, type_.of_type, selected) for item in value]
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
