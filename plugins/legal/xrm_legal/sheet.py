"""A contract with everything that belongs to it: its sealed content, and the facts its rules judge."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from xrm_core.documents import Plain, content_sha256
from xrm_core.errors import DomainError, Refusal
from xrm_core.money import Money
from xrm_legal.models import (
    ClauseDerogation,
    Contract,
    ContractApproval,
    ContractClause,
    ContractTemplate,
    Signatory,
)
from xrm_legal.rules import (
    Annex,
    Approval,
    Binding,
    ClausePosition,
    ClauseText,
    ClauseUse,
    ContractContent,
    Derogation,
    Renewal,
    Side,
    Signature,
    SignatureLevel,
    Variable,
    bind_variables,
    content_hash,
    required_level,
)
from xrm_legal.rules import Signatory as SignatoryFacts
from xrm_legal.rules.declarations import merged, read_declarations
from xrm_legal.rules.facts import ContractFacts
from xrm_legal.shipped import signature_matrix

# Who must approve; a matrix by deviation and value comes with approvals as workflow steps (rules.md C6).
NEEDED_APPROVALS = ("LEGAL",)
_ANNEX = {"fr": "Conditions dérogatoires", "en": "Derogatory conditions"}
_APPROVED = ("APPROVED", "APPROVED_WITH_CONDITIONS")


@dataclass(frozen=True)
class ContractSheet:
    """One contract as it is stored, put together."""

    contract: Contract
    template: ContractTemplate
    clauses: Sequence[ContractClause]
    derogations: Sequence[ClauseDerogation]
    signatories: Sequence[Signatory]
    approvals: Sequence[ContractApproval]
    mandatory: frozenset[str]
    successors: int

    @cached_property
    def declared(self) -> list[Variable]:
        """The variables of the template and of the clauses. Raises: DeclarationInvalid."""
        own = read_declarations(self.template.variables)
        return merged(own, *(read_declarations(clause.variables) for clause in self.clauses))

    def bound(self, used: frozenset[str] | None = None) -> Binding:
        """The variables with their values, and all that is wrong with them.

        `used` are the names that the texts really use; not said, they use what they declare, which was checked
        when they were written.
        """
        names = {variable.name for variable in self.declared} if used is None else used
        return bind_variables(self.declared, self.contract.variables, used=names)

    @cached_property
    def covering(self) -> list[ClauseDerogation]:
        """The approved derogations that are about the texts as they stand, in the clauses' order."""
        ranks = {clause.id: clause.rank for clause in self.clauses}
        found = [one for one in self._on_this_text() if one.decision in _APPROVED]
        return sorted(found, key=lambda one: (ranks[one.contract_clause], one.decision_number or ""))

    def annexes(self) -> tuple[Annex, ...]:
        """What follows the text: the derogatory conditions, where there are any (rules.md R-C-11)."""
        if not self.covering:
            return ()
        rows: list[Plain] = [derogation_row(one) for one in self.covering]
        return (Annex(_ANNEX[self.contract.language], content_sha256(rows)),)

    def content(self, values: Mapping[str, Any]) -> ContractContent:
        """The canonical content with these values of the variables (rules.md R-C-42)."""
        return ContractContent(
            language=self.contract.language,
            template_key=self.template.key,
            template_version=self.template.version_no,
            body=self.template.body,
            variables={**values, **self.given()},
            clauses=tuple(_clause_text(clause, self.contract.language) for clause in self.clauses),
            annexes=self.annexes(),
        )

    def given(self) -> dict[str, Any]:
        """What every text may name: `us`, `them` and `contract`; of an amendment, its changes too."""
        contract = self.contract
        facts: dict[str, Any] = {
            "number": contract.number,
            "title": contract.title,
            "type": contract.type,
            "amount": contract.amount,
            "effective_on": contract.effective_on,
            "ends_on": contract.ends_on,
            "term_months": contract.term_months,
            "renewal": contract.renewal,
            "renewal_months": contract.renewal_months,
            "notice_months": contract.notice_months,
            "notice_from": contract.notice_from,
            "notice_basis": contract.notice_basis,
        }
        amending = {"changes": contract.changes} if contract.amends else {}
        parties = {side: contract.parties.get(side, {}) for side in ("us", "them")}
        return {**parties, "contract": facts, **amending}

    def seal(self) -> tuple[str | None, tuple[Refusal, ...]]:
        """The hash of the content, or why there is none yet."""
        try:
            binding = self.bound()
            if binding.refusals:
                return None, binding.refusals
            return content_hash(self.content(binding.values)), ()
        except DomainError as wrong:
            return None, tuple(wrong.problems)

    def facts(self, today: dt.date) -> ContractFacts:
        """What the rules of the contract's life judge."""
        contract = self.contract
        sealed, unfit = self.seal()
        requester = contract.requested_by or "nobody known"
        return ContractFacts(
            on=today,
            content_hash=sealed,
            approved_hash=contract.approved_sha256,
            unfit=unfit,
            clauses=tuple(ClauseUse(one.key, ClausePosition(one.position)) for one in self.clauses),
            mandatory=self.mandatory,
            derogations=tuple(map(derogation_facts, self._on_this_text())),
            annexes=self.annexes(),
            approvals=tuple(
                # Whoever approves without being known may be the one who asked.
                Approval(one.kind, one.approver or requester, one.is_approved, one.content_sha256)
                for one in self.approvals
            ),
            needed_approvals=NEEDED_APPROVALS,
            requested_by=requester,
            signatories=tuple(map(signatory_facts, self.signatories)),
            signatures=tuple(filter(None, map(signature_facts, self.signatories))),
            level=self.level(),
            value=contract.amount,
            effective_on=contract.effective_on,
            signed_on=contract.signed_on,
            is_retroactivity_approved=contract.is_retroactivity_approved,
            ends_on=None if contract.renewal == Renewal.TACIT else contract.ends_on,
            successors=self.successors,
        )

    def level(self) -> SignatureLevel:
        """The signature level the contract needs (rules.md C7)."""
        if self.contract.signature_level:
            return SignatureLevel(self.contract.signature_level)
        return required_level(signature_matrix(), self.contract.type, self.contract.amount)

    def _on_this_text(self) -> list[ClauseDerogation]:
        # A decision covers the text it was made on, and no other.
        texts = {clause.id: text_sha256(clause.text) for clause in self.clauses}
        return [one for one in self.derogations if texts.get(one.contract_clause) == one.text_sha256]


