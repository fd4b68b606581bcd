"""Dunning through the API: what is claimed, who is raised, who is skipped and why (rules.md B2, B8)."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.plugins.credit.receivables import (
    DUN,
    another_unit,
    codes,
    customer,
    dun,
    freeze,
    invoice,
    paid,
    payment,
)
from tests.statements import counted
from xrm_core.graph.party import PartyKind
from xrm_core.identity.actor import Actor, Role
from xrm_core.money import Money
from xrm_core.plugins.testing import Installation
from xrm_credit.documents import make_letters
from xrm_credit.models import DunningLetter, DunningLetterLine, Invoice, ReferenceIndex

pytestmark = pytest.mark.plugins("credit")


async def sent(xrm: Installation, party: Any, invoice_id: str, level: int, on: str) -> None:
    """A letter of that level went out for the invoice on that day."""
    day, nothing = date.fromisoformat(on), Money(Decimal(0), "EUR")
    bill = await xrm.get(Invoice, invoice_id)
    letter = DunningLetter(
        reference=f"OLD-{level}-{invoice_id}", party=party.id, relationship=bill.relationship, unit=bill.unit,
        level=level, language="fr", currency="EUR", sent_on=day, residual=bill.residual,
    )  # fmt: skip
    line = DunningLetterLine(
        letter=letter.id, invoice=bill.id, unit=bill.unit, level=level, is_raised=True, sent_on=day,
        days_past_due=0, residual=bill.residual, interest=nothing, indemnity=nothing,
    )  # fmt: skip
    await xrm.add(letter, line)


def by_invoice(run: Any) -> dict[str, Any]:
    """A run's lines by invoice."""
    return {line["invoiceId"]: line for line in run["lines"]}


async def test_interest_follows_the_reference_from_half_year_to_half_year(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "12000", "2025-05-31")

    (line,) = (await dun(xrm, "2025-08-15", dry=True))["lines"]

    assert line["residual"] == {"amount": "12000", "currency": "EUR"}
    assert (line["interest"]["amount"], line["indemnity"]["amount"]) == ("313.45", "40")
    assert (line["level"], line["skipped"], line["daysPastDue"]) == (1, None, 76)


async def test_a_partial_payment_lowers_what_bears_interest(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "10000", "2026-05-31")
    await paid(xrm, acme, bill, "4000", "2026-06-30")

    (line,) = (await dun(xrm, "2026-07-20", dry=True))["lines"]

    assert (line["residual"]["amount"], line["interest"]["amount"]) == ("6000", "140.63")
    assert line["flags"] == ["UNVERIFIED_RATE"]


async def test_a_public_debtor_keeps_the_rate_of_the_first_late_day(xrm: Installation) -> None:
    town = await customer(xrm, "Commune d'Exemple")
    await invoice(xrm, town, "12000", "2025-05-31", regime="FR_PUBLIC")

    (line,) = (await dun(xrm, "2025-08-15", dry=True))["lines"]

    assert line["interest"]["amount"] == "278.6"


async def test_a_consumer_owes_neither_this_interest_nor_the_fixed_sum(xrm: Installation) -> None:
    person = await customer(xrm, "Camille Exemple", kind=PartyKind.PERSON)
    await invoice(xrm, person, "12000", "2025-05-31")

    (line,) = (await dun(xrm, "2025-08-15", dry=True))["lines"]

    assert (line["interest"]["amount"], line["indemnity"]["amount"]) == ("0", "0")


async def test_a_missing_rate_stops_the_run(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "100", "2026-05-31")
    async with xrm.app.work(command="test.rates") as ctx:
        found = (
            await ctx.session.scalars(
                sa.select(ReferenceIndex).where(ReferenceIndex.key == "ref_rate.ecb_mro")
            )
        ).one()
        found.published_through = found.published_through.replace(year=2026, month=6, day=30)

    answer = await xrm.answer(DUN, {"asOf": "2026-07-01"}, role="credit")

    assert codes(answer) == ["credit.missing_reference_rate"]
    assert "2026-07-01" in answer["errors"][0]["message"]
    data = await xrm.ask("{ dunningLetters { totalCount } completedDunningRuns { totalCount } }")
    assert data == {"dunningLetters": {"totalCount": 0}, "completedDunningRuns": {"totalCount": 0}}


