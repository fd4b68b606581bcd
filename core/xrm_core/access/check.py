"""Are a plugin's policies sound and complete? Asked before it is enabled, and by its tests."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy.dialects import sqlite

from xrm_core.access.policies import Policy, parse_rule
from xrm_core.custom.definitions import COLUMN, NO_FIELDS
from xrm_core.custom.kinds import is_key
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.question import QUERIES
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.errors import DomainError, Refusal
from xrm_core.identity.actor import Actor
from xrm_core.ids import new_id
from xrm_core.query.binds import Request
from xrm_core.query.compiler import Compiler, Grant
from xrm_core.query.where import where

_READING = "read"


class _Nobody:
    """Access that gives nothing: rules are compiled unguarded, so it is never asked."""

    shape = None
    custom_fields = NO_FIELDS

    def grant(self, resource: str, action: str) -> Grant:
        """No policy at all."""
        return Grant((), ())


# A request as any other, to see that a rule's values are of the kinds they are compared with.
_SOMEBODY = Actor(1, new_id(), "somebody", home_unit=new_id())
_ASKED = Request(
    _SOMEBODY,
    {},
    {
        "tenant": 1,
        "user": _SOMEBODY.user_id,
        "unit": _SOMEBODY.home_unit,
        "today": dt.date(2026, 9, 30),
        "language": "en",
        "zone": "UTC",
        "custom_fields": 0,
    },
)


def policy_problems(plugin_id: str, policies: Iterable[Policy], enabled: frozenset[str]) -> list[Refusal]:
    """What is wrong with a plugin's policies: unknown objects, rules or fields; rights on what is not its own."""
    found: list[Refusal] = []
    for policy in policies:
        where_ = f"{policy.role} {policy.effect} {policy.action} {policy.object}"
        if policy.object.split(".", 1)[0] != plugin_id and policy.is_allow:
            found.append(
                Refusal("core.foreign_policy", f"{where_}: gives rights on what {plugin_id} does not own.")
            )
        if policy.object in REGISTRY:
            found += _fields(policy, REGISTRY[policy.object], where_)
            found += _rule(policy, REGISTRY[policy.object], where_, enabled)
        elif "*" not in policy.object and not _is_known(policy):
            found.append(Refusal("core.unknown_policy_object", f"{where_}: there is no {policy.object}."))
    return found


def unmentioned(plugin_id: str, policies: Iterable[Policy]) -> list[str]:
    """What a plugin declares and no policy of its own speaks of: nobody but an admin could ever use it."""
    said = {(policy.object, policy.action) for policy in policies}
    wanted = [(info.name, _READING) for info in REGISTRY if info.plugin == plugin_id]
    wanted += [
        (info.object, info.action)
        for info in COMMANDS.enabled({plugin_id})
        if info.plugin == plugin_id and not info.checks_itself
    ]
    wanted += [
        (info.object, info.action) for info in QUERIES.enabled({plugin_id}) if info.plugin == plugin_id
    ]
    return [
        f"{name}.{action}"
        for name, action in wanted
        if not {(name, action), (name, "*"), (f"{plugin_id}.*", action), (f"{plugin_id}.*", "*")} & said
    ]


def _is_known(policy: Policy) -> bool:
    infos: list[Any] = [*COMMANDS.enabled({policy.object.split(".", 1)[0]})]
    infos += QUERIES.enabled({policy.object.split(".", 1)[0]})
    return any(info.object == policy.object for info in infos)


def _fields(policy: Policy, info: ResourceInfo, where_: str) -> list[Refusal]:
    named = [name.lstrip("-") for name in policy.fields.split() if name not in ("*", "-")]
    parts: dict[str, Any] = {**info.fields, **info.links, **info.computed}
    hides = policy.fields.startswith("-") if policy.is_allow else True
    problems = []
    for name in named:
        if info.custom and _is_custom(name):
            continue
        if name not in parts:
            problems.append(
                Refusal("core.unknown_policy_field", f"{where_}: {info.name} has no field {name}.")
            )
        elif hides and not parts[name].hideable:
            problems.append(Refusal("core.not_hideable", f"{where_}: {name} is not declared hideable."))
    return problems


def _is_custom(name: str) -> bool:
    """Whether a mask means custom fields: all of them, or one by its key (of whatever tenant has it)."""
    column, dot, key = name.partition(".")
    return column == COLUMN and (not dot or is_key(key))


def _rule(policy: Policy, info: ResourceInfo, where_: str, enabled: frozenset[str]) -> list[Refusal]:
    compiler = Compiler(sqlite.dialect(), _Nobody(), enabled)
    try:
        where(compiler, compiler.scope(info), parse_rule(policy.rule), guarded=False)
        for source in compiler.binds.sources.values():
            source(_ASKED)
    except DomainError as wrong:
        return [Refusal("core.bad_policy", f"{where_}: {wrong.message}")]
    return []
