"""Drawing contracts up: numbers without gaps, terms and their deadlines, the library behind them."""

import datetime as dt
from typing import Any

import pytest

from tests.plugins.legal.contracts import TODAY, VARIABLES, clause_of, draft, signed, template_id
from xrm_core.errors import DomainError
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_legal.commands.drafting import create_contract, update_contract
from xrm_legal.commands.library import create_clause, create_contract_template
from xrm_legal.commands.life import add_obligation, complete_obligation, rebuild_deadlines
from xrm_legal.models import Contract
from xrm_legal.rules import declaration_refusals
from xrm_legal.rules.declarations import GIVEN_NAMES, read_declarations
from xrm_legal.seeding import write_library
from xrm_legal.shipped import shipped_clauses, shipped_templates
from xrm_legal.writing import names_in

pytestmark = pytest.mark.plugins("legal")

DEADLINES = """query ($id: ID!) { contract(id: $id) { noticeOn runsUntil deadlines(orderBy: [{fallsOn: ASC}]) {
  nodes { kind fallsOn } } } }"""


async def test_contracts_are_numbered_without_gaps_even_after_a_refusal(xrm: Installation) -> None:
    first = await draft(xrm)
    with pytest.raises(DomainError):
        await draft(xrm, variables={**VARIABLES, "payment_days": "90"})
    second = await draft(xrm)

    numbers = [first.number, second.number]

    assert numbers == [f"HQ-{TODAY.year}-00001", f"HQ-{TODAY.year}-00002"]


async def test_every_wrong_variable_is_refused_at_once_and_missing_ones_may_wait(xrm: Installation) -> None:
    wrong = {"payment_days": "soon", "currency": "euro", "nobody": "1"}

    with pytest.raises(DomainError) as refused:
        await draft(xrm, variables=wrong)

    found = {(problem.code, problem.field) for problem in refused.value.problems}
    assert found == {
        ("legal.variable_unknown", "nobody"),
        ("legal.variable_invalid", "payment_days"),
        ("legal.variable_invalid", "currency"),
    }


async def test_an_incomplete_draft_has_no_hash_yet(xrm: Installation) -> None:
    contract = await draft(xrm, variables={})

    complete = await xrm.run(update_contract, contract, role="legal", variables=VARIABLES)

    assert contract.content_sha256 is None
    assert len(complete.content_sha256) == 64


async def test_unknown_parties_and_templates_are_refused_by_their_field(xrm: Installation) -> None:
    template = await template_id(xrm)
    nobody = "01a20c90-b87b-7533-9b08-de2e93946098"

    with pytest.raises(DomainError) as refused:
        await xrm.run(create_contract, role="legal", party=nobody, template=template)

    assert [problem.field for problem in refused.value.problems] == ["party"]


async def test_a_unit_makes_no_contract_with_itself(xrm: Installation) -> None:
    codes = await xrm.refused(create_contract, role="legal", party=xrm.unit, template=await template_id(xrm))

    assert codes == ["legal.own_unit"]