async def test_levels_follow_one_another_eight_days_apart(xrm: Installation) -> None:
    acme = await customer(xrm)
    early = await invoice(xrm, acme, "100", "2026-06-01", number="EARLY")
    soon = await invoice(xrm, acme, "100", "2026-06-01", number="SOON")
    ready = await invoice(xrm, acme, "100", "2026-06-01", number="READY")
    last = await invoice(xrm, acme, "100", "2026-01-01", number="LAST")
    await sent(xrm, acme, early, 2, "2026-06-17")
    await sent(xrm, acme, soon, 1, "2026-06-20")
    await sent(xrm, acme, ready, 1, "2026-06-19")
    await sent(xrm, acme, last, 5, "2026-04-01")

    found = by_invoice(await dun(xrm, "2026-06-27", dry=True))

    assert (found[early]["level"], found[early]["skipped"]) == (None, "credit.level_not_reached")
    assert (found[soon]["level"], found[soon]["skipped"]) == (None, "credit.minimum_interval")
    assert (found[ready]["level"], found[ready]["skipped"]) == (2, None)
    assert (found[last]["level"], found[last]["skipped"]) == (None, "credit.highest_level_sent")


async def test_what_is_blocked_disputed_or_covered_is_left_out_with_its_reason(xrm: Installation) -> None:
    acme = await customer(xrm)
    blocked = await invoice(xrm, acme, "300", "2026-06-02", number="BLOCKED")
    disputed = await invoice(xrm, acme, "200", "2026-06-03", number="DISPUTED")
    covered = await invoice(xrm, acme, "50", "2026-06-04", number="COVERED")
    open_ = await invoice(xrm, acme, "400", "2026-06-05", number="OPEN")
    block = {"id": blocked, "until": "2026-06-30", "reason": "Avoir attendu"}
    await xrm.ask(
        "mutation ($input: BlockDunningInput!) { blockDunning(input: $input) { dunningBlockedUntil } }",
        {"input": block},
        role="credit",
    )
    async with xrm.app.work(command="test.dispute") as ctx:
        (await ctx.get(Invoice, disputed)).disputed = Money(Decimal(200), "EUR")
    await payment(xrm, acme, "60", "2026-06-10")

    found = by_invoice(await dun(xrm, "2026-06-27", dry=True))

    assert {key: line["skipped"] for key, line in found.items()} == {
        blocked: "credit.blocked",
        disputed: "credit.disputed",
        covered: "credit.unapplied_credit",
        open_: None,
    }
    assert "Avoir attendu" in found[blocked]["reasons"][0]["message"]
    assert found[disputed]["residual"]["amount"] == "0"


async def test_a_small_total_is_not_worth_a_letter(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "19.99", "2026-06-01")

    (line,) = (await dun(xrm, "2026-06-27", dry=True))["lines"]

    assert (line["level"], line["skipped"]) == (None, "credit.small_total")


async def test_large_invoices_are_announced_before_they_are_due(xrm: Installation) -> None:
    acme = await customer(xrm)
    large = await invoice(xrm, acme, "5000", "2026-07-01", number="LARGE", issuedOn="2026-06-01")
    await invoice(xrm, acme, "4999.99", "2026-07-01", number="SMALL", issuedOn="2026-06-01")

    run = await dun(xrm, "2026-06-27", dry=True)

    assert [(line["invoiceId"], line["level"], line["interest"]["amount"]) for line in run["lines"]] == [
        (large, 0, "0")
    ]


async def test_a_dry_run_changes_nothing_and_says_what_the_real_one_does(xrm: Installation) -> None:
    acme = await customer(xrm)
    first = await invoice(xrm, acme, "1000", "2026-05-31", number="F1")
    await invoice(xrm, acme, "500", "2026-06-25", number="F2")
    await sent(xrm, acme, first, 1, "2026-06-10")

    dry = await dun(xrm, "2026-06-27", dry=True)
    nothing = await xrm.ask("{ dunningLetters { totalCount } documents { totalCount } }")
    real = await dun(xrm, "2026-06-27")

    assert nothing == {"dunningLetters": {"totalCount": 1}, "documents": {"totalCount": 0}}
    assert (dry["dryRun"], real["dryRun"], dry["letters"]) == (True, False, [])
    assert real["lines"] == dry["lines"]
    assert len(real["letters"]) == 1


