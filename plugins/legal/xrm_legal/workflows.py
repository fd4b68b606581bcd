"""How a contract lives: its states, its moves and what each of them waits for (rules.md C5)."""

from collections.abc import Callable, Sequence
from typing import Any

from xrm_core.errors import Refusal
from xrm_legal.rules import (
    Approval,
    activation_refusals,
    approval_refusals,
    clause_refusals,
    content_refusals,
    derogation_refusals,
    sending_refusals,
    signature_refusals,
)
from xrm_legal.rules.facts import ContractFacts, one_refusal
from xrm_workflows import Label, Move, Process, State, final, guard

# What the guards read: one ContractFacts for each contract, loaded for the whole batch (see repository).
FACTS = "legal.contract_facts"
_UNFINISHED = ("DRAFT", "IN_REVIEW", "NEGOTIATION", "PENDING_APPROVAL", "APPROVED", "OUT_FOR_SIGNATURE")

Answers = list[Refusal | None]


def _state(name: str, en: str, fr: str) -> State:
    return State(name, label=Label(en, fr))


def _move(event: str, sources: Sequence[str], target: str, en: str, fr: str, **more: Any) -> Move:
    permission = f"legal.contract.{event}"
    return Move(event, sources=sources, target=target, permission=permission, label=Label(en, fr), **more)


CONTRACT = Process(
    "legal.contract",
    states=[
        _state("DRAFT", "Draft", "Projet"),
        _state("IN_REVIEW", "In review", "En relecture"),
        _state("NEGOTIATION", "In negotiation", "En négociation"),
        _state("PENDING_APPROVAL", "Awaiting approval", "En attente d’approbation"),
        _state("APPROVED", "Approved", "Approuvé"),
        _state("OUT_FOR_SIGNATURE", "Out for signature", "En signature"),
        _state("SIGNED", "Signed", "Signé"),
        _state("ACTIVE", "In force", "En vigueur"),
        _state("SUSPENDED", "Suspended", "Suspendu"),
        _state("EXPIRED", "Expired", "Échu"),
        _state("TERMINATED", "Terminated", "Résilié"),
        final("ARCHIVED", Label("Archived", "Archivé")),
        final("REJECTED", Label("Rejected", "Refusé")),
        final("ABANDONED", Label("Abandoned", "Abandonné")),
        final("SUPERSEDED", Label("Superseded", "Remplacé")),
    ],
    moves=[
        _move(
            "submit", ["DRAFT"], "IN_REVIEW", "Submit for review", "Soumettre à relecture",
            guards=["legal.clauses_in_order"],
        ),
        _move(
            "submit", ["IN_REVIEW"], "PENDING_APPROVAL", "Submit for approval", "Soumettre à approbation",
            guards=["legal.text_complete", "legal.clauses_in_order"],
        ),
        _move("negotiate", ["IN_REVIEW"], "NEGOTIATION", "Send to the other party", "Envoyer à l’autre partie"),
        _move("review", ["NEGOTIATION"], "IN_REVIEW", "Take back for review", "Reprendre en relecture"),
        _move(
            "send_back", ["PENDING_APPROVAL", "APPROVED", "OUT_FOR_SIGNATURE"], "NEGOTIATION",
            "Back to negotiation", "Renvoyer en négociation", reason="required",
        ),
        _move(
            "approve", ["PENDING_APPROVAL"], "APPROVED", "Approve", "Approuver",
            guards=[
                "legal.text_complete", "legal.clauses_in_order", "legal.derogations_in_force",
                "legal.approvals_given",
            ],
        ),
        _move(
            "approve_again", ["APPROVED"], "PENDING_APPROVAL", "Ask for approval again",
            "Redemander l’approbation", reason="required",
        ),
        _move(
            "send", ["APPROVED"], "OUT_FOR_SIGNATURE", "Send for signature", "Envoyer en signature",
            guards=["legal.as_approved", "legal.derogations_in_force", "legal.may_be_signed"],
        ),
        _move(
            "sign", ["OUT_FOR_SIGNATURE"], "SIGNED", "Sign", "Signer",
            guards=["legal.as_approved", "legal.everyone_signed"],
        ),
        _move("activate", ["SIGNED"], "ACTIVE", "Put in force", "Mettre en vigueur", guards=["legal.in_effect"]),
        _move("suspend", ["ACTIVE"], "SUSPENDED", "Suspend", "Suspendre", reason="required"),
        _move("resume", ["SUSPENDED"], "ACTIVE", "Resume", "Reprendre"),
        _move(
            "expire", ["ACTIVE", "SUSPENDED"], "EXPIRED", "Note the end of the term", "Constater l’échéance",
            guards=["legal.term_over"],
        ),
        _move(
            "terminate", ["SIGNED", "ACTIVE", "SUSPENDED"], "TERMINATED", "Terminate", "Résilier",
            reason="required",
        ),
        _move("archive", ["EXPIRED", "TERMINATED"], "ARCHIVED", "Archive", "Archiver"),
        _move(
            "reject", ["IN_REVIEW", "NEGOTIATION", "PENDING_APPROVAL"], "REJECTED", "Reject", "Refuser",
            reason="required",
        ),
        _move("abandon", _UNFINISHED, "ABANDONED", "Abandon", "Abandonner", reason="required"),
        _move(
            "supersede", ["SIGNED", "ACTIVE", "SUSPENDED"], "SUPERSEDED", "Replace by its amendment",
            "Remplacer par l’avenant", guards=["legal.successor_signed"],
        ),
    ],
    title=Label("Contract", "Contrat"),
)  # fmt: skip


