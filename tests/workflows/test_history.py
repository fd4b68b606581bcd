"""The past: contiguous intervals, and a chain that shows what was rewritten."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.samples import codes, interval
from xrm_workflows.history import (
    GENESIS,
    Interval,
    Seal,
    canonical,
    interval_problems,
    jsonable,
    seal,
    verify_chain,
)


@dataclass(frozen=True)
class Row:
    previous_digest: str
    value_digest: str
    digest: str
    salt: str | None
    values: dict[str, Any] | None


def chain(*contents: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for values in contents:
        made: Seal = seal(values, previous_digest=rows[-1].digest if rows else GENESIS)
        rows.append(Row(made.previous_digest, made.value_digest, made.digest, made.salt, values))
    return rows


THREE = ({"state": "A"}, {"state": "B", "comment": "because"}, {"state": "C"})


def test_a_chain_nobody_touched_holds() -> None:
    assert verify_chain(chain(*THREE)) == []


def test_a_changed_value_is_found_in_its_row() -> None:
    rows = chain(*THREE)
    rows[1] = replace(rows[1], values={"state": "B", "comment": "for another reason"})

    found = verify_chain(rows)

    assert [each.data["row"] for each in found] == [1]


def test_a_row_rewritten_with_its_own_digests_breaks_the_row_after_it() -> None:
    rows = chain(*THREE)
    forged = seal({"state": "X"}, previous_digest=rows[0].digest)
    rows[1] = Row(forged.previous_digest, forged.value_digest, forged.digest, forged.salt, {"state": "X"})

    assert [each.data["row"] for each in verify_chain(rows)] == [2]


def test_a_row_taken_out_is_found() -> None:
    rows = chain(*THREE)

    assert [each.data["row"] for each in verify_chain([rows[0], rows[2]])] == [1]
    assert [each.data["row"] for each in verify_chain(rows[1:])] == [0]


def test_erasing_values_leaves_the_chain_verifiable() -> None:
    rows = chain(*THREE)
    rows[1] = replace(rows[1], salt=None, values=None)

    assert verify_chain(rows) == []


def test_equal_values_do_not_show_in_their_digests() -> None:
    first, second = seal({"comment": "yes"}), seal({"comment": "yes"})

    assert first.value_digest != second.value_digest
    assert seal({"comment": "yes"}, salt=first.salt).value_digest == first.value_digest


def test_what_is_read_back_hashes_as_what_was_written() -> None:
    written = {
        "amount": Decimal("1.50"),
        "id": UUID(int=7),
        "at": dt.datetime(2026, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        "on": dt.date(2026, 1, 1),
        "score": 2.0,
        "list": ("é", None, True),
    }

    stored = jsonable(written)

    assert stored["at"] == "2026-01-01T00:00:00+00:00"
    assert canonical(stored) == canonical(written)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_the_order_of_keys_does_not_matter(values: dict[str, Any]) -> None:
    assert canonical(dict(reversed(list(values.items())))) == canonical(values)


@pytest.mark.parametrize("value", [dt.datetime(2026, 1, 1), float("nan"), float("inf"), object()])
def test_what_has_no_one_spelling_is_not_sealed(value: Any) -> None:
    with pytest.raises(TypeError):
        seal({"value": value})


def spell(state: str, first: int, last: int | None, episode: int = 1) -> Interval:
    left = None if last is None else interval(state, last).entered_at
    return replace(interval(state, first, episode=episode), left_at=left)


def test_contiguous_intervals_of_growing_episodes_hold() -> None:
    assert interval_problems([spell("A/B", 1, 3), spell("C/D", 3, 5), spell("A/B", 5, None, episode=2)]) == []


@pytest.mark.parametrize(
    "intervals",
    [
        [spell("A/B", 1, 3), spell("C/D", 4, None)],
        [spell("A/B", 1, None), spell("C/D", 4, None)],
        [spell("A/B", 3, 1)],
        [spell("A/B", 1, 3), spell("C/D", 3, None, episode=3)],
        [spell("A/B", 1, 3, episode=2)],
    ],
)
def test_gaps_overlaps_and_jumps_are_found(intervals: list[Interval]) -> None:
    assert codes(interval_problems(intervals)) == ["workflows.history_broken"]