async def test_running_again_the_same_day_sends_nothing_twice(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "1000", "2026-05-31", number="F1")
    first = await dun(xrm, "2026-06-27", unit=xrm.unit)
    # Another invoice becomes eligible for the very letter that went out.
    late = await invoice(xrm, acme, "500", "2026-06-01", number="F2")

    again = await dun(xrm, "2026-06-27")

    assert (len(first["letters"]), again["letters"]) == (1, [])
    assert {line["skipped"] for line in again["lines"]} == {"credit.minimum_interval", "credit.already_sent"}
    assert by_invoice(again)[late]["skipped"] == "credit.already_sent"


async def test_letters_never_go_back_in_time(xrm: Installation) -> None:
    acme, other = await customer(xrm), await customer(xrm, "Autre Exemple SAS")
    await invoice(xrm, acme, "1000", "2026-05-31", number="F1")
    await dun(xrm, "2026-06-27")
    await invoice(xrm, other, "1000", "2026-05-31", number="F2")

    answer = await xrm.answer(DUN, {"asOf": "2026-06-26"}, role="credit")

    assert codes(answer) == ["credit.later_run_sent"]


async def test_a_future_run_can_only_be_simulated(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "1000", "2026-09-28")

    simulated = await dun(xrm, "2026-10-05", dry=True)
    answer = await xrm.answer(DUN, {"asOf": "2026-10-05"}, role="credit")

    assert [line["level"] for line in simulated["lines"]] == [1]
    assert codes(answer) == ["credit.run_in_the_future"]


async def test_a_third_letter_puts_the_customer_on_hold_and_asks_for_a_call(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "1000", "2026-05-01")
    await sent(xrm, acme, bill, 2, "2026-06-01")

    await dun(xrm, "2026-06-27")

    data = await xrm.ask(
        """query ($id: ID!) { party(id: $id) {
             credit { hold holdReason holdSince } tasks { nodes { origin status } } } }""",
        {"id": str(acme.id)},
        role="credit",
    )
    hold = {"hold": "SOFT", "holdReason": "DUNNING_LEVEL 3", "holdSince": "2026-06-27"}
    assert data["party"]["credit"] == hold
    assert data["party"]["tasks"]["nodes"] == [{"origin": "credit.dunning", "status": "OPEN"}]


async def test_a_letter_never_lowers_a_hold(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "1000", "2026-05-01")
    await sent(xrm, acme, bill, 2, "2026-06-01")
    edge = (await xrm.get(Invoice, bill)).relationship
    hold = {"relationshipId": str(edge), "hold": "LEGAL", "reason": "Assignation"}
    document = "mutation ($input: SetCreditHoldInput!) { setCreditHold(input: $input) { id } }"
    await xrm.ask(document, {"input": hold}, role="credit")

    await dun(xrm, "2026-06-27")

    data = await xrm.ask("query ($id: ID!) { party(id: $id) { credit { hold } } }", {"id": str(acme.id)})
    assert data["party"]["credit"]["hold"] == "LEGAL"


async def test_the_owner_of_a_strategic_customer_releases_its_letters(xrm: Installation) -> None:
    owner = await xrm.user("sales")
    acme = await customer(xrm, edge={"is_strategic": True, "owner": owner})
    bill = await invoice(xrm, acme, "1000", "2026-06-01")
    await sent(xrm, acme, bill, 1, "2026-06-10")
    edge = str((await xrm.get(Invoice, bill)).relationship)
    release = "mutation ($input: ReleaseDunningInput!) { releaseDunning(input: $input) { id } }"

    waiting = await dun(xrm, "2026-06-27")
    refused = await xrm.answer(release, {"input": {"relationshipId": edge, "level": 2}}, role="credit")
    await xrm.ask(release, {"input": {"relationshipId": edge, "level": 2}}, role="sales")
    released = await dun(xrm, "2026-06-27")

    assert (waiting["letters"], waiting["lines"][0]["skipped"]) == ([], "credit.release_required")
    assert codes(refused) == ["credit.not_the_owner"]
    assert released["lines"][0]["level"] == 2


