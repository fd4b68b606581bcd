"""Pipeline moves, forecast and board order (rules.md D1 to D3, D10)."""

import csv
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.money import Money
from xrm_sales.rules import (
    Direction,
    Forecast,
    ForecastCategory,
    ForecastItem,
    InvalidRank,
    MoveRequest,
    Outcome,
    RanksOutOfOrder,
    UnknownStage,
    calibration,
    category_refusals,
    forecast,
    is_rank,
    move_refusals,
    needs_rebalancing,
    pipeline,
    rank_between,
    rebalanced,
    stage_move,
)

TODAY = date(2026, 5, 4)


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed file of the plugin."""
    text = (files("xrm_sales") / "seeds" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


STAGES = pipeline(seed("pipeline_stages.csv"))
LOSS_REASONS = {row["code"] for row in seed("loss_reasons.csv")}


def refused(source: str, target: str, **given_: str) -> list[str]:
    """Codes of the reasons against a move; a next step is given."""
    request = MoveRequest(target, next_step="call", next_step_on=TODAY, **given_)
    return [
        reason.code
        for reason in move_refusals(STAGES, source, request, loss_reasons=LOSS_REASONS, today=TODAY)
    ]


def test_the_shipped_stages_have_the_default_probabilities_and_categories() -> None:
    shipped = [(s.code, s.probability, s.category.value) for s in STAGES.stages]

    assert shipped == [
        ("QUALIFICATION", Decimal("0.10"), "PIPELINE"),
        ("NEEDS", Decimal("0.20"), "PIPELINE"),
        ("SOLUTION", Decimal("0.40"), "BEST_CASE"),
        ("PROPOSAL", Decimal("0.60"), "BEST_CASE"),
        ("NEGOTIATION", Decimal("0.80"), "COMMIT"),
        ("WON", Decimal("1.00"), "CLOSED"),
        ("LOST", Decimal("0.00"), "OMITTED"),
    ]


def test_a_forward_move_may_skip_stages_which_count_as_passed() -> None:
    move = stage_move(STAGES, "QUALIFICATION", "PROPOSAL")

    assert (move.direction, move.passed) == (Direction.FORWARD, ("NEEDS", "SOLUTION"))
    assert (move.probability, move.category) == (Decimal("0.60"), ForecastCategory.BEST_CASE)
    assert refused("QUALIFICATION", "PROPOSAL") == []


def test_winning_passes_the_stages_between_and_losing_does_not() -> None:
    assert stage_move(STAGES, "SOLUTION", "WON").passed == ("PROPOSAL", "NEGOTIATION")
    assert stage_move(STAGES, "SOLUTION", "LOST").passed == ()


@pytest.mark.parametrize(
    ("source", "target", "given_", "expected"),
    [
        ("PROPOSAL", "NEEDS", {}, ["sales.reason_required"]),
        ("PROPOSAL", "NEEDS", {"reason": "scope changed"}, []),
        ("LOST", "PROPOSAL", {}, ["sales.reason_required"]),
        ("WON", "LOST", {"loss_reason": "PRICE"}, ["sales.reason_required"]),
        ("PROPOSAL", "PROPOSAL", {}, ["sales.same_stage"]),
        ("PROPOSAL", "LOST", {}, ["sales.loss_reason_required"]),
        ("PROPOSAL", "LOST", {"loss_reason": "BAD_LUCK"}, ["sales.unknown_loss_reason"]),
        ("PROPOSAL", "LOST", {"loss_reason": "TERMS_CREDIT"}, []),
        ("PROPOSAL", "WON", {"loss_reason": "PRICE"}, ["sales.loss_reason_unexpected"]),
        ("PROPOSAL", "WON", {}, []),
    ],
)
def test_a_move_is_refused_for_the_reason_that_is_missing(
    source: str, target: str, given_: dict[str, str], expected: list[str]
) -> None:
    assert refused(source, target, **given_) == expected


def test_an_open_opportunity_needs_a_dated_next_step_and_every_reason_comes_at_once() -> None:
    def codes(request: MoveRequest) -> list[str]:
        found = move_refusals(STAGES, "PROPOSAL", request, loss_reasons=LOSS_REASONS, today=TODAY)
        return [reason.code for reason in found]

    assert codes(MoveRequest("NEEDS")) == [
        "sales.reason_required",
        "sales.next_step_required",
        "sales.next_step_undated",
    ]
    past = MoveRequest("NEGOTIATION", next_step="call", next_step_on=date(2026, 5, 3))
    assert codes(past) == ["sales.next_step_past"]
    assert codes(MoveRequest("WON")) == []


def test_an_unknown_stage_is_an_error() -> None:
    with pytest.raises(UnknownStage):
        stage_move(STAGES, "QUALIFICATION", "CLOSING")


@pytest.mark.parametrize(
    ("category", "outcome", "expected"),
    [
        ("CLOSED", "OPEN", ["sales.category_of_open"]),
        ("OMITTED", "OPEN", []),
        ("COMMIT", "WON", ["sales.category_of_won"]),
        ("PIPELINE", "LOST", ["sales.category_of_lost"]),
        ("CLOSED", "WON", []),
    ],
)
def test_a_category_set_by_hand_may_not_contradict_the_outcome(
    category: str, outcome: str, expected: list[str]
) -> None:
    refusals = category_refusals(ForecastCategory(category), Outcome(outcome))

    assert [reason.code for reason in refusals] == expected


def test_the_empirical_probability_is_used_from_thirty_closed_cases() -> None:
    few = calibration(Decimal("0.6"), won=20, lost=9)
    enough = calibration(Decimal("0.6"), won=20, lost=10)

    assert (few.used, few.empirical) == (Decimal("0.6"), Decimal(21) / Decimal(31))
    assert enough.used == Decimal(21) / Decimal(32)


def case(name: str, amount: int, p: str, category: str, **more: object) -> ForecastItem:
    """An open opportunity of the period unless said otherwise."""
    outcome = Outcome(str(more.get("outcome", "OPEN")))
    close_on = date.fromisoformat(str(more.get("close_on", "2026-06-15")))
    currency = str(more.get("currency", "EUR"))
    money = Money(Decimal(amount), currency)
    return ForecastItem(name, money, Decimal(p), ForecastCategory(category), outcome, close_on)


def quarter(items: list[ForecastItem], quota: int | None) -> Forecast:
    """The second quarter of 2026 as of today, in euros."""
    return forecast(
        items,
        from_on=date(2026, 4, 1),
        to_on=date(2026, 6, 30),
        today=TODAY,
        currency="EUR",
        quota=Decimal(quota) if quota is not None else None,
    )


def won(amount: int, close_on: str = "2026-04-10") -> ForecastItem:
    """A won opportunity."""
    return case("W", amount, "1", "CLOSED", outcome="WON", close_on=close_on)


def euros(amount: int) -> Money:
    """An amount in EUR."""
    return Money(Decimal(amount), "EUR")


def test_the_forecast_is_weighted_and_rolled_up_cumulatively() -> None:
    # rules.md D3 worked example
    items = [
        won(90_000),
        case("N", 120_000, "0.8", "COMMIT"),
        case("P", 80_000, "0.4", "BEST_CASE"),
        case("Q", 50_000, "0.2", "PIPELINE"),
    ]

    found = quarter(items, 300_000)

    assert (found.weighted, found.closed, found.commit) == (euros(228_000), euros(90_000), euros(210_000))
    assert (found.best_case, found.pipeline_open) == (euros(290_000), euros(250_000))
    assert found.attainment == Decimal("0.3")
    assert found.coverage == Decimal(250) / Decimal(210)


def test_an_omitted_case_never_counts_in_the_pipeline() -> None:
    # cases.json D-03
    items = [
        won(125_000),
        case("O1", 40_000, "0.1", "PIPELINE"),
        case("O2", 65_000, "0.4", "BEST_CASE"),
        case("O3", 30_000, "0.6", "BEST_CASE"),
        case("O4", 90_000, "0.8", "COMMIT"),
        case("O5", 20_000, "0.0", "OMITTED"),
    ]

    found = quarter(items, 400_000)

    assert (found.weighted, found.closed, found.commit) == (euros(245_000), euros(125_000), euros(215_000))
    assert (found.best_case, found.pipeline_open) == (euros(310_000), euros(225_000))
    assert found.attainment == Decimal("0.3125")
    assert found.coverage is not None
    assert abs(found.coverage - Decimal("0.8181818181818182")) < Decimal("0.0001")


def test_what_is_left_out_is_named_with_its_reason() -> None:
    items = [
        case("stale", 10, "0.5", "COMMIT", close_on="2026-05-03"),
        case("today", 10, "0.5", "COMMIT", close_on="2026-05-04"),
        case("later", 10, "0.5", "COMMIT", close_on="2026-07-01"),
        case("pounds", 10, "0.5", "COMMIT", currency="GBP"),
        case("omitted", 10, "0.5", "OMITTED"),
        case("lost", 10, "0", "OMITTED", outcome="LOST", close_on="2026-04-01"),
        won(10, close_on="2026-03-31"),
    ]

    found = quarter(items, None)

    assert {one.opportunity_id: one.reason for one in found.excluded} == {
        "stale": "STALE",
        "later": "OTHER_PERIOD",
        "pounds": "OTHER_CURRENCY",
        "omitted": "OMITTED",
        "lost": "OMITTED",
        "W": "OTHER_PERIOD",
    }
    assert (found.population, found.weighted) == (1, euros(5))


def test_attainment_and_coverage_are_empty_without_a_quota_and_coverage_once_it_is_reached() -> None:
    without, reached = quarter([won(10)], None), quarter([won(10)], 10)

    assert (without.attainment, without.coverage, without.warnings) == (None, None, ("QUOTA_MISSING",))
    assert (reached.attainment, reached.coverage, reached.warnings) == (Decimal(1), None, ("QUOTA_REACHED",))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["PIPELINE", "BEST_CASE", "COMMIT"]))))
def test_roll_ups_grow_and_the_weighted_sum_never_exceeds_everything(cases: list[tuple[int, str]]) -> None:
    items = [won(1_000)] + [case(str(n), amount, "0.5", name) for n, (amount, name) in enumerate(cases)]

    found = quarter(items, 1)

    assert found.closed.amount <= found.commit.amount <= found.best_case.amount
    assert found.best_case.amount <= found.closed.amount + found.pipeline_open.amount
    assert found.closed.amount <= found.weighted.amount <= found.closed.amount + found.pipeline_open.amount


ranks = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6).filter(is_rank)


@given(ranks | st.none(), ranks | st.none())
def test_there_is_always_a_rank_between_two_neighbours(one: str | None, other: str | None) -> None:
    upper, lower = (one, other) if one is None or other is None or one < other else (other, one)
    if upper is not None and upper == lower:
        with pytest.raises(RanksOutOfOrder):
            rank_between(upper, lower)
        return

    found = rank_between(upper, lower)

    assert is_rank(found)
    assert (upper is None or upper < found) and (lower is None or found < lower)


@given(st.lists(st.integers(0, 10**9), max_size=60))
def test_cards_dropped_anywhere_in_a_lane_stay_where_they_were_put(places: list[int]) -> None:
    lane: list[str] = []
    for place in places:
        at = place % (len(lane) + 1)
        upper = lane[at - 1] if at else None
        lane.insert(at, rank_between(upper, lane[at] if at < len(lane) else None))

    assert lane == sorted(set(lane))


@given(st.integers(0, 3000))
def test_a_rebalanced_lane_is_in_order_with_short_ranks_and_room_between(count: int) -> None:
    lane = rebalanced(count)

    assert len(lane) == count
    assert all(is_rank(rank) and len(rank) <= 4 for rank in lane)
    assert all(upper < lower for upper, lower in pairwise(lane))


def test_a_thousand_cards_at_the_same_place_need_a_rebalance_and_not_a_new_column_type() -> None:
    upper, lower = "a", "b"
    for _ in range(1_000):
        lower = rank_between(upper, lower)

    assert needs_rebalancing([upper, lower])
    assert not needs_rebalancing(rebalanced(1_000))
    assert needs_rebalancing(["a", "a"])


def test_appending_a_hundred_cards_keeps_ranks_short() -> None:
    rank = rank_between(None, None)
    for _ in range(100):
        rank = rank_between(rank, None)

    assert len(rank) <= 4


@pytest.mark.parametrize("rank", ["", "a0", "A", "a-b"])
def test_text_that_is_no_rank_is_refused(rank: str) -> None:
    with pytest.raises(InvalidRank):
        rank_between(rank, None)
