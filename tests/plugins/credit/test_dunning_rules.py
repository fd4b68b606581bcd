"""Claims and dunning (rules.md B2, B8): residuals, levels, exclusions, letters, releases."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.credit.seeded_rules import (
    INDEMNITIES,
    RELEASES,
    claim_terms,
    day,
    debt,
    euros,
    procedures,
)
from xrm_core.money import Money
from xrm_credit.rules import (
    Debtor,
    DunningBlock,
    DunningItem,
    DunningPlan,
    IndemnityRate,
    Promise,
    PromiseState,
    Settlement,
    UnknownProcedure,
    assess,
    claim_on,
    plan_dunning,
    recovery_indemnity,
    residual,
)

TODAY = date(2026, 6, 1)
CUSTOMER = Debtor("unit", "customer", "fr", "B2B")
B2B = procedures()["B2B"]


def invoice(number: str = "F1", *, late: int, amount: str = "1000", **more: Any) -> DunningItem:
    """An invoice of the customer, late by so many days today."""
    item = DunningItem(number, CUSTOMER, TODAY - timedelta(days=late), euros(amount))
    return replace(item, **more)


def sent(level: int, days_ago: int) -> dict[str, Any]:
    """What is known of the last letter."""
    return {"last_level": level, "last_sent_on": TODAY - timedelta(days=days_ago)}


def run(*items: DunningItem) -> DunningPlan:
    """Today's run over the items under the shipped procedures."""
    return plan_dunning(items, procedures=procedures(), releases=RELEASES, as_of=TODAY)


def reasons(plan: DunningPlan) -> dict[object, list[str]]:
    """Why each skipped invoice was skipped."""
    return {one.item.invoice_id: [reason.code for reason in one.reasons] for one in plan.skipped}


def test_a_claim_is_the_residual_the_interest_and_forty_euros() -> None:
    # rules.md B2 worked 1
    claim = claim_on(
        debt(12_000, "2025-05-31"), [], terms=claim_terms("FR_B2B_DEFAULT"), as_of=day("2025-08-15")
    )

    assert (claim.residual, claim.interest.total, claim.indemnity) == (
        euros(12_000),
        euros("313.45"),
        euros("40.00"),
    )


def test_a_disputed_part_is_neither_asked_for_nor_bears_interest_in_the_claim() -> None:
    claim = claim_on(
        debt(13_000, "2025-05-31"),
        [],
        terms=claim_terms("FR_B2B_DEFAULT"),
        as_of=day("2025-08-15"),
        disputed=Decimal(1_000),
    )

    assert (claim.residual, claim.interest.total) == (euros(12_000), euros("313.45"))


def test_the_residual_counts_only_what_was_settled_by_the_day() -> None:
    owed = debt(1_000, "2026-01-31")
    settled = [Settlement(day("2026-02-10"), euros(300)), Settlement(day("2026-02-11"), euros(200))]

    left = residual(owed, settled, as_of=day("2026-02-10"), disputed=Decimal(50))

    assert left == euros(650)


@pytest.mark.parametrize(
    ("as_of", "paid_on", "expected"),
    [
        ("2026-01-31", None, None),
        ("2026-02-01", None, "40.00"),
        ("2026-03-01", "2026-01-31", None),
        ("2026-03-01", "2026-02-01", "40.00"),
    ],
)
def test_the_indemnity_is_due_for_one_late_day_and_stays_due_after_a_late_payment(
    as_of: str, paid_on: str | None, expected: str | None
) -> None:
    owed = debt("0.50", "2026-01-31")
    settled = [Settlement(day(paid_on), euros("0.50"))] if paid_on else []

    sum_due = recovery_indemnity(
        owed, settled, regime="FR_B2B_DEFAULT", indemnities=INDEMNITIES, as_of=day(as_of)
    )

    assert sum_due == (euros(expected) if expected else None)


def test_a_consumer_owes_no_indemnity() -> None:
    owed = debt(100, "2026-01-31")

    assert (
        recovery_indemnity(owed, [], regime="FR_B2C", indemnities=INDEMNITIES, as_of=day("2026-06-01"))
        is None
    )


@pytest.mark.parametrize(
    ("amount", "expected"), [("999.99", 40), ("1000.00", 70), ("9999.99", 70), ("10000", 100)]
)
def test_a_banded_fixed_sum_follows_the_size_of_the_debt(amount: str, expected: int) -> None:
    # cases.json B-17: UK compensation bands
    bands = [
        IndemnityRate(
            "UK_1998", date(2002, 8, 7), Decimal(start), Money(Decimal(fixed), "GBP"), "SI 2002/1674"
        )
        for start, fixed in [(0, 40), (1_000, 70), (10_000, 100)]
    ]
    owed = replace(debt(0, "2026-01-31"), amount=Money(Decimal(amount), "GBP"))

    fixed = recovery_indemnity(owed, [], regime="UK_1998", indemnities=bands, as_of=day("2026-06-01"))

    assert fixed == Money(Decimal(expected), "GBP")


