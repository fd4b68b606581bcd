"""What the two time axes promise, replayed from a list of changes: slow, and obviously right."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xrm_core.db.versions import INSTANT

Values = dict[str, Any]


@dataclass
class Told:
    """What was said of an edge from a moment on; None: that it is gone."""

    since: dt.datetime
    values: Values | None


@dataclass
class Replay:
    """All that was ever said of edges, by their ids, and which of them the asker may see today."""

    may_see: Callable[[Values], bool]
    told: dict[Any, list[Told]] = field(default_factory=dict)

    def tell(self, edge: Any, moment: dt.datetime, values: Values | None) -> None:
        """One unit of work says this of an edge."""
        told = self.told.setdefault(edge, [])
        if not told:
            told.append(Told(moment, values))
        elif told[-1].values != values:
            # What is made again may be there from the very moment it had gone.
            earliest = told[-1].since + (INSTANT if told[-1].values is not None else dt.timedelta())
            told.append(Told(max(moment, earliest), values))

    def last(self, edge: Any) -> Values | None:
        """What is said of the edge now; None if it is gone or never was."""
        told = self.told.get(edge)
        return told[-1].values if told else None

    def is_seen(self, edge: Any) -> bool:
        """Whether the asker may see the edge, as it is or as it was when it was deleted."""
        said = [one.values for one in self.told[edge] if one.values is not None]
        return self.may_see(said[-1])

    def known(self, known_at: dt.datetime | None) -> Iterator[tuple[Any, Values]]:
        """The edges the asker sees, each as it was known then."""
        for edge, told in self.told.items():
            said = [one for one in told if known_at is None or one.since <= known_at]
            values = said[-1].values if said else None
            if values is not None and self.is_seen(edge):
                yield edge, values

    def held(self, day: dt.date, known_at: dt.datetime | None) -> dict[Any, Values]:
        """Of these, those that held on the day."""
        return {
            edge: values
            for edge, values in self.known(known_at)
            if (values["valid_from"] is None or values["valid_from"] <= day)
            and (values["valid_to"] is None or values["valid_to"] > day)
        }

    def versions(self, edge: Any) -> list[tuple[dt.datetime, dt.datetime | None, Values]]:
        """Since when, until when and what was known, newest first."""
        told = self.told[edge]
        ends = [one.since for one in told[1:]]
        spans = zip(told, [*ends, None], strict=True)
        return [(one.since, end, one.values) for one, end in reversed(list(spans)) if one.values is not None]


def total(values: Iterator[Values]) -> str | None:
    """The sum of shares as the API writes it."""
    shares = [one["share"] for one in values if one["share"] is not None]
    return None if not shares else format(sum(shares, Decimal(0)).normalize(), "f")
