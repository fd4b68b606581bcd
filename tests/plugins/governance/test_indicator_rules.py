"""Attrition, lapse, ABC and concentration (rules.md E1, E11, E16, R-0-06)."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_governance.rules import (
    ZERO_DENOMINATOR,
    AbcClass,
    ActiveSpan,
    AttritionKind,
    Band,
    BandLimits,
    CustomerHistory,
    Definition,
    Flows,
    LapseReason,
    LapseState,
    Period,
    Scope,
    UnknownConcentrationSubject,
    abc_classes,
    active_spans,
    attrition,
    band_of,
    concentration,
    concentration_alerts,
    concentration_limits,
    consolidated,
    contractual_lapse,
    flows,
    gini,
    lapse,
    ratio,
    reason_kinds,
    top_share,
)

QUARTER = Period(date(2026, 4, 1), date(2026, 6, 30))
SCOPE = Scope(5, as_of=date(2026, 6, 30))


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed file of the plugin."""
    text = (files("xrm_governance") / "seeds" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


KINDS = reason_kinds(seed("attrition_reasons.csv"))
LIMITS = concentration_limits(seed("concentration_limits.csv"))


def values(*amounts: int | str) -> dict[str, Decimal]:
    """Amounts under the names a, b, c …"""
    return {chr(ord("a") + n): Decimal(amount) for n, amount in enumerate(amounts)}


def near(value: Decimal | None, expected: str, tolerance: str = "0.0005") -> bool:
    """The value is there and close to what is expected."""
    return value is not None and abs(value - Decimal(expected)) <= Decimal(tolerance)


def span(from_on: str, to_on: str | None = None) -> ActiveSpan:
    """A span of days written as text."""
    return ActiveSpan(date.fromisoformat(from_on), date.fromisoformat(to_on) if to_on else None)


def test_a_zero_denominator_gives_no_value_and_a_warning() -> None:
    found = ratio(Definition("x", 3, "fraction"), 1, 0, scope=Scope(0, as_of=date(2026, 1, 1)))

    assert (found.value, found.warnings) == (None, (ZERO_DENOMINATOR,))
    assert (found.definition_id, found.definition_version, found.unit) == ("x", 3, "fraction")


@pytest.mark.parametrize(
    ("from_on", "to_on", "per_year"),
    [
        ("2026-01-01", "2026-01-31", Decimal(12)),
        ("2026-04-01", "2026-06-30", Decimal(4)),
        ("2026-01-01", "2026-12-31", Decimal(1)),
        ("2026-01-02", "2026-03-15", Decimal(5)),
    ],
)
def test_a_period_knows_how_many_of_its_kind_make_a_year(from_on: str, to_on: str, per_year: Decimal) -> None:
    assert Period(date.fromisoformat(from_on), date.fromisoformat(to_on)).per_year == per_year


def test_attrition_of_a_quarter_is_annualised_by_compounding() -> None:
    # rules.md E1 worked example
    found = attrition(Flows(400, 18, 30, 0, 0, 0, {AttritionKind.RELATIONAL: 18}), QUARTER)

    assert found.churn.value == Decimal("0.045")
    assert (found.churn.numerator, found.churn.denominator) == (Decimal(18), Decimal(400))
    assert near(found.annualised.value, "0.168")
    assert near(found.mean_life.value, "22.2", "0.05")
    assert (found.flows.end, found.flows.net_change) == (412, 12)


def test_customers_are_counted_once_as_lost_gained_back_merged_or_lost_within_the_period() -> None:
    histories = [
        CustomerHistory("stays", (span("2020-01-01"),)),
        CustomerHistory("bankrupt", (span("2020-01-01", "2026-05-01"),), "NATURAL"),
        CustomerHistory("left for a rival", (span("2020-01-01", "2026-06-29"),), "COMPETITOR"),
        CustomerHistory("sent away", (span("2020-01-01", "2026-05-05"),), "OUR_EXIT_UNPROFITABLE"),
        CustomerHistory("silent", (span("2020-01-01", "2026-05-05"),)),
        CustomerHistory("merged", (span("2020-01-01", "2026-05-01"),), is_merged=True),
        CustomerHistory("new", (span("2026-04-01"),)),
        CustomerHistory("new and gone", (span("2026-04-02", "2026-06-01"),), "PRICE"),
        CustomerHistory("new and merged", (span("2026-04-02", "2026-06-01"),), is_merged=True),
        CustomerHistory("back", (span("2020-01-01", "2025-01-01"), span("2026-05-01"))),
        CustomerHistory("ends on the last day", (span("2020-01-01", "2026-06-30"),), "PRICE"),
        CustomerHistory("gone before", (span("2020-01-01", "2026-03-31"),), "PRICE"),
        CustomerHistory("gone long before", (span("2020-01-01", "2026-03-30"),), "PRICE"),
        CustomerHistory("later", (span("2026-07-01"),)),
    ]

    found = flows(histories, QUARTER, kinds=KINDS)

    assert (found.start, found.lost, found.merged) == (8, 5, 2)
    assert (found.acquired, found.reactivated, found.intra_period_losses) == (3, 1, 1)
    assert found.end == 4
    assert found.lost_by_kind == {
        AttritionKind.NATURAL: 1,
        AttritionKind.RELATIONAL: 2,
        AttritionKind.OUR_DECISION: 1,
        AttritionKind.NOT_STATED: 1,
    }


def test_attrition_by_kind_adds_up_to_the_whole_and_names_what_was_left_out() -> None:
    kinds = {AttritionKind.NATURAL: 1, AttritionKind.RELATIONAL: 2, AttritionKind.NOT_STATED: 1}

    found = attrition(Flows(40, 4, 5, 1, 2, 3, kinds), QUARTER)

    assert sum(part.value or 0 for part in found.by_kind.values()) == found.churn.value
    assert found.by_kind[AttritionKind.RELATIONAL].definition_id == "governance.logo_churn_relational"
    assert found.churn.exclusions == {"intra_period_losses": 2, "reactivated": 1, "merged": 3}
    assert (found.churn.period, found.churn.population_n) == (QUARTER, 40)


def test_attrition_without_customers_or_without_losses_has_no_rate_or_no_mean_life() -> None:
    nobody = attrition(Flows(0, 0, 3, 0, 0, 0, {}), QUARTER)
    nobody_left = attrition(Flows(9, 0, 0, 0, 0, 0, {}), QUARTER)

    assert (nobody.churn.value, nobody.annualised.value) == (None, None)
    assert nobody.churn.warnings == (ZERO_DENOMINATOR,)
    assert (nobody_left.churn.value, nobody_left.annualised.value) == (Decimal(0), Decimal(0))
    assert nobody_left.mean_life.value is None


def test_a_purchase_keeps_a_customer_active_for_the_window_its_day_included() -> None:
    spans = active_spans([date(2025, 1, 1), date(2025, 12, 31), date(2027, 6, 1)])

    assert spans == (span("2025-01-01", "2026-12-30"), span("2027-06-01", "2028-05-30"))


histories = st.lists(
    st.builds(
        lambda first, length, gap, second, is_merged: CustomerHistory(
            "x",
            (
                ActiveSpan(first, first + timedelta(days=length)),
                ActiveSpan(
                    first + timedelta(days=length + gap), first + timedelta(days=length + gap + second)
                ),
            ),
            is_merged=is_merged,
        ),
        st.dates(date(2025, 1, 1), date(2026, 12, 31)),
        st.integers(0, 300),
        st.integers(2, 200),
        st.integers(0, 300),
        st.booleans(),
    )
)


@given(histories)
def test_the_flows_reconcile_the_number_of_active_customers_and_periods_chain(
    found: list[CustomerHistory],
) -> None:
    second = flows(found, QUARTER, kinds=KINDS)
    third = flows(found, Period(date(2026, 7, 1), date(2026, 9, 30)), kinds=KINDS)

    assert second.end == sum(any(s.covers(QUARTER.to_on) for s in one.spans) for one in found)
    assert second.end == third.start
    assert sum(second.lost_by_kind.values()) == second.lost


TODAY = date(2026, 6, 30)


def bought(*days_ago: int) -> list[date]:
    """Purchases so many days before today."""
    return [TODAY - timedelta(days=days) for days in days_ago]


@pytest.mark.parametrize(
    ("days_ago", "p_alive", "state", "reasons"),
    [
        ([90, 60, 30], None, "ACTIVE", []),
        ([105, 75, 45], None, "ACTIVE", []),  # 45 days are 1.5 times the median of 30, not more
        ([106, 76, 46], None, "AT_RISK", ["SLOWER_THAN_USUAL"]),
        ([150, 120, 90], None, "AT_RISK", ["SLOWER_THAN_USUAL"]),
        ([151, 121, 91], None, "ABANDONED", ["SILENT_BEYOND_OWN_RHYTHM"]),
        ([320, 220, 120], None, "ACTIVE", []),
        ([501, 401, 301], None, "ABANDONED", ["SILENT_BEYOND_OWN_RHYTHM"]),
        ([400, 365], None, "ACTIVE", []),
        ([400, 366], None, "ABANDONED", ["SILENT_BEYOND_WINDOW"]),
        ([90, 60, 30], Decimal("0.19"), "ABANDONED", ["PROBABLY_GONE"]),
        ([90, 60, 30], Decimal("0.20"), "AT_RISK", ["PROBABLY_GONE"]),
        ([90, 60, 30], Decimal("0.5"), "ACTIVE", []),
        ([400, 370, 340, 10], None, "REACTIVATED", []),
        ([400, 370, 340, 40, 10], None, "ACTIVE", []),
        ([500, 10], None, "REACTIVATED", []),
    ],
)
def test_a_customer_lapses_by_its_own_rhythm_or_by_the_window(
    days_ago: list[int], p_alive: Decimal | None, state: str, reasons: list[str]
) -> None:
    found = lapse(bought(*days_ago), as_of=TODAY, p_alive=p_alive)

    assert found is not None
    assert (found.state, list(found.reasons)) == (state, reasons)
    assert found.is_abandoner is (found.state is LapseState.ABANDONED)


def test_later_purchases_and_repeats_on_a_day_are_not_seen() -> None:
    found = lapse([*bought(20, 20, 20), TODAY + timedelta(days=1)], as_of=TODAY)

    assert found is not None
    assert (found.days_since_last, found.median_gap) == (20, None)
    assert lapse([TODAY + timedelta(days=1)], as_of=TODAY) is None


def test_under_contract_a_notice_or_a_missing_renewal_makes_an_abandoner() -> None:
    assert contractual_lapse(is_notice_received=True, is_not_renewed=True) == (
        LapseReason.NOTICE_RECEIVED,
        LapseReason.NOT_RENEWED,
    )
    assert contractual_lapse(is_notice_received=False, is_not_renewed=False) == ()


@pytest.mark.parametrize(
    ("amounts", "classes"),
    [
        ((50, 25, 15, 6, 4), "AAABC"),  # rules.md E11 worked example
        ((50, 15, 15, 15, 5), "AAAAC"),  # equal values share a class: the third starts at exactly 80 %
        ((80, 15, 5), "ABC"),
        ((100,), "A"),
        ((0, 0), "CC"),
        ((60, 40, -30, 0), "AACC"),
    ],
)
def test_abc_classes_follow_the_cumulative_share_before_the_item(
    amounts: tuple[int, ...], classes: str
) -> None:
    found = {item.id: item.abc.value for item in abc_classes(values(*amounts))}

    assert "".join(found[name] for name in values(*amounts)) == classes


def test_equal_values_are_listed_by_id_and_negative_ones_last_with_a_flag() -> None:
    found = abc_classes({"c": Decimal(5), "a": Decimal(5), "n": Decimal(-1), "b": Decimal(5)})

    assert [item.id for item in found] == ["a", "b", "c", "n"]
    assert [(item.abc, item.is_negative, item.share) for item in found[-1:]] == [(AbcClass.C, True, None)]


def test_gini_runs_from_equality_to_one_having_everything() -> None:
    assert gini(values(5, 5, 5, 5), scope=SCOPE).value == 0
    assert gini(values(0, 0, 0, 5), scope=SCOPE).value == Decimal("0.75")
    assert gini(values(1, 2, 3, 4), scope=SCOPE).value == Decimal("0.25")
    assert gini({}, scope=SCOPE).value is None
    assert gini(values(5, -5), scope=SCOPE).warnings == ("NEGATIVE_VALUES_LEFT_OUT",)


def test_the_share_of_the_largest_is_of_what_is_not_negative() -> None:
    found = top_share(values(60, 30, 10, -50), 2, scope=SCOPE)

    assert (found.value, found.numerator, found.denominator) == (Decimal("0.9"), Decimal(90), Decimal(100))


def test_concentration_of_five_shares() -> None:
    # rules.md E16 worked example
    found = concentration(values(40, 25, 15, 10, 10), scope=SCOPE)

    assert found.hhi.value == Decimal(2_650)
    assert near(found.effective_number.value, "3.77", "0.005")
    assert near(found.normalised.value, "0.081")
    assert (found.cr1.value, found.cr3.value, found.cr5.value) == (Decimal("0.4"), Decimal("0.8"), Decimal(1))
    assert found.band is Band.HIGHLY_CONCENTRATED
    assert (found.hhi.unit, found.hhi.as_of, found.hhi.population_n) == ("points", SCOPE.as_of, 5)


def test_a_single_holder_has_the_highest_index_and_no_normalised_one() -> None:
    found = concentration(values(7), scope=SCOPE)

    assert (found.hhi.value, found.effective_number.value) == (Decimal(10_000), Decimal(1))
    assert (found.normalised.value, found.normalised.warnings) == (None, (ZERO_DENOMINATOR,))


def test_nothing_at_all_has_no_concentration() -> None:
    found = concentration(values(0, -5), scope=SCOPE)

    assert (found.hhi.value, found.cr1.value, found.band) == (None, None, None)
    assert found.hhi.warnings == ("NEGATIVE_VALUES_LEFT_OUT", ZERO_DENOMINATOR)


@pytest.mark.parametrize(
    ("points", "band"),
    [
        ("999.99", Band.UNCONCENTRATED),
        ("1000", Band.MODERATELY_CONCENTRATED),
        ("1800", Band.MODERATELY_CONCENTRATED),
        ("1800.01", Band.HIGHLY_CONCENTRATED),
    ],
)
def test_the_bands_of_the_index(points: str, band: Band) -> None:
    assert band_of(Decimal(points), BandLimits()) is band


@pytest.mark.parametrize(
    ("subject", "amounts", "named"),
    [
        ("PORTFOLIO", (20, 20, 20, 20, 20), []),
        ("PORTFOLIO", (21, 30, 10, 20, 19), ["b", "a"]),
        ("SUPPLIERS_OF_CATEGORY", (50, 50), []),
        ("SUPPLIERS_OF_CATEGORY", (51, 49), ["a"]),
        ("PARTNERS_OF_PIPELINE", (31, 30, 29, 10), ["a"]),
        ("PORTFOLIO", (0, -5), []),
    ],
)
def test_a_share_above_its_limit_raises_an_alert(
    subject: str, amounts: tuple[int, ...], named: list[str]
) -> None:
    alerts = concentration_alerts(values(*amounts), subject=subject, limits=LIMITS)

    assert [alert.data["id"] for alert in alerts] == named


def test_an_unknown_subject_of_concentration_is_an_error() -> None:
    with pytest.raises(UnknownConcentrationSubject):
        concentration_alerts(values(1), subject="MOON", limits=LIMITS)


def test_a_groups_members_count_as_one() -> None:
    found = consolidated(values(10, 20, 30), {"a": "group", "c": "group"})

    assert found == {"group": Decimal(40), "b": Decimal(20)}


amounts = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.decimals(min_value=-(10**6), max_value=10**12, places=6),
    max_size=30,
)