async def test_a_contract_keeps_the_name_its_party_had(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Pump Works Ltd")
    contract = await draft(xrm, party=party)
    async with xrm.app.work(command="test.rename") as ctx:
        (await ctx.get(Party, party.id)).name = "Pump Works International Ltd"

    again = await xrm.run(update_contract, contract, role="legal", variables={})

    assert again.parties["them"]["name"] == "Pump Works Ltd"
    assert again.content_sha256 == contract.content_sha256


async def test_notice_and_end_are_known_for_each_term_ahead(xrm: Installation) -> None:
    start = dt.date(TODAY.year + 1, 1, 1)

    contract = await draft(xrm, effective_on=start, notice_months=2)

    found = (await xrm.ask(DEADLINES, {"id": str(contract.id)}))["contract"]
    notice, end = f"{start.year}-10-31", f"{start.year}-12-31"
    assert found["deadlines"]["nodes"][:2] == [
        {"kind": "NOTICE", "fallsOn": notice},
        {"kind": "END", "fallsOn": end},
    ]
    assert (found["noticeOn"], found["runsUntil"]) == (notice, end)
    assert {"kind": "NOTICE", "fallsOn": f"{start.year + 1}-10-31"} in found["deadlines"]["nodes"]


async def test_a_contract_that_renewed_itself_has_its_next_notice_ahead(xrm: Installation) -> None:
    start = dt.date(TODAY.year - 4, 1, 1)

    contract = await draft(xrm, effective_on=start, notice_months=3)

    found = (await xrm.ask(DEADLINES, {"id": str(contract.id)}))["contract"]
    this_year = dt.date(TODAY.year, 9, 30)
    expected = this_year if this_year >= TODAY else this_year.replace(year=TODAY.year + 1)
    assert found["noticeOn"] == expected.isoformat()


async def test_rebuilding_the_deadlines_changes_nothing(xrm: Installation) -> None:
    contract = await signed_contract(xrm)
    before = await xrm.ask(DEADLINES, {"id": str(contract.id)})

    rebuilt = await xrm.run(rebuild_deadlines, role="legal")

    assert rebuilt.contracts == 1
    assert await xrm.ask(DEADLINES, {"id": str(contract.id)}) == before


async def signed_contract(xrm: Installation) -> Contract:
    """A contract that binds."""
    return await signed(xrm, await draft(xrm))


async def test_obligations_are_seen_from_the_party_and_done_once(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Pump Works Ltd")
    contract = await draft(xrm, party=party)
    yesterday = TODAY - dt.timedelta(days=2)

    owed = await xrm.run(
        add_obligation, contract, role="legal", side="THEM", text="Send the report.", due_on=yesterday
    )
    asked = "query ($id: ID!) { party(id: $id) { legal { obligations { nodes { text isLate } } } } }"
    late = await xrm.ask(asked, {"id": str(party.id)}, role="legal")
    done = await xrm.run(complete_obligation, owed, role="legal")

    assert late["party"]["legal"]["obligations"]["nodes"] == [{"text": "Send the report.", "isLate": True}]
    assert done.status == "DONE"


async def test_a_change_of_a_clause_is_a_new_version_and_contracts_keep_theirs(xrm: Installation) -> None:
    contract = await draft(xrm)

    new = await xrm.run(
        create_clause,
        role="legal",
        key="evidence",
        language="en",
        category="LAW",
        title="Evidence",
        text="What is signed counts.",
    )

    kept = await clause_of(xrm, contract, "evidence")
    later = await clause_of(xrm, await draft(xrm), "evidence")
    assert (new.version_no, new.is_current) == (2, True)
    assert (kept.clause_version, later.clause_version) == (1, 2)
    assert later.text == "What is signed counts."


async def test_a_template_must_declare_what_it_uses_and_use_what_it_declares(xrm: Installation) -> None:
    given: dict[str, Any] = {
        "key": "nda",
        "language": "en",
        "contract_type": "NDA",
        "title": "Agreement on secrets",
        "body": "{{ us.name }} and {{ them.name }} speak about {{ subject }}.",
        "variables": [{"name": "topic", "kind": "text"}],
    }

    with pytest.raises(DomainError) as refused:
        await xrm.run(create_contract_template, role="legal", **given)

    found = [(problem.code, problem.field) for problem in refused.value.problems]
    assert found == [("legal.variable_undeclared", "subject"), ("legal.variable_unused", "topic")]


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        ({"name": "us", "kind": "text"}, "every text has that already"),
        ({"name": "Topic", "kind": "text"}, "a name in small letters"),
        ({"name": "topic", "kind": "colour"}, "needs a kind"),
        ({"name": "topic", "kind": "text", "colour": "red"}, "unknown parts"),
        ({"name": "topic", "kind": "enum", "choices": "a"}, "a list of texts"),
        ({"name": "topic", "kind": "text", "label": "Topic"}, "a label by language"),
        ("topic", "is not an object"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_refused(declaration: object, said: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_declarations([declaration])

    assert [problem.code for problem in refused.value.problems] == ["legal.declaration_invalid"]
    assert said in refused.value.message


async def test_the_library_is_shipped_once_and_local_versions_stay(xrm: Installation) -> None:
    count = "{ clauses { totalCount } contractTemplates { totalCount } }"
    before = await xrm.ask(count)

    async with xrm.app.work(command="test.seed") as ctx:
        await write_library(ctx)

    assert await xrm.ask(count) == before
    assert before["clauses"]["totalCount"] == len(shipped_clauses())


async def test_every_shipped_text_declares_what_it_uses() -> None:
    for row in (*shipped_clauses(), *shipped_templates()):
        used = await names_in(row.get("text") or row["body"]) - GIVEN_NAMES
        declared = read_declarations(row.get("variables", []))

        assert declaration_refusals(declared, used=used) == [], (row["key"], row["language"])


def test_the_library_speaks_both_languages_of_the_same_things() -> None:
    for rows in (shipped_clauses(), shipped_templates()):
        french = {row["key"]: row for row in rows if row["language"] == "fr"}
        english = {row["key"]: row for row in rows if row["language"] == "en"}

        assert french.keys() == english.keys()
        for key, row in french.items():
            same = ("category", "contract_type", "is_mandatory", "clause_keys", "variables", "risk")
            assert [row.get(name) for name in same] == [english[key].get(name) for name in same], key
