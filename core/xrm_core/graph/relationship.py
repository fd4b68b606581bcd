"""Relationships: typed, directed, dated edges between parties; the managed ones carry a life of their own."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare.expressions import LANGUAGE
from xrm_core.declare.resource import Resource, utc_now
from xrm_core.declare.specs import computed, field, lifecycle, link, other_end
from xrm_core.errors import Refusal
from xrm_core.graph.party import Party, Unit
from xrm_core.identity.models import User
from xrm_core.ids import Id


class RelationshipStage(StrEnum):
    """The six stages of a relationship (rules.md A1)."""

    CONTACT = "CONTACT"
    INVOLVEMENT = "INVOLVEMENT"
    INTIMACY = "INTIMACY"
    DETERIORATION = "DETERIORATION"
    REPAIR = "REPAIR"
    DISSOLUTION = "DISSOLUTION"


class RelationshipType(Resource, crud=set(), few=True):
    """A kind of edge: what it is called from either end, and whether it is managed through stages."""

    __resource__ = "core.relationship_type"

    code: Mapped[str] = field(code=True, unique=True)
    label_en: Mapped[str] = field()
    label_fr: Mapped[str] = field()
    inverse_label_en: Mapped[str] = field()
    inverse_label_fr: Mapped[str] = field()
    managed: Mapped[bool] = field(description="It runs from one of our units and has a stage.")

    label = computed(
        str,
        lambda t: sa.case((LANGUAGE == "fr", t.label_fr), else_=t.label_en),
        nullable=False,
        description="From the source.",
    )
    inverse_label = computed(
        str,
        lambda t: sa.case((LANGUAGE == "fr", t.inverse_label_fr), else_=t.inverse_label_en),
        nullable=False,
        description="From the target.",
    )


class Relationship(Resource, crud={"create"}, historical=True):
    """An edge between two parties; of a managed type, it is what our unit and the party are to each other."""

    __resource__ = "core.relationship"
    __constraints__: ClassVar = (
        sa.Index(None, "tenant_id", "unit_id", "type_id", "stage"),
        sa.Index("ix_core_relationship_pair", "tenant_id", "source_id", "target_id", "type_id"),
        # Traversal reads a party's edges from either end in the order of the other one.
        sa.Index("ix_core_relationship_backward", "tenant_id", "target_id", "source_id", "type_id"),
    )

    type: Mapped[Id[RelationshipType]] = link(immutable=True, index=False)
    source: Mapped[Id[Party]] = link(inverse="relationships", immutable=True, index=False)
    target: Mapped[Id[Party]] = link(inverse="relationships", immutable=True, index=False)
    unit: Mapped[Id[Party] | None] = link(default=None, immutable=True, index=False)
    share: Mapped[Decimal | None] = field(default=None, description="Ownership or votes, fraction 0..1.")
    strength: Mapped[Decimal | None] = field(default=None)
    basis: Mapped[str | None] = field(
        default=None, code=True, description="How it is known: DIRECT, ULTIMATE …"
    )
    stage: Mapped[RelationshipStage | None] = lifecycle(
        "core.relationship", default=None, index=False, description="Of managed types: where it stands (A1)."
    )
    substage: Mapped[str | None] = field(default=None, read_only=True, code=True)
    status: Mapped[str | None] = field(
        default=None,
        read_only=True,
        code=True,
        description="Supplier and partner edges: the master of the stage.",
    )
    episode: Mapped[int | None] = field(
        default=None, read_only=True, description="1 at first, +1 after a return."
    )
    level: Mapped[int | None] = field(default=None, read_only=True, description="1 to 6 (rules.md A4).")
    health: Mapped[Decimal | None] = field(
        default=None, read_only=True, description="100 − deterioration index."
    )
    deterioration_index: Mapped[Decimal | None] = field(
        default=None, read_only=True, description="0..100 (A3)."
    )
    locked_until: Mapped[dt.date | None] = field(
        default=None, read_only=True, description="No automatic moves."
    )
    is_strategic: Mapped[bool] = field(default=False, read_only=True)
    owner: Mapped[Id[User] | None] = link(default=None, description="Who looks after it.")
    lawful_basis: Mapped[str | None] = field(
        default=None, code=True, description="GDPR article 6 (rules.md F1)."
    )
    fed_through: Mapped[dt.date | None] = field(
        default=None, read_only=True, description="The date through which its sources were read (R-A-02)."
    )
    valid_from: Mapped[dt.date | None] = field(default=None, description="First day it held; null: always.")
    valid_to: Mapped[dt.date | None] = field(
        default=None, description="First day it no longer held; null: open."
    )
    recorded_at: Mapped[dt.datetime] = field(
        default=utc_now, read_only=True, description="When we learnt what it says now."
    )

    counterparty = other_end("source", "target", description="The other end, seen from where one came from.")

    def settle(self) -> list[Refusal]:
        """A share is a fraction, and it ends after it began."""
        wrong = []
        if self.share is not None and not 0 <= self.share <= 1:
            wrong.append(Refusal("core.not_a_fraction", "A share is between 0 and 1.", "share"))
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            wrong.append(Refusal("core.ends_before_it_begins", "It ends before it begins.", "validTo"))
        return wrong

    async def admit(self, ctx: Any) -> list[Refusal]:
        """An edge of a managed type runs from one of our units and belongs to that unit (rules.md R-0-08)."""
        is_ours = sa.exists().where(Unit.tenant_id == ctx.tenant_id, Unit.party == self.source)
        of_type = (RelationshipType.tenant_id == ctx.tenant_id, RelationshipType.id == self.type)
        is_managed, runs_from_us = (
            await ctx.session.execute(sa.select(RelationshipType.managed, is_ours).where(*of_type))
        ).one()
        if not is_managed:
            return []
        if not runs_from_us:
            message = "A customer, supplier or partner relationship runs from one of our units."
            return [Refusal("core.source_not_a_unit", message, "source")]
        if self.unit is not None and self.unit != self.source:
            message = "The relationship belongs to the unit it runs from."
            return [Refusal("core.unit_not_the_source", message, "unit")]
        self.unit = self.source
        return []


# The types every installation has: code, labels from the source and from the target, in English and French.
RELATIONSHIP_TYPES: tuple[tuple[str, str, str, str, str, bool], ...] = (
    ("CUSTOMER", "has as customer", "a pour client", "is a customer of", "est client de", True),
    ("SUPPLIER", "has as supplier", "a pour fournisseur", "is a supplier of", "est fournisseur de", True),
    ("PARTNER", "has as partner", "a pour partenaire", "is a partner of", "est partenaire de", True),
    ("OWNS", "owns", "détient", "is owned by", "est détenu par", False),
    ("CONTROLS", "controls", "contrôle", "is controlled by", "est contrôlé par", False),
    ("SUBSIDIARY_OF", "is a subsidiary of", "est filiale de", "has as subsidiary", "a pour filiale", False),
    ("EMPLOYS", "employs", "emploie", "works for", "travaille pour", False),
    ("GUARANTEES", "guarantees", "garantit", "is guaranteed by", "est garanti par", False),
    ("REFERS", "refers", "recommande", "is referred by", "est recommandé par", False),
    ("BUYS_THROUGH", "buys through", "achète par", "buys on behalf of", "achète pour", False),
)
