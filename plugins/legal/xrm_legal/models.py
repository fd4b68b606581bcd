"""What legal work is about: the clause library, contract templates, contracts and all that hangs on them."""

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import TODAY, Id, Money, Resource, computed, field, lifecycle, link, linked
from xrm_core.declare.resource import utc_now
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User

# The states in which a contract binds the parties.
BINDING = ("SIGNED", "ACTIVE", "SUSPENDED")
NOTICE, END = "NOTICE", "END"


class Clause(Resource, crud=set()):
    """A clause of the library in one language and version; a change is a new version (rules.md C3)."""

    __resource__ = "legal.clause"
    __constraints__: ClassVar = (
        sa.UniqueConstraint("tenant_id", "key", "position", "language", "version_no"),
        sa.Index(None, "tenant_id", "language", "category"),
    )

    key: Mapped[str] = field(code=True, description="What the clause is, in every language: late_interest.")
    language: Mapped[str] = field(code=True, description="fr or en.")
    version_no: Mapped[int] = field(description="1 at first; contracts name the version they use.")
    position: Mapped[str] = field(
        code=True, default="STANDARD", description="STANDARD, FALLBACK_1, FALLBACK_2, DEROGATORY, PROHIBITED."
    )
    category: Mapped[str] = field(code=True, description="PAYMENT, TERM, LIABILITY …")
    title: Mapped[str] = field(search=True, description="The heading of the article.")
    text: Mapped[str] = field(hideable=True, description="Plain text; {{ names }} stand for variables.")
    variables: Mapped[list[Any]] = field(default=list, description="The variables its text uses, typed.")
    is_mandatory: Mapped[bool] = field(default=False, description="No contract of its types goes without it.")
    applicable_types: Mapped[list[Any]] = field(default=list, description="Types of contract; none: every.")
    risk: Mapped[int] = field(default=0, description="0 to 5.")
    is_current: Mapped[bool] = field(
        default=True, read_only=True, description="No later version replaces it."
    )


class ContractTemplate(Resource, crud=set()):
    """What a type of contract is made from: a preamble, typed variables, clauses in order (rules.md C4)."""

    __resource__ = "legal.contract_template"
    __constraints__: ClassVar = (sa.UniqueConstraint("tenant_id", "key", "language", "version_no"),)

    key: Mapped[str] = field(code=True, description="What the template is for: services_framework.")
    language: Mapped[str] = field(code=True, description="fr or en.")
    version_no: Mapped[int] = field(description="1 at first.")
    contract_type: Mapped[str] = field(code=True, index=True, description="FRAMEWORK, SUPPLY, NDA …")
    title: Mapped[str] = field(search=True)
    body: Mapped[str] = field(hideable=True, description="The preamble: plain text with {{ names }}.")
    variables: Mapped[list[Any]] = field(default=list, description="The variables of the preamble, typed.")
    clause_keys: Mapped[list[Any]] = field(default=list, description="The clauses, in order, by key.")
    is_current: Mapped[bool] = field(
        default=True, read_only=True, description="No later version replaces it."
    )


