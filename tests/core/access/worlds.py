"""Two worlds that differ in what somebody may not see, and in nothing else.

What such a person is answered must be the same in both: that is what it means to learn nothing.
"""

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.core.query.any_rows import any_rows
from tests.core.query.asking import policy
from tests.core.query.known import PAST
from tests.core.query.rows import LONG_AGO, Row, Rows, random_rows
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import EXPORT, Policy
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import FieldSpec, Kind, LinkSpec

ROLE = "narrow"
HIDDEN_SINCE = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
RULE = '{createdAt: {gte: "2000-01-01T00:00:00Z"}}'
# Everybody needs these, so nothing of them is hidden.
OPEN = ("core.user", "core.unit", "core.relationship_type")


def hideable() -> dict[str, list[str]]:
    """The fields that a policy may hide, by resource."""
    parts: dict[str, dict[str, Any]] = {
        info.name: {**info.fields, **info.links, **info.computed} for info in REGISTRY
    }
    return {
        resource: [name for name, spec in specs.items() if spec.hideable] for resource, specs in parts.items()
    }


def book() -> PolicyBook:
    """The narrow role reads rows that are not hidden, and no field that can be hidden; it may write and export them."""
    policies = [policy(ROLE, name) for name in OPEN]
    policies.append(Policy(ROLE, "all", *EXPORT, "allow", "{}", "*"))
    policies += [
        Policy(ROLE, "all", name, "*", "allow", RULE, "*")
        for name in ("core.party", "core.task", "core.identifier", "core.relationship", "core.interaction")
    ]
    for info in REGISTRY:
        if info.name not in OPEN:
            policies.append(policy(ROLE, info.name, RULE))
        fields = hideable()[info.name]
        if fields:
            policies.append(policy(ROLE, info.name, effect="deny", fields=" ".join(fields)))
    return PolicyBook(policies)


class Worlds:
    """Makes worlds with the same visible part."""

    def __init__(self, unit: Any, bases: Rows, resources: list[ResourceInfo], size: int) -> None:
        """`bases` are the rows every installation starts with."""
        self.unit, self.resources, self.size = unit, resources, size
        self.visible = self._random(1, bases)
        for name, rows in self.visible.items():
            for number, row in enumerate(rows):
                row["created_at"] = LONG_AGO + dt.timedelta(seconds=number, days=len(name))
        for name in [name for name in self.visible if name.endswith(PAST)]:
            present = {row["id"]: row for row in self.visible[name.removesuffix(PAST)]}
            for row in self.visible[name]:
                row["created_at"] = present.get(row["id"], {"created_at": LONG_AGO})["created_at"]

    def _random(self, seed: int, bases: Rows) -> Rows:
        rows = random_rows(seed, self.unit, size=self.size)
        for name, there in bases.items():
            rows.setdefault(name, []).extend(dict(row) for row in there)
        return rows | any_rows(seed + 1, self.unit, self.resources, rows, size=self.size)

    def world(self, seed: int) -> Rows:
        """The visible rows, and hidden ones of this seed that are linked with them in every way."""
        chance = random.Random(seed)
        hidden = self._hidden(seed, chance)
        rows: Rows = {}
        for name in {**self.visible, **hidden}:
            shown = [dict(row) for row in self.visible.get(name, [])]
            for row in shown:
                self._touch(REGISTRY[name.removesuffix(PAST)], row, hidden, chance)
            rows[name] = shown + hidden.get(name, [])
        return rows

    def _hidden(self, seed: int, chance: random.Random) -> Rows:
        """Other rows altogether, some of which hang on visible ones."""
        bases = {name: [dict(row) for row in self.visible[name]] for name in OPEN}
        made = random_rows(seed, self.unit, size=self.size)
        for name in OPEN:
            made[name] = bases[name]
        made |= any_rows(seed + 1, self.unit, self.resources, made, size=self.size)
        hidden: Rows = {}
        for name, rows in made.items():
            if name not in OPEN:
                hidden[name] = [row for row in rows if row["tenant_id"] == 1]
        taken = {name: {row["id"] for row in rows} for name, rows in self.visible.items()}
        for name, rows in hidden.items():
            info = REGISTRY[name.removesuffix(PAST)]
            for row in rows:
                row["created_at"] = HIDDEN_SINCE
                self._relink(info, row, hidden, chance)
            hidden[name] = [row for row in rows if row["id"] not in taken.get(name, ())]
        return hidden

    def _relink(self, info: ResourceInfo, row: Row, hidden: Rows, chance: random.Random) -> None:
        for link in info.links.values():
            there = [one for one in self.visible.get(link.target, []) if one["tenant_id"] == 1]
            is_free = link.target in OPEN or (not _is_unique(info, link) and chance.random() < 0.5)
            if row[link.column] is not None and there and is_free:
                row[link.column] = chance.choice(there)["id"]

    def _touch(self, info: ResourceInfo, row: Row, hidden: Rows, chance: random.Random) -> None:
        """Change of a visible row what may not be seen of it: hidden fields, and links to what is hidden."""
        if row["tenant_id"] != 1:
            return
        for spec in info.links.values():
            others = hidden.get(spec.target, [])
            luck = random.Random(f"{row['id']}{spec.name}").random()
            if spec.nullable and others and luck < 0.3 and not _is_unique(info, spec):
                row[spec.column] = chance.choice(others)["id"] if chance.random() < 0.7 else None
        for name in hideable()[info.name]:
            stored = info.fields.get(name)
            if stored is not None:
                _change(stored, row, chance)


def _is_unique(info: ResourceInfo, spec: LinkSpec) -> bool:
    unique = [index for index in info.table.indexes if index.unique]
    unique += [one for one in info.table.constraints if isinstance(one, sa.UniqueConstraint)]  # type: ignore[misc]
    return any(spec.column in one.columns for one in unique)


def _change(spec: FieldSpec, row: Row, chance: random.Random) -> None:
    number = chance.randrange(1, 1000)
    made: Mapping[Kind, Any] = {
        Kind.TEXT: f"secret {number}",
        Kind.CODE: f"S{number}",
        Kind.INTEGER: number,
        Kind.DECIMAL: number,
        Kind.MONEY: number,
    }
    if spec.enum is None and spec.kind in made:
        row[spec.name] = None if spec.nullable and chance.random() < 0.3 else made[spec.kind]
        if spec.kind is Kind.MONEY:
            row[f"{spec.name}_currency"] = None if row[spec.name] is None else chance.choice(("EUR", "GBP"))


def hidden_ids(one: Rows, other: Rows) -> dict[str, list[UUID]]:
    """Some ids that there are in the first world only."""
    known = {name: {row["id"] for row in rows} for name, rows in other.items()}
    return {
        name: [row["id"] for row in rows if row["id"] not in known.get(name, ())][:3]
        for name, rows in one.items()
        if not name.endswith(PAST)
    }
