"""What gating knows of a relationship: the inputs that conditions read, each possibly unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from uuid import UUID

Hold = Literal["NONE", "SOFT", "HARD", "LEGAL"]


@dataclass(frozen=True, slots=True)
class OtherEdge:
    """Another relationship of the same party with us."""

    relationship_id: UUID | str
    type: str
    hold: Hold = "NONE"
    has_repair_plan: bool = False


@dataclass(frozen=True, slots=True)
class EdgeFacts:
    """A relationship at the moment an action is asked for. None means not known.

    `disabled_inputs` maps the name of an input to the plugin that would supply it and is not enabled:
    conditions on it are skipped with a warning, while an input that is merely unknown fails its condition.
    `other_edges` leaves this relationship out.
    """

    stage: str
    substage: str | None = None
    health: Decimal | None = None
    nps: int | None = None
    level: int | None = None
    last_delivery_ok: bool | None = None
    is_requested: bool | None = None
    is_inbound: bool | None = None
    has_right_to_solicit: bool | None = None
    days_since_dissolution: int | None = None
    contract_allows_increase: bool | None = None
    is_contractual_date: bool | None = None
    is_handled_by_owner: bool | None = None
    surveys_in_stage: int | None = None
    is_plan_closing: bool | None = None
    is_exit_survey: bool | None = None
    dunning_level: int | None = None
    is_released_by_owner: bool | None = None
    is_called: bool | None = None
    hold: Hold | None = None
    open_sev1: int | None = None
    disputed_share: Decimal | None = None
    is_wear_out_cap_reached: bool | None = None
    has_marketing_permission: bool | None = None
    other_edges: tuple[OtherEdge, ...] = ()
    disabled_inputs: Mapping[str, str] = field(default_factory=dict)