async def test_another_unit_sees_no_line_of_ours(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "1000", "2026-05-31")
    south = await another_unit(xrm)

    theirs = await dun(xrm, "2026-06-27", actor=xrm.actor("credit", unit=south), unit=south)

    assert (theirs["lines"], theirs["letters"]) == ([], [])


@pytest.mark.parametrize("more", [(), (Role("auditor", None),)], ids=["a neighbour", "an auditor too"])
async def test_who_duns_in_one_unit_does_not_dun_in_another(
    xrm: Installation, more: tuple[Role, ...]
) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "1000", "2026-05-31")
    south = await another_unit(xrm)
    neighbour = Actor(1, None, "neighbour", (Role("credit", south), *more), home_unit=south)

    answer = await xrm.answer(DUN, {"asOf": "2026-06-27", "unitId": str(xrm.unit)}, actor=neighbour)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_sales_does_not_dun(xrm: Installation) -> None:
    answer = await xrm.answer(DUN, {"asOf": "2026-06-27", "dryRun": True}, role="sales")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_number_of_statements_does_not_grow_with_the_books(xrm: Installation) -> None:
    async def statements(customers: int) -> int:
        for place in range(customers):
            acme = await customer(xrm, f"Atelier {customers} {place} SARL")
            for number in range(3):
                bill = await invoice(xrm, acme, "100", "2026-05-31", number=f"F{customers}-{place}-{number}")
            await paid(xrm, acme, bill, "10", "2026-06-01")
        with counted(xrm) as seen:
            await xrm.ask('mutation { dunningRun(asOf: "2026-06-27", dryRun: true) { lines { level } } }')
        return len(seen)

    few = await statements(1)
    many = await statements(4)

    assert few == many > 0


async def test_payments_that_come_in_while_letters_are_made_stop_the_run(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "1000", "2026-05-31")

    async def make_slowly(*given: Any) -> Any:
        made = await make_letters(*given)
        await paid(xrm, acme, bill, "1000", "2026-06-20")
        return made

    monkeypatch.setattr("xrm_credit.commands.dunning.make_letters", make_slowly)
    answer = await xrm.answer(DUN, {"asOf": "2026-06-27"}, role="credit")

    assert codes(answer) == ["credit.books_changed"]
    data = await xrm.ask("{ dunningLetters { totalCount } documents { totalCount } }")
    assert data == {"dunningLetters": {"totalCount": 0}, "documents": {"totalCount": 0}}


async def test_two_runs_at_once_send_one_letter(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "1000", "2026-05-31")

    answers = await asyncio.gather(
        *[xrm.answer(DUN, {"asOf": "2026-06-27"}, role="credit") for _ in range(2)]
    )

    letters = [len(answer["data"]["dunningRun"]["letters"]) for answer in answers if "errors" not in answer]
    refused = [code for answer in answers if "errors" in answer for code in codes(answer)]
    assert sum(letters) == 1
    assert set(refused) <= {"credit.books_changed", "core.conflict"}
    data = await xrm.ask("{ dunningLetters { totalCount } documents { totalCount } }")
    assert data == {"dunningLetters": {"totalCount": 1}, "documents": {"totalCount": 1}}


async def test_a_run_without_a_unit_says_so(xrm: Installation) -> None:
    homeless = Actor(1, None, "homeless", (Role("credit", None),))

    answer = await xrm.answer(DUN, {"asOf": "2026-06-27"}, actor=homeless)

    assert codes(answer) == ["credit.unit_missing"]


async def test_the_business_date_is_the_default(xrm: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "1000", "2026-05-31")
    freeze(monkeypatch, "2026-06-04")

    data = await xrm.ask(
        "mutation { dunningRun(dryRun: true) { asOf lines { daysPastDue } } }", role="credit"
    )

    assert data["dunningRun"] == {"asOf": "2026-06-04", "lines": [{"daysPastDue": 4}]}
