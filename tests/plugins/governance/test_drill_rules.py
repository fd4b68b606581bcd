"""What lies behind figures: steps of a curve, who was lost, the share of class A, the share that lapsed."""

from datetime import date
from decimal import Decimal

from xrm_governance.rules import (
    ActiveSpan,
    CustomerHistory,
    LapseState,
    Period,
    Scope,
    abandonment,
    abc_classes,
    class_a_share,
    is_lost,
    ranked_steps,
)

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def test_few_values_are_a_step_each_from_the_largest_down() -> None:
    steps = ranked_steps({"a": Decimal(2), "b": Decimal(5), "c": Decimal(-1)})

    assert [(step.label, step.value) for step in steps] == [("1", Decimal(5)), ("2", Decimal(2))]


def test_many_values_are_put_together_and_still_never_rise() -> None:
    values = {str(number): Decimal(number % 97 + 1) for number in range(1_001)}

    steps = ranked_steps(values, most=40)

    assert len(steps) <= 40 and steps[0].label == "1-26" and steps[-1].last == 1_001
    assert sum(step.value for step in steps) == sum(values.values())
    sums = [step.value for step in steps[:-1]]
    assert sums == sorted(sums, reverse=True)


def test_who_left_within_the_period_is_lost_but_not_who_was_merged() -> None:
    span = (ActiveSpan(date(2025, 1, 1), date(2026, 6, 10)),)

    assert is_lost(CustomerHistory("a", span), JUNE)
    assert not is_lost(CustomerHistory("a", span, is_merged=True), JUNE)
    assert not is_lost(CustomerHistory("a", (ActiveSpan(date(2026, 6, 2)),)), JUNE)


def test_the_share_of_class_a_counts_objects_and_warns_of_negative_ones() -> None:
    items = abc_classes({name: Decimal(value) for name, value in zip("abcd", (70, 20, 10, -3), strict=True)})

    found = class_a_share(items, scope=Scope(4, JUNE))

    assert [found.numerator, found.denominator, found.value] == [Decimal(2), Decimal(4), Decimal("0.5")]
    assert found.warnings == ("NEGATIVE_VALUES_IN_CLASS_C",)


def test_the_share_that_lapsed_is_of_all_who_ever_bought() -> None:
    states = [LapseState.ABANDONED, LapseState.ACTIVE, LapseState.ACTIVE, LapseState.AT_RISK]

    found = abandonment(states, scope=Scope(0, as_of=date(2026, 6, 30)))

    assert (found.share.value, found.share.population_n) == (Decimal("0.25"), 4)
    assert found.by_state[LapseState.REACTIVATED] == 0
