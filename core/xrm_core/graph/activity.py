"""What happens in relationships: dealings done, interactions had, tasks to do."""

import datetime as dt
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare.resource import Resource, utc_now
from xrm_core.declare.specs import field, link
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User
from xrm_core.ids import Id
from xrm_core.money import Money


class DealingKind(StrEnum):
    """What kind of fact a dealing is."""

    ORDER = "ORDER"
    DELIVERY = "DELIVERY"
    INVOICE = "INVOICE"
    PAYMENT = "PAYMENT"
    CREDIT = "CREDIT"
    RETURN = "RETURN"


class Dealing(Resource, crud=set()):
    """A fact of business done with a party. Never edited: a correction is a new fact."""

    __resource__ = "core.dealing"
    __constraints__: ClassVar = (
        sa.Index("ix_core_dealing_party_day", "tenant_id", "party_id", "occurred_on"),
        sa.Index("ix_core_dealing_relationship_day", "tenant_id", "relationship_id", "occurred_on"),
        sa.UniqueConstraint("tenant_id", "source", "source_row", name="uq_core_dealing_source_row"),
    )

    party: Mapped[Id[Party]] = link(inverse="dealings", index=False)
    relationship: Mapped[Id[Relationship] | None] = link(inverse="dealings", default=None, index=False)
    unit: Mapped[Id[Party] | None] = link(default=None)
    kind: Mapped[DealingKind] = field()
    amount: Mapped[Money] = field()
    occurred_on: Mapped[dt.date] = field()
    category: Mapped[str | None] = field(default=None, description="Account or category at the source.")
    reference: Mapped[str | None] = field(
        default=None, code=True, description="Document number at the source."
    )
    source: Mapped[str] = field(code=True, description="The file or plugin that wrote it.")
    source_row: Mapped[str | None] = field(default=None, code=True, description="Its key there.")
    possible_duplicate: Mapped[bool] = field(
        default=False, description="It repeats an earlier row of its source."
    )


class Interaction(Resource, crud=set()):
    """An exchange with a party on some channel."""

    __resource__ = "core.interaction"
    __constraints__: ClassVar = (
        sa.Index("ix_core_interaction_party_time", "tenant_id", "party_id", "occurred_at"),
    )

    party: Mapped[Id[Party]] = link(inverse="interactions", index=False)
    relationship: Mapped[Id[Relationship] | None] = link(inverse="interactions", default=None)
    unit: Mapped[Id[Party] | None] = link(default=None)
    channel: Mapped[str] = field(code=True, description="EMAIL, PHONE, MEETING, LETTER, WEB, CHAT …")
    direction: Mapped[str] = field(code=True, default="OUT", description="IN or OUT, seen from us.")
    subject: Mapped[str] = field(search=True)
    body: Mapped[str | None] = field(default=None)
    occurred_at: Mapped[dt.datetime] = field(default=utc_now)
    outcome: Mapped[str | None] = field(default=None, code=True)
    duration_seconds: Mapped[int | None] = field(default=None)
    cost: Mapped[Money | None] = field(default=None)
    satisfaction: Mapped[int | None] = field(default=None, description="0..100, as the party said.")
    author: Mapped[Id[User] | None] = link(default=None)


class Task(Resource, crud={"create", "update"}):
    """Something someone should do by some time."""

    __resource__ = "core.task"
    __also_listed_as__ = ("worklist",)

    subject: Mapped[str] = field(search=True)
    party: Mapped[Id[Party] | None] = link(inverse="tasks", default=None)
    relationship: Mapped[Id[Relationship] | None] = link(inverse="tasks", default=None)
    unit: Mapped[Id[Party] | None] = link(default=None)
    assignee: Mapped[Id[User] | None] = link(default=None)
    due_at: Mapped[dt.datetime | None] = field(default=None)
    status: Mapped[str] = field(default="OPEN", code=True, read_only=True, description="OPEN or DONE.")
    priority: Mapped[int] = field(default=3, description="1 first, 5 last.")
    origin: Mapped[str] = field(default="manual", code=True, read_only=True, description="What made it.")
    outcome: Mapped[str | None] = field(default=None, read_only=True)


class DuplicateProposal(Resource, crud=set()):
    """Two parties that may be one, with the evidence; nobody merges them silently."""

    __resource__ = "core.duplicate_proposal"

    first: Mapped[Id[Party]] = link(inverse="duplicateProposals")
    second: Mapped[Id[Party]] = link(inverse="duplicateProposals")
    reason: Mapped[str] = field(code=True, description="Which likeness: SIMILAR_NAME, SAME_VENDOR_ID …")
    score: Mapped[int] = field(description="Likeness of the normalised names, 0..100.")
    evidence: Mapped[dict] = field(default=dict)  # type: ignore[type-arg]
    status: Mapped[str] = field(code=True, default="OPEN", description="OPEN, MERGED or REJECTED.")
    source: Mapped[str] = field(code=True)