def _each(params: dict[str, Any], refusals: Callable[[ContractFacts], Sequence[Refusal]]) -> Answers:
    return [one_refusal(refusals(facts)) for facts in params[FACTS]]


@guard("legal.text_complete", reads=[FACTS])
def text_complete(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Every variable of the text has a value of its kind, and nothing is undefined (rules.md C4)."""
    return _each(params, lambda facts: facts.unfit)


@guard("legal.clauses_in_order", reads=[FACTS])
def clauses_in_order(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Mandatory clauses are there, prohibited and repeated ones are not (rules.md R-C-02)."""
    return _each(params, lambda facts: clause_refusals(facts.clauses, mandatory=facts.mandatory))


@guard("legal.derogations_in_force", reads=[FACTS])
def derogations_in_force(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Every derogatory clause has its approved, unexpired derogation (rules.md R-C-11)."""
    return _each(params, lambda facts: derogation_refusals(facts.clauses, facts.derogations, on=facts.on))


@guard("legal.approvals_given", reads=[FACTS])
def approvals_given(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Whoever must has approved this very content, the mover's own approval counted in (rules.md C6).

    Nobody approves their own request (R-0-09); who is not known may be the one who asked.
    """
    return _each(
        params,
        lambda facts: approval_refusals(
            facts.needed_approvals,
            [*facts.approvals, *_movers(facts, ctx.actor.user_id or facts.requested_by)],
            requested_by=facts.requested_by,
            content_hash=facts.content_hash or "",
        ),
    )


def _movers(facts: ContractFacts, mover: Any) -> list[Approval]:
    return [Approval(kind, mover, True, facts.content_hash or "") for kind in facts.needed_approvals]


@guard("legal.as_approved", reads=[FACTS])
def as_approved(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """The content is the approved one, to the byte (rules.md C5)."""
    return _each(
        params, lambda facts: facts.unfit or content_refusals(facts.approved_hash, facts.content_hash or "")
    )


@guard("legal.may_be_signed", reads=[FACTS])
def may_be_signed(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Both sides name who signs, ours with the power to, and no annex is missing (rules.md C5, R-C-43)."""
    return _each(
        params,
        lambda facts: sending_refusals(facts.signatories, facts.annexes, value=facts.value, on=facts.on),
    )


@guard("legal.everyone_signed", reads=[FACTS])
def everyone_signed(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Every signatory has signed this content at the level it needs (rules.md C5, C7)."""
    return _each(
        params,
        lambda facts: signature_refusals(
            facts.signatories, facts.signatures, content_hash=facts.content_hash or "", level=facts.level
        ),
    )


@guard("legal.in_effect", reads=[FACTS])
def in_effect(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Its effective day has come, and reaches back only if legal approved that (rules.md C5)."""
    return _each(
        params,
        lambda facts: activation_refusals(
            effective_on=facts.effective_on,
            signed_on=facts.signed_on,
            today=facts.on,
            is_retroactivity_approved=facts.is_retroactivity_approved,
        ),
    )


@guard("legal.term_over", reads=[FACTS])
def term_over(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """Its last term is over; one that renews tacitly has no last term."""
    return [
        None
        if facts.ends_on is not None and facts.ends_on < facts.on
        else Refusal("legal.term_runs", "Its term is not over.", "ends_on")
        for facts in params[FACTS]
    ]


@guard("legal.successor_signed", reads=[FACTS])
def successor_signed(ctx: Any, contracts: Sequence[Any], params: dict[str, Any]) -> Answers:
    """A signed amendment takes its place."""
    message = "No signed amendment takes its place."
    return [
        None if facts.successors else Refusal("legal.successor_missing", message) for facts in params[FACTS]
    ]
