"""What an admin does with custom fields – define, change, retire, restore – and how values are set on any object."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.custom.definitions import API_NAME
from xrm_core.custom.kinds import (
    MOST_INDEXED_BYTES,
    SLOTS,
    TEXT_KEY,
    CustomFieldKind,
    all_slots,
    is_key,
    slot,
)
from xrm_core.custom.models import CustomField
from xrm_core.custom.store import held_among, is_held, longest_in
from xrm_core.declare.command import Input, command
from xrm_core.declare.context import Context
from xrm_core.declare.ref import Ref
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.errors import Conflict, Forbidden, Invalid, LimitExceeded, NotFound, Refusal, Refused
from xrm_core.ids import Id

MOST_FIELDS = 100
MOST_OPTIONS = 500
_LONGEST_OPTION = 100
_LONGEST_LABEL = 200


class CustomFieldOption(Input):
    """A value that a choice may have; a label that is not given is the value."""

    value: str
    label_en: str | None = None
    label_fr: str | None = None


class DefineCustomField(Input):
    """A field to add: `resource` as in permissions (core.party) or as the API's type (Party)."""

    resource: str
    key: str
    kind: CustomFieldKind
    label_en: str | None = None
    label_fr: str | None = None
    description: str | None = None
    options: list[CustomFieldOption] | None = None
    required: bool = False
    indexed: bool = False


class UpdateCustomField(Input):
    """What changes; what is not given stays as it is."""

    label_en: str | None = None
    label_fr: str | None = None
    description: str | None = None
    kind: CustomFieldKind | None = None
    options: list[CustomFieldOption] | None = None
    required: bool | None = None
    indexed: bool | None = None


@command("core.custom_field.define")
async def define_custom_field(ctx: Context, given: DefineCustomField) -> CustomField:
    """Add a field to a resource: it is shown, filtered, sorted and grouped by from now on."""
    info = _resource(ctx, given.resource)
    wrong = [] if info is not None else [_no_resource(given.resource)]
    wrong += [] if is_key(given.key) else [_bad_key()]
    wrong += _option_problems(given.kind, given.options or ())
    wrong += _label_problems(given.label_en, given.label_fr)
    if not wrong and info is not None:
        wrong += await _taken(ctx, info, given.key)
    ctx.refuse(wrong)
    assert info is not None
    await _check_room(ctx, info)
    label_en = given.label_en or given.label_fr or given.key
    made = CustomField(
        resource=info.name,
        key=given.key,
        kind=given.kind,
        label_en=label_en,
        label_fr=given.label_fr or label_en,
        description=given.description,
        options=_options(given.options or ()),
        is_required=given.required,
        is_indexed=given.indexed,
    )
    ctx.add(made)
    ctx.emit("core.custom_field.defined", resource=info.name, key=given.key)
    return made


@command("core.custom_field.update", on=CustomField)
async def update_custom_field(
    ctx: Context, custom_field: CustomField, given: UpdateCustomField
) -> CustomField:
    """Change labels, options or how a field is kept; its kind only as long as no object has a value."""
    kind = given.kind or CustomFieldKind(custom_field.kind)
    options = custom_field.options if given.options is None else _options(given.options)
    said = given.options if given.options is not None else [CustomFieldOption(**one) for one in options]
    if kind is not CustomFieldKind.CHOICE and given.options is None:
        said, options = [], []
    wrong = [*_option_problems(kind, said), *_label_problems(given.label_en, given.label_fr)]
    ctx.refuse(wrong)
    await _check_values(ctx, custom_field, kind, {one["value"] for one in options})
    is_indexed = custom_field.is_indexed if given.indexed is None else given.indexed
    if is_indexed and not custom_field.is_indexed:
        await _check_lengths(ctx, custom_field)
    for name in given.model_fields_set & {"label_en", "label_fr"}:
        if getattr(given, name) is not None:
            setattr(custom_field, name, getattr(given, name))
    if "description" in given.model_fields_set:
        custom_field.description = given.description
    custom_field.kind, custom_field.options, custom_field.is_indexed = kind, options, is_indexed
    if given.required is not None:
        custom_field.is_required = given.required
    ctx.emit("core.custom_field.updated", resource=custom_field.resource, key=custom_field.key)
    return custom_field


