"""Made-up books in the receivables give the answers that were counted while they were made."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.plugins.credit.receivables import dun
from xrm_core.data.generate import Books, generate
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation
from xrm_credit.demo import load_books

pytestmark = pytest.mark.plugins("credit")

BOOKS = generate(seed=7, size=40)
AS_OF = BOOKS.as_of.isoformat()
# What a run says, in the words of the books.
REASONS = {
    "credit.level_not_reached": "TOO_EARLY",
    "credit.minimum_interval": "INTERVAL",
    "credit.highest_level_sent": "LAST_LEVEL",
    None: None,
}


@pytest.fixture
async def books(xrm: Installation) -> Books:
    """The books, loaded through the plugin's hook."""
    customers: dict[str, Any] = {}
    kind = relationship_type_id(1, "CUSTOMER")
    async with xrm.app.work(command="test.customers") as ctx:
        for one in BOOKS.customers:
            party = Party(name=one.name, country=one.country, language=one.language)
            edge = Relationship(type=kind, source=xrm.unit, target=party.id, unit=xrm.unit)
            ctx.add(party, edge)
            customers[one.customer_no] = (party.id, edge.id)
    async with xrm.app.work(command="test.demo") as ctx:
        await load_books(ctx, BOOKS, customers)
    async with xrm.app.work(command="test.demo") as ctx:
        await load_books(ctx, BOOKS, customers)
    return BOOKS


async def numbers(xrm: Installation) -> dict[str, str]:
    """The invoices' numbers by id."""
    found: dict[str, str] = {}
    after = None
    while True:
        data = await xrm.ask(
            "query ($after: String) { invoices(first: 500, after: $after) "
            "{ nodes { id number } pageInfo { hasNextPage endCursor } } }",
            {"after": after},
        )
        found |= {node["id"]: node["number"] for node in data["invoices"]["nodes"]}
        if not data["invoices"]["pageInfo"]["hasNextPage"]:
            return found
        after = data["invoices"]["pageInfo"]["endCursor"]


async def test_the_aged_balance_is_the_books(xrm: Installation, books: Books) -> None:
    data = await xrm.ask(
        """query ($asOf: Date) { agedBalance(asOf: $asOf) { currency balance overdue unapplied
             buckets { bucket amount } } }""",
        {"asOf": AS_OF},
        role="credit",
    )

    (entry,) = data["agedBalance"]
    answers = books.totals["receivables"]
    assert Decimal(entry["balance"]) == Decimal(answers["balance"])
    assert Decimal(entry["overdue"]) == Decimal(answers["overdue"]["amount"])
    assert entry["unapplied"] == "0"
    assert {b["bucket"]: Decimal(b["amount"]) for b in entry["buckets"]} == {
        name: Decimal(amount) for name, amount in answers["buckets"].items()
    }


async def test_every_customer_owes_what_the_books_say(xrm: Installation, books: Books) -> None:
    data = await xrm.ask(
        """query ($asOf: Date) { agedBalance(asOf: $asOf, by: CUSTOMER) { party { name } balance } }""",
        {"asOf": AS_OF},
        role="credit",
    )

    names = {one.customer_no: one.name for one in books.customers}
    expected = {
        names[number]: Decimal(amount)
        for number, amount in books.totals["receivables"]["by_customer"].items()
    }
    assert {entry["party"]["name"]: Decimal(entry["balance"]) for entry in data["agedBalance"]} == expected


async def test_a_run_does_what_the_books_expect_of_it(xrm: Installation, books: Books) -> None:
    by_id = await numbers(xrm)

    run = await dun(xrm, AS_OF, dry=True)

    found = {
        by_id[line["invoiceId"]]: (
            line["level"],
            REASONS[line["skipped"]],
            Decimal(line["residual"]["amount"]),
        )
        for line in run["lines"]
        if line["daysPastDue"] > 0
    }
    expected = {
        number: (one["level"], one["skipped"], Decimal(one["residual"]))
        for number, one in books.totals["dunning"]["invoices"].items()
    }
    assert found == expected
    raised = Counter(str(line["level"]) for line in run["lines"] if line["level"])
    assert raised == books.totals["dunning"]["invoices_raised_to"]


async def test_the_books_agree_with_their_allocations(xrm: Installation, books: Books) -> None:
    data = await xrm.ask(
        """mutation { rebuildReceivables { invoices payments } }""",
        role="credit",
    )

    assert data["rebuildReceivables"] == {"invoices": 0, "payments": 0}
    counts = await xrm.ask(
        "{ invoices { totalCount } payments { totalCount } dunningLetterLines { totalCount } }"
    )
    assert {name: found["totalCount"] for name, found in counts.items()} == {
        "invoices": len(books.invoices),
        "payments": len(books.payments),
        "dunningLetterLines": len(books.letters),
    }
