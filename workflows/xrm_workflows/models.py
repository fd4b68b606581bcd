"""What is kept of objects' lives: the intervals they spent in their states, and the moves rules propose."""

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import Id, Resource, field, link
from xrm_core.graph.relationship import Relationship, RelationshipStage
from xrm_core.identity.models import User

_OPEN = sa.text("left_at IS NULL")


def _one_open(name: str, owner: str) -> sa.Index:
    """At most one open interval an object (rules.md R-A-01), whoever writes."""
    return sa.Index(name, "tenant_id", owner, unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN)


class StageInterval(Resource, crud=set(), custom=False):
    """A time a relationship spent in one stage, and the move that brought it there (rules.md R-A-04)."""

    __resource__ = "workflows.stage_interval"
    __constraints__: ClassVar = (
        sa.Index("ix_workflows_stage_interval_history", "tenant_id", "relationship_id", "entered_at"),
        sa.Index(None, "tenant_id", "stage", "entered_at"),
        _one_open("ix_workflows_stage_interval_open", "relationship_id"),
    )

    relationship: Mapped[Id[Relationship]] = link(
        inverse="history", inverse_list=True, index=False, on_delete="cascade"
    )
    stage: Mapped[RelationshipStage] = field()
    substage: Mapped[str | None] = field(default=None, code=True)
    status: Mapped[str | None] = field(default=None, code=True, description="Of suppliers and partners.")
    state: Mapped[str] = field(code=True, description="STAGE/SUBSTAGE, or the status.")
    entered_at: Mapped[dt.datetime] = field()
    left_at: Mapped[dt.datetime | None] = field(default=None, description="Null: it is there now.")
    trigger: Mapped[str] = field(code=True, description="The rule, such as T5.")
    mode: Mapped[str] = field(code=True, description="manual, auto, proposed or import.")
    episode: Mapped[int] = field(default=1, description="1 at first, +1 after a return.")
    rule_version: Mapped[str | None] = field(
        default=None, code=True, description="The definition: id@version."
    )
    actor: Mapped[Id[User] | None] = link(default=None, index=False, description="Null: a rule or an import.")
    reason: Mapped[str | None] = field(
        default=None, code=True, description="A code of rules.md R-A-05, or words."
    )
    comment: Mapped[str | None] = field(default=None, hideable=True)
    evidence: Mapped[dict] = field(default=dict, hideable=True)  # type: ignore[type-arg]

    previous_digest: Mapped[str] = field(code=True, internal=True)
    value_digest: Mapped[str] = field(code=True, internal=True)
    digest: Mapped[str] = field(code=True, internal=True)
    salt: Mapped[str | None] = field(default=None, code=True, internal=True)


class StateInterval(Resource, root=False, crud=set(), custom=False):
    """A time an object spent in one state, and the move that brought it there. Shown with the object only."""

    __resource__ = "workflows.state_interval"
    __about__: ClassVar = ("object_type", "object_id")
    __about_lives__: ClassVar = True
    __constraints__: ClassVar = (
        sa.Index(None, "tenant_id", "object_id", "entered_at"),
        _one_open("ix_workflows_state_interval_open", "object_id"),
    )

    object_type: Mapped[str] = field(code=True, description="The resource, such as legal.contract.")
    object_id: Mapped[Id[Any]] = field()
    state: Mapped[str] = field(code=True)
    entered_at: Mapped[dt.datetime] = field()
    left_at: Mapped[dt.datetime | None] = field(default=None, description="Null: it is there now.")
    trigger: Mapped[str] = field(code=True, description="The rule, or the event where none is named.")
    mode: Mapped[str] = field(code=True, description="manual, auto, proposed or import.")
    episode: Mapped[int] = field(default=1)
    rule_version: Mapped[str | None] = field(
        default=None, code=True, description="The definition: id@version."
    )
    actor: Mapped[Id[User] | None] = link(default=None, index=False, description="Null: a rule or an import.")
    reason: Mapped[str | None] = field(default=None, code=True)
    comment: Mapped[str | None] = field(default=None, hideable=True)
    evidence: Mapped[dict] = field(default=dict, hideable=True)  # type: ignore[type-arg]

    previous_digest: Mapped[str] = field(code=True, internal=True)
    value_digest: Mapped[str] = field(code=True, internal=True)
    digest: Mapped[str] = field(code=True, internal=True)
    salt: Mapped[str | None] = field(default=None, code=True, internal=True)


class StageProposal(Resource, crud=set()):
    """A move of a relationship that a rule proposes and a person decides, with its evidence (rules.md R-A-03)."""

    __resource__ = "workflows.stage_proposal"

    relationship: Mapped[Id[Relationship]] = link(inverse="proposals", inverse_list=True, on_delete="cascade")
    event: Mapped[str] = field(code=True)
    target: Mapped[str] = field(code=True, description="The state it would lead to.")
    trigger: Mapped[str] = field(code=True, description="The rule that proposes it, such as T4.")
    evidence: Mapped[dict] = field(default=dict)  # type: ignore[type-arg]
    proposed_at: Mapped[dt.datetime] = field()
