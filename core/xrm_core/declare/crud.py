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
    name = f"{'Create' if creating else 'Update'}{info.type_name}Input"
    return create_model(name, __base__=Input, __doc__=f"Values of a {info.type_name}.", **fields)


def _annotation(spec: FieldSpec | LinkSpec) -> Any:
    if isinstance(spec, LinkSpec):
        return Id[REGISTRY[spec.target].model]  # type: ignore[misc]
    return spec.enum if spec.enum is not None else _PYTHON[spec.kind]


def _creator(info: ResourceInfo) -> Any:
    async def create(ctx: Context, given: Any) -> Any:
        made: Any = info.model(**{name: getattr(given, name) for name in given.model_fields_set})
        ctx.refuse([*_missing(info, made), *misfits(made)] or made.settle() or await made.admit(ctx))
        if info.unit_column and made.unit is None:
            made.unit = ctx.unit
        ctx.add(made)
        return made

    return create


def _updater(info: ResourceInfo) -> Any:
    async def update(ctx: Context, subject: Any, given: Any) -> Any:
        for name in given.model_fields_set:
            setattr(subject, name, getattr(given, name))
        ctx.refuse([*_missing(info, subject), *misfits(subject)] or subject.settle())
        return subject

    return update


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
