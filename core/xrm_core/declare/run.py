"""Running a command: permission, input, one transaction, the rule of access before and after."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.command import CommandInfo
from xrm_core.declare.context import Context
from xrm_core.declare.inputs import check_links, checked
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource, utc_now
from xrm_core.errors import Conflict, Forbidden, Invalid, NotFound
from xrm_core.ids import Id

_BESIDE = ("id", "expectedVersion", "unitId")


async def run_in(ctx: Context, info: CommandInfo, values: Mapping[str, Any]) -> Any:
    """Run the command inside a unit of work.

    Raises: Forbidden, NotFound, Invalid, Conflict, and what the command refuses.
    """
    ctx.command = info.name
    if not info.checks_itself and not ctx.gate.may_ever(info.object, info.action):
        raise Forbidden(f"You may not {info.action} any {info.object}.")
    ctx.unit = await _unit(ctx, info, values)
    arguments: list[Any] = []
    subject, unit = None, None
    if info.on is not None:
        subject = await _subject(ctx, info, values)
        arguments.append(subject)
        unit = getattr(subject, "unit", None)
    if info.given is not None:
        own = {name: value for name, value in values.items() if name not in _BESIDE or _takes(info, name)}
        given = checked(info.given, own)
        await check_links(ctx, given)
        arguments.append(given)
    result = await info.run(ctx, *arguments)
    if info.move is not None and subject is not None:
        given = arguments[-1] if info.given is not None else None
        await ctx.move(
            subject, info.move, reason=getattr(given, "reason", None), data=getattr(given, "data", None)
        )
    if result is None:
        result = subject
    await ctx.session.flush()
    if subject is None and isinstance(result, Resource):
        await _made_lawfully(ctx, info, result)
    if subject is not None and subject in ctx.session and getattr(subject, "unit", None) != unit:
        await _made_lawfully(ctx, info, subject)
    return result


async def _unit(ctx: Context, info: CommandInfo, values: Mapping[str, Any]) -> Id[Any] | None:
    """The unit the command acts for: the one named, else the actor's own. The object's own one comes later.

    Raises: Invalid for one that is no unit of ours; Forbidden for one in which the actor may not do this.
    """
    named = as_id(values.get("unitId"), "unitId")
    unit = named or ctx.actor.home_unit
    if info.on is not None:
        return unit
    if named is not None:
        units: Any = REGISTRY["core.unit"].model
        known = sa.select(units.id).where(units.tenant_id == ctx.tenant_id, units.party == named)
        if (await ctx.session.scalars(known)).first() is None:
            raise Invalid(f"There is no unit with id {named}.", field="unitId")
    field = None if named is None else "unitId"
    is_asked_of_the_row = named is None and _makes_its_own(info)
    if not (info.checks_itself or is_asked_of_the_row or ctx.gate.may_in(info.object, info.action, unit)):
        raise Forbidden(f"You may not {info.action} any {info.object} in this unit.", field=field)
    return unit


def _makes_its_own(info: CommandInfo) -> bool:
    made = info.returns
    return isinstance(made, type) and issubclass(made, Resource) and made.__resource__ == info.object


def _takes(info: CommandInfo, name: str) -> bool:
    return info.given is not None and name in {
        part.alias or key for key, part in info.given.model_fields.items()
    }


async def _subject(ctx: Context, info: CommandInfo, values: Mapping[str, Any]) -> Any:
    assert info.on is not None
    object_id = as_id(values.get("id"), "id")
    subject = await ctx.find(info.on, object_id, lock=True)
    if subject is None:
        raise NotFound(info.on.__name__, object_id, field="id")
    if info.action != "read" and await ctx.find(info.on, object_id, action=info.action) is None:
        raise Forbidden(f"You may not {info.action} this {info.on.__name__}.")
    # Whoever had to wait for the object acts from when it was let go, not from when it was asked for.
    ctx.now = max(ctx.now, utc_now())
    expected = values.get("expectedVersion")
    if expected is not None and expected != subject.version:
        message = f"It is at version {subject.version}, not {expected}: read it again."
        raise Conflict(message, field="expectedVersion")
    unit = REGISTRY.of(info.on).unit_column
    if unit is not None and subject.unit is not None:
        ctx.unit = subject.unit
    return subject


async def _made_lawfully(ctx: Context, info: CommandInfo, made: Resource) -> None:
    """What was made must be something the actor may make: its rule is asked of the row itself."""
    if REGISTRY.of(type(made)).name != info.object:
        return
    if not await ctx.visible(type(made), [made.id], action=info.action):
        raise Forbidden(f"You may not {info.action} this {type(made).__name__}.")


def as_id(value: Any, field: str) -> Id[Any] | None:
    """The id written in `value`; None stays None. Raises: Invalid naming `field`."""
    if value is None:
        return None
    try:
        return Id(str(value))
    except ValueError as wrong:
        raise Invalid(f"{value!r} is not an id.", field=field) from wrong