@pytest.mark.parametrize(
    ("late", "last", "level", "why"),
    [
        (3, {}, None, "credit.level_not_reached"),
        (4, {}, 1, None),
        (90, {}, 1, None),  # no level is skipped, however late
        (15, sent(1, 8), 2, None),
        (15, sent(1, 7), None, "credit.minimum_interval"),
        (14, sent(1, 10), None, "credit.level_not_reached"),
        (30, sent(2, 15), 3, None),
        (45, sent(3, 15), 4, None),
        (60, sent(4, 15), 5, None),
        (90, sent(5, 30), None, "credit.highest_level_sent"),
        (0, {}, None, "credit.not_due"),
        (4, sent(0, 11), 1, None),
    ],
)
def test_the_next_level_needs_its_days_and_eight_days_since_the_last_letter(
    late: int, last: dict[str, Any], level: int | None, why: str | None
) -> None:
    found = assess(invoice(late=late, **last), B2B, as_of=TODAY)

    assert found.level == level
    assert [reason.code for reason in found.waiting] == ([why] if why else [])


@pytest.mark.parametrize(
    ("late", "amount", "weak", "level"),
    [
        (-7, "5000", False, 0),
        (-8, "5000", False, None),
        (-7, "4999.99", False, None),
        (-3, "100", True, 0),
        (0, "5000", False, 0),
    ],
)
def test_a_notice_before_the_due_date_goes_to_large_invoices_and_weak_payers(
    late: int, amount: str, weak: bool, level: int | None
) -> None:
    item = invoice(late=late, amount=amount, debtor=replace(CUSTOMER, is_weak_payer=weak))

    assert assess(item, B2B, as_of=TODAY).level == level


PROMISED = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"disputed": Decimal(1000)}, "credit.disputed"),
        ({"settlements": (Settlement(TODAY, euros(1000)),)}, "credit.settled"),
        ({"promise": Promise(PromiseState.OPEN, PROMISED)}, "credit.promise_open"),
        ({"promise": Promise(PromiseState.KEPT, PROMISED, PROMISED)}, "credit.promise_kept"),
        ({"is_on_plan": True}, "credit.plan_on_schedule"),
        ({"block": DunningBlock(TODAY, "being checked")}, "credit.blocked"),
        ({"debtor": replace(CUSTOMER, is_insolvent=True)}, "credit.insolvency"),
        ({"debtor": replace(CUSTOMER, unapplied=(euros(1000),))}, "credit.unapplied_credit"),
        ({"amount": "19.99"}, "credit.small_total"),
    ],
)
def test_what_must_not_be_dunned_is_skipped_with_its_reason(facts: dict[str, Any], why: str) -> None:
    plan = run(invoice(late=20, **facts))

    assert plan.letters == ()
    assert reasons(plan) == {"F1": [why]}


def test_an_invoice_excluded_for_several_reasons_names_them_all() -> None:
    item = invoice(
        late=20, is_on_plan=True, block=DunningBlock(TODAY, "x"), promise=Promise(PromiseState.OPEN, PROMISED)
    )

    assert reasons(run(item)) == {"F1": ["credit.promise_open", "credit.plan_on_schedule", "credit.blocked"]}


def test_a_block_ends_after_its_last_day() -> None:
    item = invoice(late=20, block=DunningBlock(TODAY - timedelta(days=1), "being checked"))

    assert run(item).letters[0].level == 1


def test_a_partly_disputed_invoice_is_dunned_for_the_rest() -> None:
    (letter,) = run(invoice(late=20, disputed=Decimal(400))).letters

    assert letter.residual == euros(600)


def test_a_broken_promise_resumes_at_the_next_level_without_waiting_eight_days() -> None:
    broken = Promise(PromiseState.BROKEN, TODAY - timedelta(days=3), TODAY - timedelta(days=1))

    resumed = assess(invoice(late=20, promise=broken, **sent(2, 5)), B2B, as_of=TODAY)
    after_the_letter = assess(invoice(late=20, promise=broken, **sent(3, 0)), B2B, as_of=TODAY)

    assert resumed.level == 3
    assert after_the_letter.level is None


@given(st.integers(min_value=1, max_value=200), st.integers(min_value=0, max_value=5))
def test_a_kept_promise_never_raises_the_level(late: int, level: int) -> None:
    kept = Promise(PromiseState.KEPT, TODAY, TODAY)

    found = assess(invoice(late=late, promise=kept, **sent(level, 20)), B2B, as_of=TODAY)

    assert found.level is None


def test_unapplied_credit_covers_the_oldest_invoices_first() -> None:
    rich = replace(CUSTOMER, unapplied=(euros(1500), Money(Decimal(9000), "GBP")))
    old, newer = invoice("OLD", late=40, debtor=rich), invoice("NEW", late=20, debtor=rich)

    plan = run(newer, old)

    assert reasons(plan) == {"OLD": ["credit.unapplied_credit"]}
    assert [line.item.invoice_id for line in plan.letters[0].lines] == ["NEW"]


def test_a_small_total_is_not_dunned_up_to_level_three_but_still_from_level_four() -> None:
    low = invoice("LOW", late=20, amount="5")
    high = invoice("HIGH", late=50, amount="5", **sent(3, 20))

    plan = run(low, high)

    assert reasons(plan) == {"LOW": ["credit.small_total"]}
    assert [(letter.level, len(letter.lines)) for letter in plan.letters] == [(4, 1)]


