"""The commands every resource has without being written: create, update, delete."""

import datetime as dt
from decimal import Decimal
from typing import Any, Optional

from pydantic import create_model

from xrm_core.declare.command import COMMANDS, CommandInfo, Input
from xrm_core.declare.context import Context
from xrm_core.declare.fits import misfits
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import MISSING, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Refusal
from xrm_core.ids import Id
from xrm_core.money import Money
from xrm_core.text import camel

_PYTHON: dict[Kind, Any] = {
    Kind.TEXT: str, Kind.CODE: str, Kind.INTEGER: int, Kind.DECIMAL: Decimal, Kind.BOOLEAN: bool,
    Kind.DATE: dt.date, Kind.MOMENT: dt.datetime, Kind.JSON: dict, Kind.MONEY: Money,
}  # fmt: skip
CUSTOM = "custom_fields"


def declare_crud(info: ResourceInfo) -> None:
    """Declare what `crud` of the resource names."""
    if "create" in info.crud:
        _add(info, "create", _creator(info), _input(info, creating=True))
    if "update" in info.crud:
        _add(info, "update", _updater(info), _input(info, creating=False))
    if "delete" in info.crud:
        _add(info, "delete", _deleter(info), None)


def _add(info: ResourceInfo, action: str, run: Any, given: type[Input] | None) -> None:
    COMMANDS.add(
        CommandInfo(
            name=f"{info.name}.{action}",
            run=run,
            on=None if action == "create" else info.model,
            given=given,
            returns=bool if action == "delete" else info.model,
            flat=action == "delete",
            mutation=f"{action}{info.type_name}",
            description=f"{action.capitalize()} a {info.type_name}.",
        )
    )


def _input(info: ResourceInfo, *, creating: bool) -> type[Input]:
    fields: dict[str, Any] = {}
    for name, spec in info.stored().items():
        if spec.read_only or (spec.immutable and not creating):
            continue
        annotation = _annotation(spec)
        optional = spec.nullable or spec.default is not MISSING or not creating
        fields[name] = (Optional[annotation], None) if optional else (annotation, ...)  # noqa: UP045 - built
    if info.custom:
        fields["custom_fields"] = (Optional[dict[str, Any]], None)  # noqa: UP045 - built
    name = f"{'Create' if creating else 'Update'}{info.type_name}Input"
    return create_model(name, __base__=Input, __doc__=f"Values of a {info.type_name}.", **fields)


def _annotation(spec: FieldSpec | LinkSpec) -> Any:
    if isinstance(spec, LinkSpec):
        return Id[REGISTRY[spec.target].model]  # type: ignore[misc]
    return spec.enum if spec.enum is not None else _PYTHON[spec.kind]


def _creator(info: ResourceInfo) -> Any:
    async def create(ctx: Context, given: Any) -> Any:
        made: Any = info.model(**{name: getattr(given, name) for name in _own(info, given)})
        wrong = [*_missing(info, made), *misfits(made), *await _customised(ctx, info, made, given)]
        ctx.refuse(wrong or made.settle() or await made.admit(ctx))
        if info.unit_column and made.unit is None:
            made.unit = ctx.unit
        ctx.add(made)
        return made

    return create


def _updater(info: ResourceInfo) -> Any:
    async def update(ctx: Context, subject: Any, given: Any) -> Any:
        for name in _own(info, given):
            setattr(subject, name, getattr(given, name))
        wrong = [*_missing(info, subject), *misfits(subject)]
        if CUSTOM in given.model_fields_set:
            wrong += await _customised(ctx, info, subject, given)
        ctx.refuse(wrong or subject.settle())
        return subject

    return update


def _own(info: ResourceInfo, given: Any) -> set[str]:
    """The names that are given and stored in columns of their own."""
    return set(given.model_fields_set) & info.stored().keys()


async def _customised(ctx: Context, info: ResourceInfo, item: Any, given: Any) -> list[Refusal]:
    if not info.custom:
        return []
    values = getattr(given, CUSTOM)
    return await ctx.customise(item, {} if CUSTOM not in given.model_fields_set else values)


def _deleter(info: ResourceInfo) -> Any:
    async def delete(ctx: Context, subject: Any) -> bool:
        await ctx.session.delete(subject)
        return True

    return delete


def _missing(info: ResourceInfo, made: Any) -> list[Refusal]:
    return [
        Refusal("core.required", f"{camel(name)} is required.", camel(name))
        for name, spec in info.stored().items()
        if not spec.nullable
        and getattr(made, name) is None
        # The first state is given by the state machine, when the object is added.
        and not getattr(spec, "lifecycle", None)
    ]
