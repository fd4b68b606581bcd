"""Who asks in these tests: somebody who sees everything, and somebody whom every kind of rule concerns."""

import datetime as dt
import os
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings

from tests.core.query.rows import TODAY
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import Policy
from xrm_core.identity.actor import Actor, Role

# `just soak` sets more.
EXAMPLES = int(os.environ.get("XRM_SOAK_EXAMPLES", "80"))
MODERATE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    # A failing question is printed as it is: making it smaller takes minutes.
    phases=[Phase.explicit, Phase.generate],
)

FEW = settings(MODERATE, max_examples=max(8, EXAMPLES // 10))


def policy(
    role: str, object_: str, rule: str = "{}", *, unit: str = "all", effect: str = "allow", fields: str = "*"
) -> Policy:
    """A policy on reading."""
    return Policy(role, unit, object_, "read", effect, rule, fields)


ALL = [
    policy("whole", "*"),
]
# Own unit, rules with $user and $today, rules through relations, denials, hidden fields of some rows and of all.
SOME = [
    policy("narrow", "core.party", "{not: {country: {eq: \"DE\"}}}"),
    policy("narrow", "core.party", "{relationships: {some: {ownerId: {eq: $user}}}}", effect="deny"),
    policy("narrow", "core.relationship", unit="own"),
    policy("narrow", "core.relationship", "{unitId: {isNull: true}}"),
    policy("narrow", "core.relationship_type"),
    policy("narrow", "core.user", "{id: {ne: $user}}"),
    policy("narrow", "core.dealing", unit="own"),
    policy("narrow", "core.dealing", "{occurredOn: {lt: $today}, kind: {in: [PAYMENT, CREDIT]}}"),
    policy("narrow", "core.dealing", "{amount: {gt: \"1000\"}}", effect="deny"),
    policy("narrow", "core.interaction", "{party: {country: {isNull: true}}}"),
    policy("narrow", "core.task", "{or: [{assigneeId: {eq: $user}}, {assigneeId: {isNull: true}}]}"),
    policy("narrow", "probe.machine", unit="own", fields="-secret spare"),
    policy("narrow", "probe.machine", "{isOld: {eq: true}}", fields="-secret"),
    policy("narrow", "probe.machine", "{weight: {lt: 0}}", effect="deny", fields="price"),
    policy("narrow", "probe.service"),
    policy("narrow", "probe.edge", fields="-remark"),
    policy("narrow", "gauge.facts", "{score: {gte: \"0\"}}"),
    policy("narrow", "gauge.reading", "{party: {dealings: {aggregate: {count: {gt: 0}}}}}"),
]  # fmt: skip
BOOK = PolicyBook([*ALL, *SOME])
HIDDEN = frozenset(
    {
        ("probe.machine", "secret"),
        ("probe.machine", "spare"),
        ("probe.machine", "price"),
        ("probe.edge", "remark"),
    }
)


def askers(filled: Any) -> dict[str, tuple[Actor, frozenset[tuple[str, str]]]]:
    """Who asks, and what they may not ask about."""
    user = filled.rows["core.user"][0]["id"]
    whole = Actor(1, user, "whole", (Role("whole"),), filled.unit, "fr")
    narrow = Actor(1, user, "narrow", (Role("narrow", filled.unit),), filled.unit, clock="Pacific/Chatham")
    return {"whole": (whole, frozenset()), "narrow": (narrow, HIDDEN)}


def fixed_today(actor: Actor, now: dt.datetime | None = None) -> dt.date:
    """The business date, which is the rows' day unless a moment is given."""
    return TODAY if now is None else now.astimezone(ZoneInfo(actor.time_zone)).date()
