"""All policies in force, and what they say for one actor.

casbin keeps the rules and the graph of roles; deciding row by row would cost milliseconds a page, so its rules
are indexed here by role, object and action, and handed to the compiler as filters.
"""

from collections.abc import Hashable, Iterable, Iterator
from copy import copy
from functools import cached_property
from importlib import resources
from itertools import count
from typing import Any

import casbin
from casbin.model import Model

from xrm_core.access.policies import Policy, parse_rule
from xrm_core.custom.definitions import NO_FIELDS, Definitions
from xrm_core.declare.registry import REGISTRY
from xrm_core.identity.actor import SYSTEM_ROLE, Actor
from xrm_core.ids import Id
from xrm_core.query.binds import ContextValue
from xrm_core.query.compiler import Clause, Grant

EVERYWHERE = "*"
# Books that follow each other may lie at one address in memory; statements kept for one must not serve another.
_NUMBERS = count()
_ALL = Clause(None, {}, lambda _field: True, is_whole=True, said="the product itself, bound by no policy")
_EVERYTHING = Grant((_ALL,), ())


class PolicyBook:
    """The policies of core and of the enabled plugins, with the roles that include other roles."""

    def __init__(self, policies: Iterable[Policy], includes: Iterable[tuple[str, str]] = ()) -> None:
        model = Model()
        model.load_model_from_text(
            resources.files("xrm_core.access").joinpath("model.conf").read_text("utf-8")
        )
        self.number = next(_NUMBERS)
        self.enforcer = casbin.Enforcer(model)
        self.policies = list(policies)
        for policy in self.policies:
            self.enforcer.add_policy(
                policy.role,
                policy.unit,
                policy.object,
                policy.action,
                policy.effect,
                policy.rule,
                policy.fields,
            )
        for role, included in includes:
            self.enforcer.add_grouping_policy(role, included, EVERYWHERE)
        self._rules = {policy.rule: parse_rule(policy.rule) for policy in self.policies}
        self._mentioned: dict[tuple[str, str], frozenset[str]] = {}
        self._index: dict[tuple[str, str], list[Policy]] = {}
        for policy in self.policies:
            self._index.setdefault((policy.role, policy.object), []).append(policy)

    def roles_of(self, role: str) -> list[str]:
        """A role and those it includes."""
        return [role, *self.enforcer.get_implicit_roles_for_user(role, EVERYWHERE)]

    def rule(self, policy: Policy) -> dict[str, Any]:
        """The policy's rule as a tree."""
        return self._rules[policy.rule]

    def mentioned(self, role: str, resource: str) -> frozenset[str]:
        """The variables (`user`, `unit`, `today`) that decide which rows of a resource the role may read."""
        if (role, resource) not in self._mentioned:
            policies = (policy for name in _needed(resource) for policy in self.find(role, name, "read"))
            self._mentioned[(role, resource)] = frozenset(
                name for policy in policies for name in _variables(self.rule(policy))
            )
        return self._mentioned[(role, resource)]

    def find(self, role: str, resource: str, action: str) -> list[Policy]:
        """The policies of one role on one resource for one action; an object may be `*` or `legal.*`."""
        plugin = resource.split(".", 1)[0]
        names = (resource, f"{plugin}.*", "*")
        return [
            policy
            for name in names
            for policy in self._index.get((role, name), ())
            if policy.action in (action, "*")
        ]

    def view(self, actor: Actor) -> "AccessView":
        """What the policies say for this actor."""
        view = actor.cache.get("view")
        if view is None or view.book is not self:
            view = actor.cache["view"] = AccessView(self, actor)
        return view


class AccessView:
    """The policies for one actor: grants for the compiler, units of each role for its parameters."""

    def __init__(self, book: PolicyBook, actor: Actor) -> None:
        self.book, self.actor = book, actor
        self.units: dict[str, list[Id[Any]] | None] = {}
        for held in actor.roles:
            for role in book.roles_of(held.name):
                known = self.units.get(role, [])
                self.units[role] = None if held.unit is None or known is None else [*known, held.unit]
        self.custom_fields = NO_FIELDS
        self._knowing: AccessView | None = None
        self._grants: dict[tuple[str, str], Grant] = {}
        self.shape: Hashable = (
            book.number,
            frozenset((role, units is None) for role, units in self.units.items()),
        )

    def audience(self, resources: Iterable[str]) -> Hashable:
        """Equal for askers who may read the same rows of these resources today: told to one, it is told to all."""
        pairs = ((role, resource) for resource in resources for role in self.units)
        named = {name for role, resource in pairs for name in self.book.mentioned(role, resource)}
        held = frozenset(
            (role, None if units is None else frozenset(map(str, units)))
            for role, units in self.units.items()
        )
        return (
            self.shape,
            held,
            self.actor.tenant_id,
            self.actor.today(),
            # Computed fields, which rules may name, speak the reader's language.
            self.actor.language,
            self.actor.user_id if "user" in named else None,
            self.actor.home_unit if "unit" in named else None,
        )

    def knowing(self, custom_fields: Definitions) -> "AccessView":
        """The same view, for statements about these custom fields."""
        if custom_fields is self.custom_fields:
            return self
        known = self._knowing
        if known is None or known.custom_fields is not custom_fields:
            known = copy(self)
            known.custom_fields = custom_fields
            self._knowing = known
        return known

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The units in which each role is held, as the statement's parameters."""
        return {f"units:{role}": units for role, units in self.units.items() if units is not None}

    def grant(self, resource: str, action: str) -> Grant:
        """The policies on `resource` for `action` that concern the actor."""
        if SYSTEM_ROLE in self.units:
            return _EVERYTHING
        known = (resource, action)
        if known not in self._grants:
            self._grants[known] = self._collect(resource, action)
        return self._grants[known]

    def _collect(self, resource: str, action: str) -> Grant:
        allow: list[Clause] = []
        deny: list[Clause] = []
        for role, units in self.units.items():
            for policy in self.book.find(role, resource, action):
                scoped = policy.unit == "own" and units is not None
                clause = Clause(
                    role if scoped else None,
                    self.book.rule(policy),
                    policy.shows,
                    policy.is_whole,
                    policy.said,
                )
                (allow if policy.is_allow else deny).append(clause)
        return Grant(tuple(allow), tuple(deny))

    def may_ever(self, resource: str, action: str) -> bool:
        """Whether any policy gives the actor this action on some row."""
        return bool(self.grant(resource, action).allow)


def _needed(resource: str) -> Iterator[str]:
    """A resource and those of which an object must be seen for its own to be seen."""
    waiting, found = [resource], {resource}
    while waiting:
        info = REGISTRY[waiting.pop()]
        yield info.name
        ends = {spec.target for spec in info.links.values() if not spec.nullable} | {
            info.extends or info.name
        }
        waiting += sorted(ends - found)
        found |= ends


def _variables(rule: Any) -> Iterator[str]:
    """The names of the values that a rule leaves to the request."""
    if isinstance(rule, ContextValue):
        yield rule.name
    elif isinstance(rule, dict | list):
        for item in rule.values() if isinstance(rule, dict) else rule:
            yield from _variables(item)