def test_twenty_euros_over_several_invoices_are_dunned() -> None:
    plan = run(invoice("A", late=20, amount="10"), invoice("B", late=20, amount="10"))

    assert [letter.residual for letter in plan.letters] == [euros(20)]


def test_one_letter_lists_every_overdue_invoice_with_its_own_level() -> None:
    plan = run(
        invoice("A", late=35, **sent(2, 10)),
        invoice("B", late=20, **sent(1, 3)),
        invoice("C", late=5),
        invoice("D", late=2),
        invoice("E", late=-30),
    )

    (letter,) = plan.letters
    assert letter.level == 3
    assert [(line.item.invoice_id, line.level, line.advances) for line in letter.lines] == [
        ("A", 3, True),
        ("B", 1, False),
        ("C", 1, True),
        ("D", 0, False),
    ]
    assert reasons(plan) == {
        "B": ["credit.minimum_interval"],
        "D": ["credit.level_not_reached"],
        "E": ["credit.not_due"],
    }


def test_letters_are_split_by_unit_customer_language_and_currency() -> None:
    debtors = [
        CUSTOMER,
        replace(CUSTOMER, unit_id="other unit"),
        replace(CUSTOMER, party_id="other"),
        replace(CUSTOMER, language="en"),
    ]
    items = [invoice(str(n), late=20, debtor=debtor) for n, debtor in enumerate(debtors)]
    items += [invoice("GBP", late=20, amount="1", debtor=CUSTOMER)]
    items[-1] = replace(items[-1], amount=Money(Decimal(1000), "GBP"))
    items += [invoice("again", late=10)]

    plan = run(*items)

    assert len({letter.key for letter in plan.letters}) == len(plan.letters) == 5
    assert sorted(len(letter.lines) for letter in plan.letters) == [1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("stage", "relationship_level", "late", "last", "released", "is_held"),
    [
        ("INTIMACY", 3, 35, sent(2, 10), None, False),
        ("DETERIORATION", 3, 20, sent(1, 10), None, False),
        ("DETERIORATION", 3, 35, sent(2, 10), None, True),
        ("DETERIORATION", 3, 35, sent(2, 10), 3, False),
        ("DETERIORATION", 3, 50, sent(3, 10), 3, True),
        ("REPAIR", 3, 20, sent(1, 10), None, True),
        ("REPAIR", 3, 20, {}, None, False),
        ("INTIMACY", 6, 20, sent(1, 10), None, True),
    ],
)
def test_letters_to_strained_or_strategic_relations_wait_for_the_owner(
    stage: str,
    relationship_level: int,
    late: int,
    last: dict[str, Any],
    released: int | None,
    is_held: bool,
) -> None:
    debtor = replace(CUSTOMER, stage=stage, relationship_level=relationship_level, released_to_level=released)

    (letter,) = run(invoice(late=late, debtor=debtor, **last)).letters

    assert (letter.held.code if letter.held else None) == ("credit.release_required" if is_held else None)


def test_an_unknown_procedure_is_an_error() -> None:
    with pytest.raises(UnknownProcedure):
        run(invoice(late=20, debtor=replace(CUSTOMER, procedure="NONE")))


def test_a_consumer_procedure_claims_neither_interest_nor_indemnity() -> None:
    levels = procedures()["B2C"].levels

    assert not any(level.claims_interest or level.claims_indemnity for level in levels)
    assert [level.days_past_due for level in levels] == [-7, 4, 15, 30, 45, 60]


items = st.lists(
    st.builds(
        lambda late, cents, level, ago, disputed, party, unapplied: invoice(
            late=late,
            amount=str(Decimal(cents) / 100),
            disputed=Decimal(disputed),
            debtor=replace(CUSTOMER, party_id=party, unapplied=(euros(unapplied),)),
            **({} if level is None else sent(level, ago)),
        ),
        st.integers(-20, 120),
        st.integers(0, 1_000_000),
        st.none() | st.integers(0, 5),
        st.integers(0, 30),
        st.integers(0, 100),
        st.sampled_from(["p", "q"]),
        st.just(500),
    ),
    max_size=8,
)


@given(items)
def test_each_invoice_advances_by_at_most_one_level_or_is_skipped_with_a_reason(
    found: list[DunningItem],
) -> None:
    named = [replace(item, invoice_id=f"F{n}") for n, item in enumerate(found)]

    plan = run(*named)

    advancing = [line for letter in plan.letters for line in letter.lines if line.advances]
    seen = [line.item.invoice_id for line in advancing] + [one.item.invoice_id for one in plan.skipped]
    assert sorted(map(str, seen)) == sorted(str(item.invoice_id) for item in named)
    assert all(one.reasons for one in plan.skipped)
    assert all(line.level - (line.item.last_level or 0) in (0, 1) for line in advancing)
    assert all(letter.level == max(li.level for li in letter.lines if li.advances) for letter in plan.letters)
    assert plan == run(*reversed(named))
