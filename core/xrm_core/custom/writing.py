"""Custom fields of an object, checked against their definitions: every wrong key and value at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.custom.definitions import API_NAME, Definition
from xrm_core.custom.kinds import (
    MOST_INDEXED_BYTES,
    CustomFieldKind,
    Unfit,
    all_slots,
    normalised,
    shown,
    slots,
)
from xrm_core.custom.store import definitions_of
from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Refusal
from xrm_core.text import text_key


async def customise(ctx: Context, item: Any, values: Mapping[str, Any] | None) -> list[Refusal]:
    """Set these values of the object; what speaks against them, one refusal a key. None clears all there are.

    Nothing is set if anything speaks against it.
    """
    info = REGISTRY.of(type(item))
    is_new = not sa.inspect(item).persistent
    # Whoever changes what a field is waits until these values are stored, and then finds them.
    known = await definitions_of(ctx.session, ctx.tenant_id, info.name, hold=values is None or bool(values))
    if values is None:
        values = {one.key: None for one in known if one.key in shown(item.custom_fields)}
    refusals = _hidden(ctx, info.name, values)
    kept = dict(item.custom_fields or {})
    by_key = {one.key: one for one in known}
    for key, value in values.items():
        if key not in by_key:
            refusals.append(_unknown(info.type_name, key))
        elif not any(refusal.field == f"{API_NAME}.{key}" for refusal in refusals):
            refusals += _put(kept, by_key[key], value)
    refusals += _missing(known, kept, values, is_new=is_new)
    if not refusals and (kept or None) != item.custom_fields:
        item.custom_fields = {name: kept[name] for name in sorted(kept)} or None
    return refusals


def _hidden(ctx: Context, resource: str, values: Mapping[str, Any]) -> list[Refusal]:
    """What one may not read one may not write: the version would tell whether the value was another."""
    return [
        Refusal("core.hidden_custom_field", f"You may not write {API_NAME}.{key}.", f"{API_NAME}.{key}")
        for key in values
        if not ctx.gate.shows(resource, f"custom_fields.{key}")
    ]


def _unknown(type_name: str, key: str) -> Refusal:
    shown_key = key if len(key) <= 60 else f"{key[:60]}…"
    message = f"A {type_name} has no custom field {shown_key}; customFields lists those it has."
    return Refusal("core.unknown_custom_field", message, f"{API_NAME}.{shown_key}")


def _put(kept: dict[str, Any], definition: Definition, value: Any) -> list[Refusal]:
    key = definition.key
    if value is None:
        for name in all_slots(key):
            kept.pop(name, None)
        return []
    try:
        fit = normalised(definition.kind, value)
        _fits(definition, fit)
    except Unfit as wrong:
        message = f"{definition.api_name} {wrong}."
        return [Refusal("core.does_not_fit", message, definition.api_name)]
    for name in all_slots(key):
        kept.pop(name, None)
    kept.update(slots(definition.kind, key, fit))
    return []


def _fits(definition: Definition, value: Any) -> None:
    if definition.kind is CustomFieldKind.CHOICE and value not in definition.options:
        raise Unfit(f"must be one of {', '.join(definition.options)}")
    if definition.kind is CustomFieldKind.TEXT and definition.is_indexed:
        longest = max(len(value.encode()), len(text_key(value).encode()))
        if longest > MOST_INDEXED_BYTES:
            raise Unfit(f"is indexed and takes at most {MOST_INDEXED_BYTES} bytes")


def _missing(
    known: Sequence[Definition], kept: Mapping[str, Any], values: Mapping[str, Any], *, is_new: bool
) -> list[Refusal]:
    there = shown(kept)
    return [
        Refusal("core.required", f"{one.api_name} is required.", one.api_name)
        for one in known
        if one.is_required
        and one.key not in there
        and ((is_new and one.key not in values) or _is_cleared(one, values))
    ]


def _is_cleared(definition: Definition, values: Mapping[str, Any]) -> bool:
    return definition.key in values and values[definition.key] is None
