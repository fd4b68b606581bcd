"""What the probe declares."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from tests.core.probe.shapes import ProbeNote
from xrm_core.declare import (
    LANGUAGE,
    TODAY,
    Context,
    Id,
    Money,
    Resource,
    computed,
    days,
    field,
    link,
    virtual,
)
from xrm_core.errors import Invalid
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User


class ProbeKind(StrEnum):
    """How large a machine is."""

    BIG = "BIG"
    SMALL = "SMALL"


async def _notes(ctx: Context, ids: list[Any]) -> dict[Any, list[ProbeNote]]:
    """One note a machine, with its own id in it: a value at the wrong place shows."""
    return {object_id: [ProbeNote(text=f"note on {object_id}", weight=Decimal("1.50"))] for object_id in ids}


async def _tag(ctx: Context, ids: list[Any]) -> dict[Any, str]:
    return {object_id: f"service {object_id}" for object_id in ids}


async def _fragile(ctx: Context, ids: list[Any]) -> dict[Any, Any]:
    """No batch with a machine that is called Broken works at all."""
    broken = sa.select(ProbeMachine.id).where(ctx.may(ProbeMachine), ProbeMachine.name == "Broken")
    if any(str(found) in ids for found in await ctx.session.scalars(broken)):
        raise RuntimeError("a secret of the machine")
    return dict.fromkeys(ids, "whole")


async def _weighed(ctx: Context, ids: list[Any]) -> dict[Any, Any]:
    """Some machines have no weight, and one says why."""
    heavy = sa.select(ProbeMachine.id, ProbeMachine.weight).where(ctx.may(ProbeMachine))
    return {
        object_id: Invalid("It is too light.", field="weighed") if weight == 0 else weight
        for object_id, weight in await ctx.session.execute(heavy)
    }


class ProbeMachine(Resource):
    """Something with every kind of value."""

    __resource__ = "probe.machine"

    name: Mapped[str] = field(search=True)
    code: Mapped[str | None] = field(default=None, code=True, search="maker")
    kind: Mapped[ProbeKind] = field(default=ProbeKind.SMALL)
    power: Mapped[Decimal | None] = field(default=None)
    secret: Mapped[str | None] = field(default=None, hideable=True, search=True)
    price: Mapped[Money | None] = field(default=None, hideable=True)
    weight: Mapped[int | None] = field(default=None)
    is_old: Mapped[bool] = field(default=False)
    built_on: Mapped[dt.date | None] = field(default=None)
    seen_at: Mapped[dt.datetime | None] = field(default=None)
    settings: Mapped[dict] = field(default=dict)  # type: ignore[type-arg]
    maker: Mapped[Id[Party]] = link(inverse="probe.machines")
    spare: Mapped[Id[Party] | None] = link(default=None, hideable=True)
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    keeper: Mapped[Id[User] | None] = link(default=None)
    part_of: Mapped[Id["ProbeMachine"] | None] = link(inverse="parts", to="probe.machine", default=None)

    age_days = computed(int, lambda machine: days(machine.built_on, TODAY))
    third = computed(Decimal, lambda machine: machine.power * Decimal("0.333333"))
    pace = computed(Decimal, lambda machine: machine.power / machine.weight)
    lack = computed(Decimal, lambda machine: machine.weight - machine.power)
    label = computed(
        str, lambda machine: sa.case((LANGUAGE == "fr", "la " + machine.name), else_="the " + machine.name)
    )
    notes = virtual("[ProbeNote!]!", _notes)
    tag = virtual("String", _tag)
    fragile = virtual("String", _fragile)
    weighed = virtual("Int!", _weighed)


class ProbeService(Resource):
    """Work done on a machine; it goes with the machine."""

    __resource__ = "probe.service"

    machine: Mapped[Id[ProbeMachine]] = link(inverse="services", on_delete="cascade")
    cost: Mapped[Money] = field()
    done_on: Mapped[dt.date] = field()
    rating: Mapped[int | None] = field(default=None)

    tag = virtual("String", _tag)


class ProbeEdge(Resource, extends=Relationship):
    """What the probe thinks of a relationship."""

    __resource__ = "probe.edge"

    grade: Mapped[int | None] = field(default=None)
    remark: Mapped[str | None] = field(default=None, hideable=True, search=True)
    ceiling: Mapped[Money | None] = field(default=None)


class ProbeLease(Resource, historical=True, valid=("lent_on", "due_on")):
    """A machine lent to a party, as it was known at any time."""

    __resource__ = "probe.lease"

    party: Mapped[Id[Party]] = link(inverse="probe.leases")
    rent: Mapped[int] = field()
    lent_on: Mapped[dt.date] = field()
    due_on: Mapped[dt.date | None] = field(default=None)