class Contract(Resource, crud=set()):
    """An agreement between our unit and a party, from its first draft to the archive (rules.md C5)."""

    __resource__ = "legal.contract"
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "unit_id", "state"),)

    number: Mapped[str] = field(
        code=True, unique=True, read_only=True, description="Unit, year and a number without gaps."
    )
    title: Mapped[str] = field(search=True)
    type: Mapped[str] = field(code=True, description="FRAMEWORK, SUPPLY, NDA …")
    language: Mapped[str] = field(code=True, description="fr or en.")
    party: Mapped[Id[Party]] = link(inverse="legal.contracts")
    relationship: Mapped[Id[Relationship] | None] = link(inverse="legal.contracts", default=None)
    unit: Mapped[Id[Party] | None] = link(default=None, index=False, description="Our side.")
    template: Mapped[Id[ContractTemplate]] = link(index=False, description="In the version it was made from.")
    amends: Mapped["Id[Contract] | None"] = link(
        inverse="amendments", default=None, description="The contract that this one changes (rules.md C9)."
    )
    amount: Mapped[Money | None] = field(default=None, description="The value over the initial term.")
    effective_on: Mapped[dt.date | None] = field(default=None, index=True)
    ends_on: Mapped[dt.date | None] = field(default=None, description="The last day of the initial term.")
    term_months: Mapped[int | None] = field(
        default=None, description="The initial term; null with no end: none."
    )
    renewal: Mapped[str] = field(code=True, default="NONE", description="NONE, EXPRESS or TACIT.")
    renewal_months: Mapped[int | None] = field(
        default=None, description="What a tacit renewal adds; null: it is indefinite (Code civil 1215)."
    )
    notice_months: Mapped[int | None] = field(
        default=None, hideable=True, description="Notice to be given before the end or an anniversary."
    )
    notice_from: Mapped[str] = field(code=True, default="END", description="END or ANNIVERSARY.")
    notice_basis: Mapped[str] = field(
        code=True, default="RECEIPT", description="RECEIPT or DISPATCH: what must happen by the last day."
    )
    variables: Mapped[dict[str, Any]] = field(default=dict, hideable=True, description="As they were given.")
    parties: Mapped[dict[str, Any]] = field(
        default=dict, hideable=True, description="Who agrees, as they were called when it was drawn up."
    )
    changes: Mapped[list[Any]] = field(
        default=list, hideable=True, description="What an amendment changes: kind, key, old, new."
    )
    text_version: Mapped[int] = field(
        default=1, read_only=True, description="+1 with each change after drafting."
    )
    dated_on: Mapped[dt.date] = field(read_only=True, description="The day its text was last changed.")
    content_sha256: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="Of the canonical content (rules.md R-C-42)."
    )
    approved_sha256: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="Of the content that was approved."
    )
    requested_by: Mapped[Id[User] | None] = link(
        default=None, index=False, read_only=True, description="Who asked for approval."
    )
    signature_level: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="The level it needs: SES, AES or QES."
    )
    is_retroactivity_approved: Mapped[bool] = field(
        default=False, read_only=True, description="It may take effect before its signature."
    )
    signed_on: Mapped[dt.date | None] = field(
        default=None, read_only=True, description="Of the last signature."
    )
    terminated_on: Mapped[dt.date | None] = field(
        default=None, read_only=True, description="The last day, where it was ended before its term."
    )
    termination_kind: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="CONVENIENCE, BREACH, MUTUAL or FORCE_MAJEURE."
    )
    state: Mapped[str] = lifecycle("legal.contract")

    notice_on = computed(
        dt.date,
        lambda c: linked(c, Deadline, "contract", _first, where=lambda d: _ahead(d, NOTICE)),
        hideable=True,
        description="The next last day to give notice, today included.",
    )
    runs_until = computed(
        dt.date,
        lambda c: linked(c, Deadline, "contract", _first, where=lambda d: _ahead(d, END)),
        hideable=True,
        description="The last day of the term that runs; null: indefinite, or over.",
    )


class ContractClause(Resource, crud=set()):
    """A clause as one contract has it: the text is the contract's own, whatever becomes of the library."""

    __resource__ = "legal.contract_clause"
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "contract_id", "rank"),)

    contract: Mapped[Id[Contract]] = link(inverse="clauses", index=False, on_delete="cascade")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    clause: Mapped[Id[Clause]] = link(inverse="uses", description="The version of the library it came from.")
    clause_version: Mapped[int] = field(description="That version's number.")
    rank: Mapped[int] = field(description="Its place, from 1.")
    key: Mapped[str] = field(code=True, index=True)
    title: Mapped[str] = field(search=True)
    position: Mapped[str] = field(code=True, description="How far it stands from our standard.")
    is_deviation: Mapped[bool] = field(default=False, description="It is not our standard text.")
    text: Mapped[str] = field(hideable=True)
    variables: Mapped[list[Any]] = field(default=list, description="The variables its text uses, typed.")


class Deadline(Resource, crud=set()):
    """A day of a contract's time: the last day to give notice, or the last day of a term (rules.md C8)."""

    __resource__ = "legal.deadline"
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "contract_id", "kind", "falls_on"),)

    contract: Mapped[Id[Contract]] = link(inverse="deadlines", index=False, on_delete="cascade")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    kind: Mapped[str] = field(code=True, description="NOTICE or END.")
    falls_on: Mapped[dt.date] = field(index=True)


