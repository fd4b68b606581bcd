"""What could not be answered: null there, or in the nearest place around it that may be null, and an error each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from xrm_core.query.selection import Selected

Step = str | int


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in an answer's tree that has no value, and why."""

    holder: dict[str, Any]
    key: str
    wrong: Exception


def settle(
    tree: dict[str, Any], roots: Sequence[Selected], faults: Sequence[Fault]
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The tree with null where the GraphQL specification wants it, and the errors with their paths.

    Of errors that make the same value null the first is told. No data is left if a field of Query may not be null.
    """
    if not faults:
        return tree, []
    paths = dict(_holders(tree, ()))
    by_key = {root.key: root for root in roots}
    errors: list[GraphQLError] = []
    gone: list[tuple[Step, ...]] = []
    for fault in faults:
        # What was read and not shown after all spoils nothing.
        if id(fault.holder) not in paths:
            continue
        path = (*paths[id(fault.holder)], fault.key)
        if any(path[: len(lost)] == lost for lost in gone):
            continue
        lost = _nullable(by_key, path)
        gone.append(lost)
        errors.append(GraphQLError(str(fault.wrong), path=path, original_error=fault.wrong))
        if not lost:
            return None, errors
        _put_null(tree, lost)
    return tree, errors


def graft(faults: Sequence[Fault]) -> None:
    """Put each exception in its place, for an executor that knows what to do with them."""
    for fault in faults:
        fault.holder[fault.key] = fault.wrong


def _holders(node: Any, path: tuple[Step, ...]) -> Iterator[tuple[int, tuple[Step, ...]]]:
    if isinstance(node, dict):
        yield id(node), path
        for key, value in node.items():
            yield from _holders(value, (*path, key))
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from _holders(item, (*path, position))


def _nullable(roots: dict[str, Selected], path: tuple[Step, ...]) -> tuple[Step, ...]:
    """The longest beginning of the path that may be null; nothing if none may."""
    longest: tuple[Step, ...] = ()
    found = roots
    position = 0
    while position < len(path):
        selected = found[str(path[position])]
        type_: Any = selected.definition.type
        position += 1
        while True:
            if not is_non_null_type(type_):
                longest = path[:position]
            bare = type_.of_type if is_non_null_type(type_) else type_
            if not is_list_type(bare) or position == len(path):
                break
            type_ = bare.of_type
            position += 1
        found = _inside(selected)
    return longest


def _inside(selected: Selected) -> dict[str, Selected]:
    """What is selected in an object; of an interface, by any of its types: they agree on what may be null."""
    named = get_named_type(selected.definition.type)
    if isinstance(named, GraphQLInterfaceType):
        types = selected.walker.schema.get_possible_types(named)
        return {child.key: child for type_ in types for child in selected.children(type_)}
    return {child.key: child for child in selected.children(named)} if hasattr(named, "fields") else {}  # type: ignore[arg-type]


def _put_null(tree: Any, path: tuple[Step, ...]) -> None:
    for step in path[:-1]:
        tree = tree[step]
        if tree is None:
            return
    tree[path[-1]] = None
