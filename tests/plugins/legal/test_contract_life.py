"""A contract from draft to signature and beyond, and what each step waits for (rules.md C5 to C9)."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.plugins.legal.contracts import (
    TERMS,
    TODAY,
    VARIABLES,
    approved,
    clause_of,
    draft,
    library_clause,
    sent,
    signed,
    submitted,
)
from xrm_core.errors import DomainError
from xrm_core.plugins.testing import Installation
from xrm_legal.commands.deciding import (
    approve_contract,
    decide_clause_derogation,
    request_derogation,
)
from xrm_legal.commands.drafting import (
    add_clause,
    amend_contract,
    remove_clause,
    submit_contract,
    update_contract,
)
from xrm_legal.commands.life import activate_contract, terminate_contract
from xrm_legal.commands.signing import add_signatory, send_contract, sign_contract
from xrm_legal.models import Contract, ContractClause

pytestmark = pytest.mark.plugins("legal")

LIFE = """query ($id: ID!) { contract(id: $id) { state signedOn signatureLevel history { state actor { name } }
  approvals { nodes { kind contentSha256 } } contentSha256 } }"""
DISCOUNT = (
    "Invoices are payable {{ payment_days|number }} days after receipt, with a discount of one percent."
)


async def deviating(xrm: Installation) -> Contract:
    """A draft whose payment terms are not our standard."""
    contract = await draft(xrm)
    clause = await library_clause(xrm, "payment_terms")
    await xrm.run(add_clause, contract, role="legal", clause=clause, text=DISCOUNT)
    return contract


async def test_a_contract_goes_from_draft_to_signed(xrm: Installation) -> None:
    contract = await draft(xrm)

    await signed(xrm, contract)

    found = (await xrm.ask(LIFE, {"id": str(contract.id)}))["contract"]
    states = ["DRAFT", "IN_REVIEW", "PENDING_APPROVAL", "APPROVED", "OUT_FOR_SIGNATURE", "SIGNED"]
    assert [interval["state"] for interval in found["history"]] == states
    assert (found["state"], found["signedOn"]) == ("SIGNED", TODAY.isoformat())
    assert found["signatureLevel"] == "AES"
    assert found["approvals"]["nodes"] == [{"kind": "LEGAL", "contentSha256": found["contentSha256"]}]


async def test_who_asks_for_approval_does_not_approve(xrm: Installation) -> None:
    contract = await draft(xrm)
    await submitted(xrm, contract)

    refusals = await xrm.refused(approve_contract, contract, role="legal")

    assert refusals == ["legal.self_approval"]
    assert (await xrm.get(Contract, contract.id)).approved_sha256 is None


async def test_an_admin_who_asked_does_not_approve_either(xrm: Installation) -> None:
    contract = await draft(xrm)
    await xrm.run(submit_contract, contract, role="admin")
    await xrm.run(submit_contract, contract, role="admin")

    assert await xrm.refused(approve_contract, contract, role="admin") == ["legal.self_approval"]


async def test_a_contract_with_missing_variables_is_not_submitted_for_approval(xrm: Installation) -> None:
    incomplete = {name: value for name, value in VARIABLES.items() if name not in ("services", "court_city")}
    contract = await draft(xrm, variables=incomplete)
    await xrm.run(submit_contract, contract, role="legal")

    with pytest.raises(DomainError) as refused:
        await xrm.run(submit_contract, contract, role="legal")

    (problem,) = refused.value.problems
    assert problem.code == "legal.variable_missing"
    assert [one["field"] for one in problem.data["problems"]] == ["services", "court_city"]


async def test_a_contract_without_a_mandatory_clause_is_not_submitted(xrm: Installation) -> None:
    contract = await draft(xrm)
    await xrm.run(remove_clause, contract, role="legal", key="late_interest")

    assert await xrm.refused(submit_contract, contract, role="legal") == ["legal.clause_mandatory"]


async def test_a_change_after_approval_makes_the_approval_void(xrm: Installation) -> None:
    contract = await draft(xrm)
    await approved(xrm, contract)

    changed = await xrm.run(
        update_contract, contract, role="legal", amount={"amount": "99000", "currency": "EUR"}
    )

    assert (changed.state, changed.text_version) == ("PENDING_APPROVAL", 2)
    assert await xrm.refused(send_contract, contract, role="legal") == ["workflows.illegal_transition"]
    assert changed.content_sha256 != changed.approved_sha256


async def test_a_change_of_title_only_is_a_change_of_content(xrm: Installation) -> None:
    contract = await draft(xrm)
    await approved(xrm, contract)

    changed = await xrm.run(update_contract, contract, role="legal", title="Another title")

    assert changed.state == "PENDING_APPROVAL"


async def test_content_changed_behind_our_back_is_not_sent_nor_signed(xrm: Installation) -> None:
    contract = await draft(xrm)
    first, second = await sent(xrm, contract)
    await xrm.run(sign_contract, contract, role="legal", signatory=first.id)

    await tamper(xrm, contract)

    assert await xrm.refused(sign_contract, contract, role="legal", signatory=second.id) == [
        "legal.content_changed"
    ]


async def test_approved_content_changed_behind_our_back_is_not_sent(xrm: Installation) -> None:
    contract = await draft(xrm)
    await approved(xrm, contract)
    for side in ("US", "THEM"):
        await xrm.run(add_signatory, contract, role="legal", side=side, name=side, has_power=True)

    await tamper(xrm, contract)

    assert await xrm.refused(send_contract, contract, role="legal") == ["legal.content_changed"]


async def tamper(xrm: Installation, contract: Contract) -> None:
    """Somebody with the database changes one character."""
    clause = await clause_of(xrm, contract, "liability")
    async with xrm.app.work(command="test.tamper") as ctx:
        await ctx.session.execute(
            sa.update(ContractClause).where(ContractClause.id == clause.id).values(text=clause.text + ".")
        )


async def test_a_contract_goes_out_only_with_signatories_and_powers(xrm: Installation) -> None:
    contract = await draft(xrm)
    await approved(xrm, contract)

    nobody = await xrm.refused(send_contract, contract, role="legal")
    await xrm.run(add_signatory, contract, role="legal", side="THEM", name="Their director")
    limit = {"amount": "50000", "currency": "EUR"}
    await xrm.run(
        add_signatory, contract, role="legal", side="US", name="Buyer", has_power=True, power_limit=limit
    )
    too_little = await xrm.refused(send_contract, contract, role="legal")

    assert (nobody, too_little) == (["legal.signatory_missing"], ["legal.power_exceeded"])


async def test_a_contract_is_not_signed_while_a_signature_is_missing(xrm: Installation) -> None:
    contract = await draft(xrm)
    first, _ = await sent(xrm, contract)
    await xrm.run(sign_contract, contract, role="legal", signatory=first.id)

    move = "mutation ($input: TransitionInput!) { transition(input: $input) { to } }"
    given = {"objectId": str(contract.id), "event": "sign"}
    answer = await xrm.answer(move, {"input": given}, role="legal")

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "ILLEGAL_TRANSITION"
    assert [problem["code"] for problem in error["extensions"]["problems"]] == ["legal.signature_missing"]
    assert (await xrm.get(Contract, contract.id)).state == "OUT_FOR_SIGNATURE"


async def test_nobody_signs_twice_ahead_of_time_or_below_the_level(xrm: Installation) -> None:
    contract = await draft(xrm)
    first, second = await sent(xrm, contract)
    await xrm.run(sign_contract, contract, role="legal", signatory=first.id)

    twice = await xrm.refused(sign_contract, contract, role="legal", signatory=first.id)
    tomorrow = TODAY + dt.timedelta(days=2)
    wrong = {"signatory": second.id, "level": "SES", "signed_on": tomorrow}
    both = await xrm.refused(sign_contract, contract, role="legal", **wrong)

    assert twice == ["legal.already_signed"]
    assert both == ["legal.signed_ahead", "legal.signature_too_weak"]


async def test_a_derogatory_clause_needs_a_decision_before_approval(xrm: Installation) -> None:
    contract = await deviating(xrm)
    await submitted(xrm, contract)

    without = await xrm.refused(approve_contract, contract, role="admin")
    clause = await clause_of(xrm, contract, "payment_terms")
    derogation = await xrm.run(request_derogation, clause, role="legal", justification="They pay at once.")
    pending = await xrm.refused(approve_contract, contract, role="admin")
    await xrm.run(decide_clause_derogation, derogation, role="admin", decision="APPROVED")
    done = await xrm.run(approve_contract, contract, role="admin")

    assert (without, pending) == (["legal.derogation_missing"], ["legal.derogation_not_approved"])
    assert done.state == "APPROVED"


async def test_nobody_decides_on_their_own_derogation(xrm: Installation) -> None:
    contract = await deviating(xrm)
    clause = await clause_of(xrm, contract, "payment_terms")
    derogation = await xrm.run(request_derogation, clause, role="legal", justification="They pay at once.")

    own = await xrm.refused(decide_clause_derogation, derogation, role="legal", decision="APPROVED")
    await xrm.user("credit")
    decided = await xrm.run(decide_clause_derogation, derogation, role="credit", decision="APPROVED")

    assert own == ["legal.own_request"]
    assert decided.decision_number == f"DER-HQ-{TODAY.year}-0001"


async def test_a_derogation_covers_no_other_wording_than_it_was_given_for(xrm: Installation) -> None:
    contract = await deviating(xrm)
    clause = await clause_of(xrm, contract, "payment_terms")
    derogation = await xrm.run(request_derogation, clause, role="legal", justification="They pay at once.")
    await xrm.run(decide_clause_derogation, derogation, role="admin", decision="APPROVED")

    wording = DISCOUNT.replace("one percent", "two percent")
    library = await library_clause(xrm, "payment_terms")
    await xrm.run(add_clause, contract, role="legal", clause=library, text=wording)
    await submitted(xrm, contract)

    assert await xrm.refused(approve_contract, contract, role="admin") == ["legal.derogation_missing"]


async def test_a_rejected_derogation_sends_the_contract_back_to_negotiation(xrm: Installation) -> None:
    contract = await deviating(xrm)
    clause = await clause_of(xrm, contract, "payment_terms")
    derogation = await xrm.run(request_derogation, clause, role="legal", justification="They pay at once.")
    await submitted(xrm, contract)

    await xrm.run(decide_clause_derogation, derogation, role="admin", decision="REJECTED")

    assert (await xrm.get(Contract, contract.id)).state == "NEGOTIATION"


async def test_conditions_of_a_derogation_become_obligations(xrm: Installation) -> None:
    contract = await deviating(xrm)
    clause = await clause_of(xrm, contract, "payment_terms")
    derogation = await xrm.run(request_derogation, clause, role="legal", justification="They pay at once.")

    unsaid = {"decision": "APPROVED_WITH_CONDITIONS"}
    missing = await xrm.refused(decide_clause_derogation, derogation, role="admin", **unsaid)
    said = {**unsaid, "conditions": "A bank guarantee of 10,000 euros."}
    await xrm.run(decide_clause_derogation, derogation, role="admin", **said)

    asked = "query ($id: ID!) { contract(id: $id) { obligations { nodes { text status } } } }"
    found = await xrm.ask(asked, {"id": str(contract.id)})
    assert missing == ["legal.conditions_missing"]
    assert found["contract"]["obligations"]["nodes"] == [
        {"text": "A bank guarantee of 10,000 euros.", "status": "OPEN"}
    ]


async def test_a_contract_takes_effect_on_its_day_and_not_before(xrm: Installation) -> None:
    later = await draft(xrm, effective_on=TODAY + dt.timedelta(days=30))
    await signed(xrm, later)

    assert await xrm.refused(activate_contract, later, role="legal") == ["legal.not_effective_yet"]


async def test_a_contract_reaches_back_only_if_its_approval_says_so(xrm: Installation) -> None:
    before = TODAY - dt.timedelta(days=30)
    refused, allowed = await draft(xrm, effective_on=before), await draft(xrm, effective_on=before)
    await signed(xrm, refused)
    await signed(xrm, allowed, allow_retroactive=True)

    codes = await xrm.refused(activate_contract, refused, role="legal")
    active = await xrm.run(activate_contract, allowed, role="legal")

    assert codes == ["legal.retroactive"]
    assert active.state == "ACTIVE"


async def test_an_amendment_in_force_replaces_what_it_amends(xrm: Installation) -> None:
    contract = await draft(xrm)
    await signed(xrm, contract)

    child = await xrm.run(amend_contract, contract, role="legal", variables={"payment_days": "30"})
    await signed(xrm, child)
    await xrm.run(activate_contract, child, role="legal")

    assert child.number == f"{contract.number}-A1"
    assert child.changes == [{"kind": "variable", "key": "payment_days", "old": "45", "new": "30"}]
    assert (await xrm.get(Contract, contract.id)).state == "SUPERSEDED"


async def test_only_a_contract_that_binds_is_amended(xrm: Installation) -> None:
    contract = await draft(xrm)

    assert await xrm.refused(amend_contract, contract, role="legal") == ["legal.wrong_state"]


async def test_at_convenience_a_contract_ends_only_with_its_notice(xrm: Installation) -> None:
    contract = await draft(xrm)
    await signed(xrm, contract)
    given = {"on": TODAY, "reason": "We no longer need it."}

    too_soon = await xrm.refused(terminate_contract, contract, role="legal", **given)
    ended = await xrm.run(terminate_contract, contract, role="legal", **{**given, "kind": "MUTUAL"})

    assert too_soon == ["legal.notice_too_short"]
    assert (ended.state, ended.terminated_on, ended.termination_kind) == ("TERMINATED", TODAY, "MUTUAL")


async def test_the_content_of_a_signed_contract_cannot_change(xrm: Installation) -> None:
    contract = await draft(xrm)
    await signed(xrm, contract)

    assert await xrm.refused(update_contract, contract, role="legal", title="Another") == [
        "legal.content_fixed"
    ]


async def test_the_moves_open_to_a_user_say_why_others_are_not(xrm: Installation) -> None:
    contract = await draft(xrm)
    await submitted(xrm, contract)
    asked = (
        "query ($id: ID!) { contract(id: $id) { availableTransitions { event allowed refusals { code } } } }"
    )

    async def approval(role: str) -> dict[str, object]:
        found = await xrm.ask(asked, {"id": str(contract.id)}, role=role)
        moves = {one["event"]: one for one in found["contract"]["availableTransitions"]}
        return {"allowed": moves["approve"]["allowed"], "codes": moves["approve"]["refusals"]}

    assert await approval("legal") == {"allowed": False, "codes": [{"code": "legal.self_approval"}]}
    assert await approval("admin") == {"allowed": True, "codes": []}


async def test_terms_that_contradict_each_other_are_refused(xrm: Installation) -> None:
    contract = await draft(xrm)
    start = TERMS["effective_on"]

    wrong = {"term_months": 12, "ends_on": start + dt.timedelta(days=10)}
    backwards = {"ends_on": start - dt.timedelta(days=1)}

    assert await xrm.refused(update_contract, contract, role="legal", **wrong) == ["legal.term_contradicts"]
    assert await xrm.refused(update_contract, contract, role="legal", **backwards) == [
        "legal.term_contradicts"
    ]