@command("core.custom_field.retire", on=CustomField, flat=True)
async def retire_custom_field(ctx: Context, custom_field: CustomField) -> CustomField:
    """Take a field out of use: it is no longer shown, asked about or written; its values stay stored."""
    if custom_field.is_retired:
        raise Conflict("The field is retired already.", field="id")
    custom_field.is_retired = True
    ctx.emit("core.custom_field.retired", resource=custom_field.resource, key=custom_field.key)
    return custom_field


@command("core.custom_field.restore", on=CustomField, flat=True)
async def restore_custom_field(ctx: Context, custom_field: CustomField) -> CustomField:
    """Take a retired field into use again, with the values it had."""
    if not custom_field.is_retired:
        raise Conflict("The field is in use.", field="id")
    _table(custom_field)
    await _check_room(ctx, REGISTRY[custom_field.resource])
    if custom_field.is_indexed:
        await _check_lengths(ctx, custom_field)
    custom_field.is_retired = False
    ctx.emit("core.custom_field.restored", resource=custom_field.resource, key=custom_field.key)
    return custom_field


class SetCustomFields(Input):
    """Values for one object, of any type: a key that is absent stays as it is, null clears."""

    type: str
    object_id: Id[Any]
    custom_fields: dict[str, Any]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class CustomFieldsSet:
    """An object whose custom fields were set."""

    object_id: Id[Any]
    object: Ref | None


@command("core.custom_field.set", checks_itself=True)
async def set_custom_fields(ctx: Context, given: SetCustomFields) -> CustomFieldsSet:
    """Set custom fields of any object, also where it has no update of its own; it takes the right to update it."""
    info = _resource(ctx, given.type)
    if info is None or not ctx.gate.may_ever(info.name, "read"):
        raise Refused([_no_resource(given.type, "type")])
    item = await ctx.find(info.model, given.object_id, lock=True)
    if item is None:
        raise NotFound(info.type_name, given.object_id, field="objectId")
    if not await ctx.visible(info.model, [given.object_id], action="update"):
        raise Forbidden(f"You may not update this {info.type_name}.")
    if given.expected_version is not None and given.expected_version != item.version:
        message = f"It is at version {item.version}, not {given.expected_version}: read it again."
        raise Conflict(message, field="expectedVersion")
    ctx.refuse(await ctx.customise(item, given.custom_fields))
    return CustomFieldsSet(given.object_id, Ref(info.name, given.object_id))


def _resource(ctx: Context, name: str) -> ResourceInfo | None:
    """The resource meant, by its own name or its type's, if an admin may add fields to it."""
    return next(
        (
            info
            for info in REGISTRY.enabled({"workflows", *ctx.plugins})
            if name in (info.name, info.type_name) and info.custom
        ),
        None,
    )


def _no_resource(name: str, field: str = "resource") -> Refusal:
    message = f"There is no resource {name[:60]!r} that takes custom fields."
    return Refusal("core.no_custom_fields_there", message, field)


def _bad_key() -> Refusal:
    message = "A key is a lower-case letter and then up to 39 letters, digits or underscores."
    return Refusal("core.bad_custom_field_key", message, "key")


def _option_problems(kind: CustomFieldKind, given: Sequence[CustomFieldOption]) -> list[Refusal]:
    if kind is not CustomFieldKind.CHOICE:
        wrong = "Only a choice has options." if given else None
    elif not given:
        wrong = "A choice has at least one option."
    elif len(given) > MOST_OPTIONS:
        wrong = f"A choice has at most {MOST_OPTIONS} options."
    elif len({one.value for one in given}) < len(given):
        wrong = "Each option has a value of its own."
    elif any(not one.value.strip() or len(one.value) > _LONGEST_OPTION for one in given):
        wrong = f"An option's value has between 1 and {_LONGEST_OPTION} characters."
    else:
        wrong = None
    labels = [label for one in given for label in (one.label_en, one.label_fr)]
    return (
        [Refusal("core.bad_options", wrong, "options")]
        if wrong
        else _label_problems(*labels, field="options")
    )