class Obligation(Resource, crud=set()):
    """Something that a contract obliges one side to do (rules.md C9)."""

    __resource__ = "legal.obligation"

    contract: Mapped[Id[Contract]] = link(inverse="obligations", on_delete="cascade")
    party: Mapped[Id[Party]] = link(inverse="legal.obligations", description="The party of the contract.")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    side: Mapped[str] = field(code=True, description="US or THEM: who owes it.")
    text: Mapped[str] = field(search=True)
    due_on: Mapped[dt.date | None] = field(default=None, index=True)
    status: Mapped[str] = field(code=True, default="OPEN", description="OPEN or DONE.")
    done_on: Mapped[dt.date | None] = field(default=None)
    is_late = computed(
        bool,
        lambda o: sa.and_(o.status == "OPEN", sa.func.coalesce(o.due_on < TODAY, sa.false())),
        description="It is open and its day has passed.",
    )


class Signatory(Resource, crud=set()):
    """Somebody who is to sign a contract, with the power to do so, and the signature once given (C7)."""

    __resource__ = "legal.signatory"

    contract: Mapped[Id[Contract]] = link(inverse="signatories", on_delete="cascade")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    side: Mapped[str] = field(code=True, description="US or THEM.")
    name: Mapped[str] = field(search="contract", purpose="signature")
    role: Mapped[str] = field(default="", description="The office in which they sign.")
    user: Mapped[Id[User] | None] = link(default=None, index=False, description="Of ours: who that is here.")
    has_power: Mapped[bool] = field(default=False, description="A power to sign is on record.")
    power_limit: Mapped[Money | None] = field(default=None, description="The highest value; null: no limit.")
    power_from: Mapped[dt.date | None] = field(default=None)
    power_to: Mapped[dt.date | None] = field(default=None)
    signed_at: Mapped[dt.datetime | None] = field(default=None)
    signed_on: Mapped[dt.date | None] = field(default=None, description="The day the signature bears.")
    signature_level: Mapped[str | None] = field(default=None, code=True, description="SES, AES or QES.")
    signed_sha256: Mapped[str | None] = field(default=None, code=True, description="Of the content signed.")


class ContractApproval(Resource, crud=set()):
    """One person's decision on the content of a contract as it then was; never changed (rules.md C6)."""

    __resource__ = "legal.approval"

    contract: Mapped[Id[Contract]] = link(inverse="approvals", on_delete="cascade")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    kind: Mapped[str] = field(code=True, description="As whom: LEGAL.")
    approver: Mapped[Id[User] | None] = link(default=None, index=False)
    is_approved: Mapped[bool] = field()
    content_sha256: Mapped[str] = field(code=True, description="Of the content decided on.")
    decided_at: Mapped[dt.datetime] = field(default=utc_now)
    comment: Mapped[str | None] = field(default=None)


class ClauseDerogation(Resource, crud=set()):
    """A request to depart from our standard in one clause, and the decision on it (rules.md R-C-11)."""

    __resource__ = "legal.derogation"

    contract: Mapped[Id[Contract]] = link(inverse="derogations", on_delete="cascade")
    contract_clause: Mapped[Id[ContractClause]] = link(inverse="derogations", on_delete="cascade")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    clause_key: Mapped[str] = field(code=True)
    text_sha256: Mapped[str] = field(code=True, description="Of the text it is about; it covers no other.")
    justification: Mapped[str] = field()
    requested_by: Mapped[Id[User] | None] = link(default=None, index=False)
    requested_on: Mapped[dt.date] = field()
    decision: Mapped[str | None] = field(
        default=None, code=True, description="APPROVED, APPROVED_WITH_CONDITIONS or REJECTED; null: pending."
    )
    decision_number: Mapped[str | None] = field(default=None, code=True, unique=True)
    decided_by: Mapped[Id[User] | None] = link(default=None, index=False)
    decided_on: Mapped[dt.date | None] = field(default=None)
    conditions: Mapped[str | None] = field(default=None)
    expires_on: Mapped[dt.date | None] = field(default=None, description="Its last day; null: no end.")


def _first(deadline: Any) -> Any:
    return sa.func.min(deadline.falls_on)


def _ahead(deadline: Any, kind: str) -> Any:
    return sa.and_(deadline.kind == kind, deadline.falls_on >= TODAY)