def text_sha256(text: str) -> str:
    """The fingerprint of one clause's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _clause_text(clause: ContractClause, language: str) -> ClauseText:
    # The heading is agreed on too.
    text = f"{clause.title}\n\n{clause.text}"
    return ClauseText(clause.key, language, clause.clause_version, clause.position, text)


def derogation_row(derogation: ClauseDerogation) -> dict[str, Plain]:
    """A decision as the annex lists it."""
    return {
        "clause_key": derogation.clause_key,
        "decision_number": derogation.decision_number,
        "decided_on": derogation.decided_on,
        "expires_on": derogation.expires_on,
        "conditions": derogation.conditions,
    }


def derogation_facts(derogation: ClauseDerogation) -> Derogation:
    """A derogation as the rules take one."""
    state = derogation.decision or "PENDING"
    return Derogation(
        derogation.id, derogation.clause_key, state, derogation.expires_on, derogation.decision_number
    )


def signatory_facts(signatory: Signatory) -> SignatoryFacts:
    """A signatory as the rules of signing take one."""
    return SignatoryFacts(
        signatory.id,
        signatory.name,
        Side(signatory.side),
        has_power=signatory.has_power,
        power_limit=signatory.power_limit,
        power_from=signatory.power_from,
        power_to=signatory.power_to,
    )


def signature_facts(signatory: Signatory) -> Signature | None:
    """The signature a signatory gave; None if they have not."""
    if signatory.signed_on is None or signatory.signed_sha256 is None or signatory.signature_level is None:
        return None
    level = SignatureLevel(signatory.signature_level)
    return Signature(signatory.id, level, signatory.signed_sha256, signatory.signed_on)


def plain(value: Any) -> Plain:
    """A bound value as documents take it: an amount of money is a dict of amount and currency."""
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    if value is None or isinstance(value, bool | int | Decimal | dt.date):
        return value
    return str(value)
