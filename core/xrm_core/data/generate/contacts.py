"""Exchanges with a made-up customer while it traded."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from xrm_core.data.generate import words


@dataclass(frozen=True, slots=True)
class Contact:
    """An exchange as it is made; cost in cents."""

    occurred_at: datetime
    channel: str
    direction: str
    subject: str
    outcome: str
    duration_seconds: int | None
    cost: int
    satisfaction: int | None


def talk(rng: Random, since: date, until: date, as_of: date) -> list[Contact]:
    """The contacts between two days, oldest first, on weekdays in office hours."""
    contacts = []
    day = since + timedelta(rng.randrange(5, 60))
    while day <= min(until + timedelta(30), as_of - timedelta(1)):
        if day.weekday() < 5:
            contacts.append(_contact(rng, day))
        day += timedelta(rng.randrange(20, 150))
    return contacts


def _contact(rng: Random, day: date) -> Contact:
    channel, cost, length = rng.choice(words.CONTACT_CHANNELS)
    at = datetime.combine(day, time(8 + rng.randrange(9), rng.randrange(60)), tzinfo=UTC)
    return Contact(
        at,
        channel,
        rng.choice(("INBOUND", "INBOUND", "OUTBOUND")),
        rng.choice(words.SUBJECTS),
        rng.choice(words.OUTCOMES),
        None if length is None else length * rng.randrange(20, 200) // 100,
        cost,
        rng.randrange(35, 101) if rng.randrange(6) == 0 else None,
    )
