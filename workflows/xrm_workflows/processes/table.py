"""Reading the shipped machines from their tables (the CSV files beside this module)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from xrm_workflows.definition import Computed, GuardUse, Mode, Move, State, use
from xrm_workflows.form import FieldKind, FormField
from xrm_workflows.labels import Label

Row = Mapping[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of a table, each under the names of the columns."""
    text = files("xrm_workflows.processes").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def states_of(kind: str) -> tuple[State, ...]:
    """The states of one kind of relationship, with the stage and sub-stage each stands for (rules.md §A7)."""
    return tuple(
        State(row["state"], bool(row["final"]), row["stage"], row["substage"], _label(row))
        for row in rows("states")
        if row["kind"] == kind
    )


def reasons(rule: str) -> dict[str, Label]:
    """The codes of the taxonomy (rules.md R-A-05) that a move by this rule, T9 or T11, takes by hand."""
    return {row["code"]: _label(row) for row in rows("reasons") if rule in row["rules"].split()}


def form(names: str) -> dict[str, FormField]:
    """The fields of the forms named, in their order."""
    return {
        row["field"]: FormField(
            FieldKind(row["kind"]),
            _label(row),
            required=bool(row["required"]),
            required_for=row["required_for"] or None,
            latest_in_days=int(row["latest_in_days"]) if row["latest_in_days"] else None,
        )
        for name in names.split()
        for row in rows("forms")
        if row["form"] == name
    }


@dataclass(frozen=True, slots=True)
class MoveTable:
    """The moves of one machine: its table, its states, and the permission that every move needs."""

    name: str
    states: Sequence[State]
    permission: str

    def moves(self) -> tuple[Move, ...]:
        """The moves in the order of the table."""
        return tuple(self._move(row) for row in rows(self.name))

    def _move(self, row: Row) -> Move:
        targets = self._expanded(row["target"])
        reason: Literal["required"] | None = "required" if row["reason"] else None
        return Move(
            row["event"],
            sources=self._expanded(row["sources"]),
            target=Computed(row["resolver"], targets) if row["resolver"] else " ".join(targets),
            permission=self.permission,
            guards=[_guard(text) for text in row["guards"].split()],
            reason=reason,
            reasons=reasons(row["reason"]),
            form=form(row["forms"]),
            mode=Mode(row["mode"]),
            trigger=row["rule"],
            proposed_by=row["proposed_by"].split(),
            starts_episode=row["episode"] == "new",
            label=_label(row),
        )

    def _expanded(self, names: str) -> tuple[str, ...]:
        """A stage's name stands for all its states; every other name for itself."""
        found: list[str] = []
        for name in names.split():
            found += [state.name for state in self.states if state.stage == name] or [name]
        return tuple(found)


def _label(row: Row) -> Label:
    return Label(row["label_en"], row["label_fr"])


def _guard(text: str) -> GuardUse:
    """A guard as tables write it: `workflows.tenure:minimum_days=180`."""
    name, _, given = text.partition(":")
    pairs = [pair.partition("=") for pair in given.split(",") if pair]
    return use(name, **{key: _number_or_text(value) for key, _, value in pairs})


def _number_or_text(value: str) -> Any:
    return int(value) if value.isdecimal() else value
