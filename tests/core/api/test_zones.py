"""The day a moment fell on is the day the asker's clock showed; the business date is nobody's to choose."""

import datetime as dt
from dataclasses import replace

import pytest

from xrm_core.graph.activity import Interaction
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_core.zones import local_day

DAYS = "{ interactionsAggregate(groupBy: [{field: OCCURRED_AT, by: %s}]) { keys count } }"
MOMENTS = ["2012-02-29T23:30:00", "2012-03-25T00:59:59.999999", "1905-06-01T23:55:00", "2026-12-31T15:00:00"]
ZONES = ["UTC", "Europe/Paris", "Asia/Tokyo", "America/St_Johns", "Pacific/Chatham", "Africa/Monrovia"]


@pytest.fixture
async def spoken(xrm: Installation) -> Installation:
    """An installation with a talk at each moment."""
    party = await xrm.make(Party, name="Acme")
    for text in MOMENTS:
        occurred_at = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        await xrm.make(
            Interaction,
            party=party.id,
            channel="PHONE",
            direction="OUT",
            subject="x",
            occurred_at=occurred_at,
        )
    return xrm


@pytest.mark.parametrize("part", ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
async def test_moments_are_grouped_by_the_days_of_the_asker(spoken: Installation, part: str) -> None:
    from tests.core.query.answers import date_part  # the oracle of the planner

    for zone in ZONES:
        found = await spoken.ask(DAYS % part, actor=replace(spoken.actor(), clock=zone))
        expected = {
            date_part(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC), part, zone) for text in MOMENTS
        }
        assert {one["keys"]["occurredAt"] for one in found["interactionsAggregate"]} == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
async def test_the_first_and_the_last_day_of_the_calendar_are_those_everywhere(
    xrm: Installation, zone: str
) -> None:
    party = await xrm.make(Party, name="Acme")
    for text in ("0001-01-01T00:30:00+00:00", "9999-12-31T23:30:00+00:00"):
        talk = {"party": party.id, "channel": "PHONE", "direction": "OUT", "subject": "x"}
        await xrm.make(Interaction, **talk, occurred_at=dt.datetime.fromisoformat(text))

    found = await xrm.ask(DAYS % "DAY", actor=replace(xrm.actor(), clock=zone))

    days = [one["keys"]["occurredAt"] for one in found["interactionsAggregate"]]
    assert days == ["0001-01-01", "9999-12-31"]


async def test_one_plan_serves_every_zone(spoken: Installation) -> None:
    for zone in ZONES:
        await spoken.ask(DAYS % "DAY", actor=replace(spoken.actor(), clock=zone))

    assert len(spoken.app.snapshot.plans._items) == 1


def test_a_clock_does_not_move_the_business_date(xrm: Installation) -> None:
    late = dt.datetime(2026, 9, 30, 23, 30, tzinfo=dt.UTC)
    actor = xrm.actor()

    assert replace(actor, clock="Pacific/Honolulu").today(late) == actor.today(late) == dt.date(2026, 10, 1)


def test_days_are_known_at_every_quarter_of_an_hour_and_at_both_ends_of_the_calendar() -> None:
    second = 1_000_000
    for zone in ZONES:
        start = int(dt.datetime(2012, 3, 24, 12, tzinfo=dt.UTC).timestamp())
        for quarter in range(0, 36 * 4):
            for beside in (-1, 0, 1):
                moment = (start + quarter * 900) * second + beside
                from_python = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=moment)
                from zoneinfo import ZoneInfo  # what the answer is compared with

                assert local_day(moment, zone) == from_python.astimezone(ZoneInfo(zone)).date().isoformat()
    assert local_day(None, "UTC") is None
    for end in (dt.datetime.min, dt.datetime.max):
        moment = (end - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
        assert local_day(moment, "Asia/Tokyo") in ("0001-01-01", "9999-12-31")
