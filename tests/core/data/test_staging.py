"""The stage of an imported history (rules.md R-A-07), at and around its thresholds."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.data.csv_rows import Reject
from xrm_core.data.gla import bundled_file, read_payments
from xrm_core.data.names import normalised_name
from xrm_core.data.staging import ImportedStage, NoDealings, StagingThresholds, import_stage

AS_OF = date(2013, 4, 25)


def staged(*days_ago: int) -> ImportedStage:
    return import_stage(sorted(AS_OF - timedelta(days) for days in days_ago), AS_OF)


@pytest.mark.parametrize(
    ("days_ago", "place"),
    [
        ((0,), ("INVOLVEMENT", "TESTING", "APPROVED", "AGREEMENT")),
        ((365,), ("INVOLVEMENT", "TESTING", "APPROVED", "AGREEMENT")),
        ((366,), ("DISSOLUTION", "CLOSED", "OFFBOARDED", "TERMINATED")),
        ((10, 20), ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")),
        ((10, 20, 179), ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")),
        ((10, 20, 180), ("INTIMACY", "COMMITMENT", "PREFERRED", "ACTIVE_GOLD")),
        ((10, 20, 364), ("INTIMACY", "COMMITMENT", "PREFERRED", "ACTIVE_GOLD")),
        ((10, 20, 365), ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")),
        ((0, 1, 400), ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")),
        ((400, 600), ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")),
        ((600, 800), ("INVOLVEMENT", "INTENSIFYING", "ACTIVE", "ACTIVE_REGISTERED")),
        ((601, 801), ("DISSOLUTION", "CLOSED", "OFFBOARDED", "TERMINATED")),
        ((366, 376, 386), ("DISSOLUTION", "CLOSED", "OFFBOARDED", "TERMINATED")),
    ],
)
def test_a_history_stands_where_the_rule_puts_it(
    days_ago: tuple[int, ...], place: tuple[str, str, str, str]
) -> None:
    stage = staged(*days_ago)

    assert (stage.stage, stage.substage, stage.supplier_status, stage.partner_status) == place


def test_only_what_is_over_carries_a_reason() -> None:
    assert staged(900).reason == "NOT_STATED"
    assert staged(9).reason is None


def test_the_relationship_began_on_its_first_dealing_day() -> None:
    assert staged(10, 500, 300).valid_from == AS_OF - timedelta(500)


def test_the_numbers_that_decided_are_told_with_the_thresholds() -> None:
    metrics = staged(10, 20, 50, 400).metrics

    assert metrics == {
        "as_of": "2013-04-25",
        "dealing_days": 4,
        "dealing_days_in_window": 3,
        "tenure_days": 400,
        "silent_days": 10,
        "median_gap_days": 30,
        "thresholds": {
            "window_days": 365,
            "silence_days": 365,
            "silence_gaps": 3,
            "tenure_days": 180,
            "intimacy_days": 3,
            "intensifying_days": 2,
        },
    }


def test_thresholds_are_parameters() -> None:
    thresholds = StagingThresholds(tenure_days=30, intimacy_days=2)

    stage = import_stage([AS_OF - timedelta(30), AS_OF], AS_OF, thresholds)

    assert stage.supplier_status == "PREFERRED"


def test_without_a_dealing_up_to_the_day_there_is_no_stage() -> None:
    with pytest.raises(NoDealings):
        import_stage([AS_OF + timedelta(1)], AS_OF)


@given(st.sets(st.integers(0, 2_000), min_size=1, max_size=40), st.sets(st.integers(1, 500), max_size=10))
def test_what_came_after_the_day_changes_nothing(past: set[int], future: set[int]) -> None:
    known = sorted(AS_OF - timedelta(days) for days in past)
    later = sorted(AS_OF + timedelta(days) for days in future)

    assert import_stage(known + later, AS_OF) == import_stage(known, AS_OF)


@given(st.sets(st.integers(0, 2_000), min_size=1, max_size=40))
def test_supplier_and_partner_status_follow_the_stage(days_ago: set[int]) -> None:
    stage = staged(*days_ago)

    status = {
        "CLOSED": ("OFFBOARDED", "TERMINATED"),
        "COMMITMENT": ("PREFERRED", "ACTIVE_GOLD"),
        "INTENSIFYING": ("ACTIVE", "ACTIVE_REGISTERED"),
        "TESTING": ("APPROVED", "AGREEMENT"),
    }
    assert (stage.supplier_status, stage.partner_status) == status[stage.substage]
    assert (stage.substage == "TESTING") <= (len(days_ago) == 1)


def by_the_letter(days: set[date]) -> str:
    """R-A-07 read out word by word, with nothing shared with the product."""
    ordered = sorted(days)
    gaps = sorted((b - a).days for a, b in pairwise(ordered))
    middle = len(gaps) // 2
    median = 0.0
    if gaps:
        median = gaps[middle] if len(gaps) % 2 else (gaps[middle - 1] + gaps[middle]) / 2
    if (AS_OF - max(days)).days > max(365, 3 * median):
        return "OFFBOARDED"
    in_the_year = [day for day in days if 0 <= (AS_OF - day).days < 365]
    if (AS_OF - min(days)).days >= 180 and len(in_the_year) >= 3:
        return "PREFERRED"
    return "ACTIVE" if len(days) >= 2 else "APPROVED"


@given(st.sets(st.integers(0, 1_500), min_size=1, max_size=6))
def test_any_history_stands_where_the_rule_says_read_by_the_letter(days_ago: set[int]) -> None:
    expected = by_the_letter({AS_OF - timedelta(days) for days in days_ago})

    assert staged(*days_ago).supplier_status == expected


def test_the_real_suppliers_stand_where_the_rule_puts_them() -> None:
    days: defaultdict[str, set[date]] = defaultdict(set)
    for payment in read_payments(bundled_file()):
        assert not isinstance(payment, Reject)
        days[normalised_name(payment.vendor)].add(payment.paid_on)

    statuses = {name: import_stage(sorted(own), AS_OF).supplier_status for name, own in days.items()}

    assert statuses == {name: by_the_letter(own) for name, own in days.items()}
    assert set(statuses.values()) == {"OFFBOARDED", "PREFERRED", "ACTIVE", "APPROVED"}
