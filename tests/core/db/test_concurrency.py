"""Several at once: nobody's change is lost, no number is given twice or left out."""

import asyncio
from typing import Any

import pytest

from xrm_core.graph.party import Party, PartyKind
from xrm_core.plugins.testing import Installation

UPDATE = "mutation ($i: UpdatePartyInput!) { updateParty(input: $i) { version } }"


async def test_of_two_changes_to_one_version_one_is_a_conflict(xrm: Installation) -> None:
    party = await xrm.make(Party, name="One", kind=PartyKind.ORGANISATION)
    given = [{"id": str(party.id), "name": name, "expectedVersion": 1} for name in ("A", "B")]

    answers = await asyncio.gather(*(xrm.answer(UPDATE, {"i": one}) for one in given))

    codes = sorted(one["errors"][0]["extensions"]["code"] if "errors" in one else "" for one in answers)
    assert codes == ["", "CONFLICT"]
    assert (await xrm.get(Party, party.id)).version == 2


async def test_changes_to_different_fields_of_one_object_are_all_kept(xrm: Installation) -> None:
    party = await xrm.make(Party, name="One", kind=PartyKind.ORGANISATION)
    changes: list[dict[str, Any]] = [{"name": "Two"}, {"country": "FR"}, {"kind": "PERSON"}]

    await asyncio.gather(*(xrm.ask(UPDATE, {"i": {"id": str(party.id), **one}}) for one in changes))

    kept = await xrm.get(Party, party.id)
    assert (kept.name, kept.country, kept.kind, kept.version) == ("Two", "FR", PartyKind.PERSON, 4)


async def test_numbers_have_no_gap_and_no_double_and_a_failed_command_gives_its_number_back(
    xrm: Installation,
) -> None:
    async def take(index: int) -> int | None:
        try:
            async with xrm.app.work(xrm.actor("admin")) as ctx:
                number = await ctx.number("test", year=2026)
                if index % 3 == 0:
                    raise ZeroDivisionError
                return number
        except ZeroDivisionError:
            return None

    taken = await asyncio.gather(*(take(index) for index in range(15)))

    assert sorted(number for number in taken if number is not None) == list(range(1, 11))


async def test_series_of_other_units_and_years_count_apart(xrm: Installation) -> None:
    async with xrm.app.work(xrm.actor("admin")) as ctx:
        numbers = [await ctx.number("test", year=year) for year in (2026, 2026, 2027)]

    assert numbers == [1, 2, 1]


@pytest.mark.parametrize("failing", [ValueError, asyncio.CancelledError])
async def test_whatever_stops_a_command_its_lock_is_gone(
    xrm: Installation, failing: type[BaseException]
) -> None:
    with pytest.raises(failing):
        async with xrm.app.work() as ctx:
            await ctx.number("test", year=2026)
            raise failing

    async with asyncio.timeout(5):
        async with xrm.app.work() as ctx:
            assert await ctx.number("test", year=2026) == 1
