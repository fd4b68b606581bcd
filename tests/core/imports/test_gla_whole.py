"""The whole spend file in the database, as the real file was counted."""

import csv
import json
from collections import Counter
from decimal import Decimal
from typing import Any

from tests.stored import contents, rows, value
from xrm_core.data.gla import GlaPayment, bundled_file, read_payments
from xrm_core.data.load.gla_load import GlaRequest, load_gla
from xrm_core.plugins.testing import Installation

LAST_DAY = "2013-04-25"


def test_every_row_is_a_dealing_of_its_kind(whole: Any) -> None:
    kinds = dict(rows(whole.settings, "SELECT kind, count(*) FROM core_dealing GROUP BY kind"))

    assert kinds == {"PAYMENT": 26_936, "CREDIT": 1_209}
    assert value(whole.settings, "SELECT count(*) FROM core_dealing WHERE possible_duplicate") == 680
    assert value(whole.settings, "SELECT count(DISTINCT source_row) FROM core_dealing") == 28_145


def test_every_amount_is_kept_with_its_sign(whole: Any) -> None:
    payments = [row for row in read_payments(bundled_file()) if isinstance(row, GlaPayment)]
    stored = rows(whole.settings, "SELECT source_row, amount, amount_currency FROM core_dealing")
    scale = 1 if whole.settings.database_url else 1_000_000

    found = {row_id: Decimal(amount) / scale for row_id, amount, _ in stored}

    assert found == {str(payment.row_id): payment.amount for payment in payments}
    assert {currency for _, _, currency in stored} == {"GBP"}


def test_every_supplier_has_one_relationship_in_the_status_its_history_gives(whole: Any) -> None:
    query = "SELECT status, stage, substage, count(*) FROM core_relationship GROUP BY status, stage, substage"

    assert sorted(rows(whole.settings, query)) == [
        ("ACTIVE", "INVOLVEMENT", "INTENSIFYING", 572),
        ("APPROVED", "INVOLVEMENT", "TESTING", 564),
        ("OFFBOARDED", "DISSOLUTION", "CLOSED", 1_821),
        ("PREFERRED", "INTIMACY", "COMMITMENT", 408),
    ]
    assert value(whole.settings, "SELECT count(DISTINCT target_id) FROM core_relationship") == 3_365


def test_a_relationship_holds_from_the_first_payment_and_is_fed_through_the_last_day(whole: Any) -> None:
    first_days = rows(
        whole.settings,
        "SELECT r.valid_from, min(d.occurred_on) FROM core_relationship r "
        "JOIN core_dealing d ON d.relationship_id = r.id AND d.party_id = r.target_id GROUP BY r.id, r.valid_from",
    )
    fed = rows(
        whole.settings, "SELECT DISTINCT fed_through, unit_id, source_id, episode FROM core_relationship"
    )

    assert len(first_days) == 3_365
    assert [pair for pair in first_days if pair[0] != pair[1]] == []
    assert [tuple(map(str, row)) for row in fed] == [(LAST_DAY, str(whole.unit), str(whole.unit), "1")]


def test_every_relationship_has_one_open_interval_that_says_what_decided(whole: Any) -> None:
    intervals = rows(
        whole.settings,
        "SELECT i.state, r.status, i.mode, i.evidence, i.reason FROM workflows_stage_interval i "
        "JOIN core_relationship r ON r.id = i.relationship_id WHERE i.left_at IS NULL",
    )
    evidence = [json.loads(row[3]) if isinstance(row[3], str) else row[3] for row in intervals]

    assert len(intervals) == 3_365
    assert all(state == status and mode == "import" for state, status, mode, *_ in intervals)
    assert {fact["as_of"] for fact in evidence} == {LAST_DAY}
    assert {fact["thresholds"]["silence_days"] for fact in evidence} == {365}
    assert Counter(row[4] for row in intervals) == {"NOT_STATED": 1_821, None: 1_544}


def test_what_is_likely_is_proposed_with_its_evidence(whole: Any) -> None:
    proposals = rows(whole.settings, "SELECT reason, score, evidence, status FROM core_duplicate_proposal")

    evidence = [json.loads(row[2]) if isinstance(row[2], str) else row[2] for row in proposals]

    assert len(proposals) == 290
    assert all(0 <= score <= 100 and status == "OPEN" for _, score, _, status in proposals)
    assert all(fact["first_name"] and fact["second_name"] for fact in evidence)


def test_nothing_is_rejected_and_the_counts_add_up(whole: Any) -> None:
    outcome = whole.outcome

    with open(whole.rejects, encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["line", "column", "reason", "message", "row"]]
    assert outcome.rows == outcome.dealings + outcome.known + outcome.rejected == 28_145
    assert (outcome.parties, outcome.relationships, outcome.proposals) == (3_365, 3_365, 290)


def test_a_vendor_id_identifies_a_supplier_unless_it_is_a_collective_account(whole: Any) -> None:
    values = {
        row[0] for row in rows(whole.settings, "SELECT value FROM core_identifier WHERE scheme = 'INTERNAL'")
    }

    assert "15050001" not in values
    assert len(values) > 1_000
    assert value(whole.settings, "SELECT count(*) FROM core_identifier WHERE is_checked") == 0


def test_every_dealing_is_found_in_the_audit_entry_of_its_party(whole: Any) -> None:
    entries = rows(
        whole.settings,
        "SELECT object_type, object_id, changes, request_id FROM core_audit_event WHERE command = 'core.import.gla'",
    )
    told: dict[str, set[str]] = {}
    for kind, party, changes, _ in entries:
        for change in json.loads(changes) if isinstance(changes, str) else changes:
            if kind == "core.party" and change["type"] == "core.dealing":
                told.setdefault(party, set()).update(*(item["to"] for item in change["values"]))
    stored: dict[str, set[str]] = {}
    for party, row_id in rows(whole.settings, "SELECT party_id, source_row FROM core_dealing"):
        stored.setdefault(str(party), set()).add(row_id)

    assert told == stored
    assert Counter(kind for kind, *_ in entries) == {"core.party": 3_365, "core.import": 1}
    assert len({request for *_, request in entries}) == 1


def test_the_import_costs_at_most_ten_seconds_of_a_processor(whole: Any) -> None:
    assert whole.cpu_s < 10


async def test_a_supplier_is_read_with_its_stage_and_payments_in_one_question(whole: Any) -> None:
    xrm = await Installation.open(whole.settings)
    question = """query ($name: String!) { parties(where: {name: {eq: $name}}) { nodes {
      relationships { nodes { status stage substage validFrom } }
      dealings(first: 500) { nodes { kind amount { amount currency } } } } } }"""

    answer = await xrm.ask(question, {"name": "ERNST & YOUNG LLP"}, actor=xrm.actor("admin", unit=None))
    await xrm.close()

    (party,) = answer["parties"]["nodes"]
    assert [edge["status"] for edge in party["relationships"]["nodes"]] != []
    assert {dealing["amount"]["currency"] for dealing in party["dealings"]["nodes"]} == {"GBP"}


async def test_importing_the_file_again_changes_nothing(whole: Any) -> None:
    before = contents(whole.settings), value(whole.settings, "SELECT count(*) FROM core_audit_event")
    xrm = await Installation.open(whole.settings)

    outcome = await load_gla(xrm.app, GlaRequest(bundled_file(), whole.unit, whole.rejects))
    await xrm.close()

    assert (outcome.known, outcome.dealings, outcome.rejected) == (28_145, 0, 0)
    assert (
        contents(whole.settings),
        value(whole.settings, "SELECT count(*) FROM core_audit_event"),
    ) == before
