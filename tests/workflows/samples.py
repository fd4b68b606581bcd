"""A small process and its surroundings, for tests of the machinery itself."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xrm_core.errors import Refusal
from xrm_workflows.definition import Move, Process, final
from xrm_workflows.guards import GuardInput, GuardRegistry, guard_input
from xrm_workflows.history import Interval
from xrm_workflows.labels import Label

TODAY = dt.date(2026, 9, 30)
NOON = dt.datetime(2026, 9, 30, 12, tzinfo=dt.UTC)


@dataclass
class Day:
    """A context that knows the day and counts what it was asked."""

    today: dt.date = TODAY
    asked: list[int] = field(default_factory=list)


@dataclass
class Edge:
    """A relationship as guards see it; `health` decides where a repair leads."""

    health: Decimal | None = None


def vehicle_moves() -> list[Move]:
    """Lend, return and sell a car."""
    return [
        Move(
            "lend", sources=["free"], target="lent", permission="fleet.vehicle.lend",
            guards=["fleet.insured"], label=Label("Lend", "Prêter"),
        ),
        Move(
            "return", sources=["lent"], target="free", permission="fleet.vehicle.return",
            label=Label("Take back", "Reprendre"),
        ),
        Move(
            "sell", sources=["free"], target="sold", permission="fleet.vehicle.sell", reason="required",
            label=Label("Sell", "Vendre"),
        ),
    ]  # fmt: skip


def vehicle(*more: Move, states: Sequence[Any] = ("free", "lent", final("sold"))) -> Process:
    """The life of a car, and the moves added to it."""
    return Process("fleet.vehicle", states, [*vehicle_moves(), *more])


def supplied(name: str, value: Any) -> GuardInput:
    """An input that has this value for every object."""

    @guard_input(name)
    def supply(ctx: Any, objects: Sequence[Any]) -> list[Any]:
        return [value] * len(objects)

    return supply


def with_inputs(registry: GuardRegistry, **values: Any) -> GuardRegistry:
    """The registry with inputs supplied; `credit__hold` stands for `credit.hold`."""
    registry.add(*(supplied(name.replace("__", "."), value) for name, value in values.items()))
    return registry


def interval(state: str, day: int, *, episode: int = 1, status: str | None = None) -> Interval:
    """An interval entered on that day of January 2026."""
    stage, _, substage = state.partition("/")
    entered = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
    return Interval(state, stage, substage, status, entered, trigger="T", mode="manual", episode=episode)


def codes(refusals: Sequence[Refusal]) -> list[str]:
    """The codes of the refusals, in their order."""
    return [each.code for each in refusals]