@given(amounts)
def test_the_index_lies_between_equal_shares_and_ten_thousand(found: dict[str, Decimal]) -> None:
    n = sum(value > 0 for value in found.values())

    index = concentration(found, scope=SCOPE)

    if n == 0:
        assert index.hhi.value is None
        return
    assert index.hhi.value is not None
    assert Decimal(10_000) / n - Decimal("1e-9") <= index.hhi.value <= 10_000
    assert index.normalised.value is None or 0 <= index.normalised.value <= 1


@given(amounts)
def test_doubling_all_amounts_changes_no_ratio_and_no_class(found: dict[str, Decimal]) -> None:
    doubled = {name: 2 * value for name, value in found.items()}

    assert concentration(doubled, scope=SCOPE).hhi.value == concentration(found, scope=SCOPE).hhi.value
    assert [item.abc for item in abc_classes(doubled)] == [item.abc for item in abc_classes(found)]
    assert gini(doubled, scope=SCOPE).value == gini(found, scope=SCOPE).value


@given(amounts)
def test_gini_is_a_fraction_and_classes_never_rise_down_the_list(found: dict[str, Decimal]) -> None:
    coefficient = gini(found, scope=SCOPE).value
    classes = [item.abc for item in abc_classes(found)]

    assert coefficient is None or 0 <= coefficient < 1
    assert classes == sorted(classes)