def _label_problems(*labels: str | None, field: str = "") -> list[Refusal]:
    names = [field] * len(labels) if field else ["labelEn", "labelFr"]
    message = f"A label has between 1 and {_LONGEST_LABEL} characters."
    return [
        Refusal("core.bad_label", message, name)
        for name, label in zip(names, labels, strict=True)
        if label is not None and (not label.strip() or len(label) > _LONGEST_LABEL)
    ]


def _options(given: Sequence[CustomFieldOption]) -> list[dict[str, str]]:
    return [
        {
            "value": one.value,
            "labelEn": one.label_en or one.label_fr or one.value,
            "labelFr": one.label_fr or one.label_en or one.value,
        }
        for one in given
    ]


async def _taken(ctx: Context, info: ResourceInfo, key: str) -> list[Refusal]:
    query = sa.select(CustomField.is_retired).where(
        CustomField.tenant_id == ctx.tenant_id, CustomField.resource == info.name, CustomField.key == key
    )
    is_retired = (await ctx.session.scalars(query)).one_or_none()
    if is_retired is None:
        return []
    more = "; it is retired and can be restored" if is_retired else ""
    return [
        Refusal("core.custom_field_exists", f"A {info.type_name} has a field {key} already{more}.", "key")
    ]


async def _check_room(ctx: Context, info: ResourceInfo) -> None:
    query = sa.select(sa.func.count()).where(
        CustomField.tenant_id == ctx.tenant_id,
        CustomField.resource == info.name,
        CustomField.is_retired.is_(False),
    )
    if (await ctx.session.scalar(query) or 0) >= MOST_FIELDS:
        raise LimitExceeded(
            f"A resource has at most {MOST_FIELDS} custom fields; retire one first.", field="resource"
        )


def _table(custom_field: CustomField) -> sa.Table:
    """Where the values are. Raises: Conflict if the plugin that has the resource is not installed."""
    if custom_field.resource not in REGISTRY:
        raise Conflict(f"{custom_field.resource} is of a plugin that is not installed.", field="id")
    return REGISTRY[custom_field.resource].table


async def _check_values(
    ctx: Context, custom_field: CustomField, kind: CustomFieldKind, options: set[str]
) -> None:
    """Raises: Invalid if there are values of the old kind, or of an option that would be gone."""
    table, key = _table(custom_field), custom_field.key
    if kind is not CustomFieldKind(custom_field.kind):
        if await is_held(ctx.session, table, ctx.tenant_id, sorted(all_slots(key))):
            message = (
                f"{API_NAME}.{key} has values: its kind stays as it is. Clear them, or define another field."
            )
            raise Invalid(message, field="kind")
        return
    gone = sorted({one["value"] for one in custom_field.options} - options)
    if gone:
        name = slot(key, SLOTS[CustomFieldKind.CHOICE])
        used = await held_among(ctx.session, table, ctx.tenant_id, name, gone)
        if used:
            raise Invalid(f"Some objects have these values: {', '.join(used)}.", field="options")


async def _check_lengths(ctx: Context, custom_field: CustomField) -> None:
    """Raises: Invalid if a text is too long for an index."""
    if CustomFieldKind(custom_field.kind) is not CustomFieldKind.TEXT:
        return
    table, key = _table(custom_field), custom_field.key
    names = [slot(key, SLOTS[CustomFieldKind.TEXT]), slot(key, TEXT_KEY)]
    if await longest_in(ctx.session, table, ctx.tenant_id, names) > MOST_INDEXED_BYTES:
        message = f"Some texts are longer than the {MOST_INDEXED_BYTES} bytes that an index takes."
        raise Invalid(message, field="indexed")
