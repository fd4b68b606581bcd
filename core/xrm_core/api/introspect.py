"""Looking at the schema: written once for each type and selection, beside the loop, and kept.

The executor of graphql-core takes half a second for it and holds the loop; here a type that is referred to a
thousand times is written once, and whoever asks again with other spaces or comments gets what was written.
"""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_nullable_type,
    is_list_type,
    strip_ignored_characters,
)

from xrm_core.api.running import Running
from xrm_core.errors import Forbidden, LimitExceeded, Unauthenticated
from xrm_core.query.selection import Selected, Walker

META = frozenset({"__schema", "__type", "__typename"})
LOOKS = META - {"__typename"}
# Bytes that one operation may have written of the schema.
MOST_BYTES = 40_000_000
# Longer answers are not kept.
LONGEST_KEPT = 4_000_000
MOST_WAITING = 20


class Look:
    """Writes what the meta fields of one operation show of a schema."""

    def __init__(self, schema: GraphQLSchema, walker: Walker) -> None:
        self._walker, self._left = walker, MOST_BYTES
        self._info: Any = SimpleNamespace(schema=schema)
        self._selections: dict[Any, list[Selected]] = {}
        self._written: dict[tuple[int, Any], orjson.Fragment] = {}

    def value(self, selected: Selected) -> Any:
        """The value of `__schema` or `__type`. Raises: LimitExceeded."""
        return self._field(selected, None)

    def _field(self, selected: Selected, source: Any) -> Any:
        found = selected.definition.resolve(source, self._info, **selected.arguments)  # type: ignore[misc]
        return self._complete(selected.definition.type, found, selected)

    def _complete(self, type_: Any, value: Any, selected: Selected) -> Any:
        if isinstance(type_, GraphQLNonNull):
            type_ = get_nullable_type(type_)
        if value is None:
            return None
        if is_list_type(type_):
            return [self._complete(type_.of_type, item, selected) for item in value]
        if isinstance(type_, GraphQLObjectType):
            return self._object(type_, value, selected)
        return type_.coerce_output_value(value) if isinstance(type_, GraphQLEnumType) else value

    def _object(self, type_: GraphQLObjectType, source: Any, selected: Selected) -> orjson.Fragment:
        inside = tuple(id(node) for node in selected.nodes)
        # Fields and arguments come as passing pairs; only types live as long as the schema.
        known = (id(source), inside) if type_.name == "__Type" else None
        if known is not None and known in self._written:
            return self._written[known]
        if (type_.name, inside) not in self._selections:
            self._selections[type_.name, inside] = selected.children(type_)
        members = {
            one.key: type_.name if one.name == "__typename" else self._field(one, source)
            for one in self._selections[type_.name, inside]
        }
        body = orjson.dumps(members)
        self._left -= len(body)
        if self._left < 0:
            raise LimitExceeded(f"More than {MOST_BYTES} bytes would be written of the schema.")
        written = orjson.Fragment(body)
        if known is not None:
            self._written[known] = written
        return written


def check_may_look(running: Running, roots: Sequence[Selected]) -> None:
    """Whether these fields may be asked for here. Raises: Unauthenticated, Forbidden."""
    setting = running.context.app.settings.introspection
    if setting == "open" or not any(root.name in LOOKS for root in roots):
        return
    if setting == "closed":
        raise Forbidden("The schema is not shown here.")
    if running.context.actor is None:
        raise Unauthenticated("Sign in to look at the schema.")


async def looked_at(running: Running, roots: Sequence[Selected]) -> bytes:
    """The meta fields among the roots, as one JSON object; kept by the document without spaces and comments.

    Raises: LimitExceeded if too many wait for what is being written, or it would be too long.
    """
    snapshot = running.snapshot
    keys = tuple(root.key for root in roots)
    view = None if running.context.actor is None else running.view.shape
    text = strip_ignored_characters(running.prepared.text)
    known = (text, running.prepared.name, keys, orjson.dumps(running.given, default=str), view)
    found = snapshot.introspections.get(known)
    if found is not None:
        return found
    if snapshot.looking >= MOST_WAITING:
        raise LimitExceeded("Too many look at the schema now; try again.")
    snapshot.looking += 1
    try:
        async with snapshot.one_looks:
            found = snapshot.introspections.get(known)
            body = found if found is not None else await asyncio.to_thread(_write, running, roots)
    finally:
        snapshot.looking -= 1
    if len(body) <= LONGEST_KEPT:
        snapshot.introspections.put(known, body)
    return body


def _write(running: Running, roots: Sequence[Selected]) -> bytes:
    view = None if running.context.actor is None else running.view
    schema = running.snapshot.schema_for(view)
    look = Look(schema, Walker(running.prepared.schema, running.prepared.fragments, running.values))
    parent = running.prepared.schema.get_root_type(running.prepared.operation.operation)
    assert parent is not None
    plain = look._walker.fields(parent, [running.prepared.operation.selection_set])
    wanted = {root.key for root in roots}
    return orjson.dumps(
        {
            one.key: parent.name if one.name == "__typename" else look.value(one)
            for one in plain
            if one.key in wanted
        }
    )
