"""Rows on the recorded axis, for the oracle: as they were known at a time, each in its version of then."""

import datetime as dt
from typing import Any

from tests.core.query.rows import Row, Rows
from xrm_core.declare.registry import REGISTRY, ResourceInfo

# Superseded versions stand under the resource's name with this behind it.
PAST = ":past"
# In a row that was asked for as it was known at a time: that time.
KNOWN_AT = "as known at"


class Versions:
    """The rows of all resources, and those that are superseded."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.by_id = {name: {row["id"]: row for row in found} for name, found in rows.items()}
        self.last: dict[str, dict[Any, Row]] = {}
        for name, found in rows.items():
            if name.endswith(PAST):
                oldest_first = sorted(found, key=lambda row: row["known_to"])
                self.last[name.removesuffix(PAST)] = {row["id"]: row for row in oldest_first}
        self._then: dict[tuple[str, Any], dict[Any, Row]] = {}

    def at(self, info: ResourceInfo, known_at: dt.datetime | None) -> list[Row]:
        """The rows of a resource as they were known at a time."""
        if known_at is None:
            return self.rows.get(info.name, [])
        return list(self._at(info.name, known_at).values())

    def row(self, name: str, object_id: Any, known_at: dt.datetime | None) -> Row | None:
        """One row of a resource as it was known at a time."""
        if known_at is None:
            return self.by_id.get(name, {}).get(object_id)
        return self._at(name, known_at).get(object_id)

    def _at(self, name: str, known_at: dt.datetime) -> dict[Any, Row]:
        known = (name, known_at)
        if known not in self._then:
            is_kept = REGISTRY[name].history is not None
            rows = [row for row in self.rows.get(name, []) if not is_kept or row["recorded_at"] <= known_at]
            rows += [
                row
                for row in self.rows.get(name + PAST, [])
                if row["recorded_at"] <= known_at < row["known_to"]
            ]
            self._then[known] = {row["id"]: {**row, KNOWN_AT: known_at} for row in rows}
        return self._then[known]

    def latest(self, info: ResourceInfo, row: Row) -> Row:
        """The object as it is, or was when it was deleted."""
        found = self.by_id.get(info.name, {}).get(row["id"])
        return found if found is not None else self.last.get(info.name, {}).get(row["id"], row)
