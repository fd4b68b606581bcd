"""Why something is allowed or not, from both sides: the rules that give it and the rules that take it away."""

from typing import Any

import sqlalchemy as sa

from xrm_core.access.policies import Policy
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from xrm_core.identity.actor import Actor
from xrm_core.identity.sessions import load_actor
from xrm_core.query.operands import exact_id


async def explain(
    app: Any, asker: Actor | None, *, user_id: str, action: str, object_id: str | None, field: str | None
) -> dict[str, Any]:
    """The decision for a user and a permission such as `legal.contract.sign`, with each rule and what it said.

    Raises: Forbidden if the asker may not explain others' access; Invalid for a permission without a resource or
    an id that is none; NotFound for a user or an object that is not there.
    """
    view = app.view(asker)
    user_id = str(exact_id(user_id, "userId"))
    if object_id is not None:
        object_id = str(exact_id(object_id, "objectId"))
    if str(asker.user_id if asker else "") != user_id and not view.may_ever("core.policy", "explain"):
        raise Forbidden("You may only explain your own access.")
    resource, _, act = action.rpartition(".")
    if not resource:
        raise Invalid("An action is written resource.action, such as core.party.read.", field="action")
    async with app.reading() as session:
        try:
            user = await load_actor(session, asker.tenant_id if asker else 1, user_id, app.settings)
        except Unauthenticated as gone:
            raise NotFound("User", user_id, field="userId") from gone
        subject = app.view(user)
        ctx = app.context(user, session)
        is_allowed = subject.may_ever(resource, act)
        if object_id is not None and resource in REGISTRY:
            holds = await _holds(ctx, resource, act, object_id, app.context(asker, session))
            is_allowed = is_allowed and holds
    rules = _rules(subject, resource, act, field)
    shown = [rule for rule in rules if rule["effect"] == "allow" and rule["showsField"]]
    if field is not None:
        denied = any(rule["effect"] == "deny" and rule["showsField"] for rule in rules)
        is_allowed = is_allowed and bool(shown) and not denied
    return {"allowed": is_allowed, "reasons": _reasons(rules, is_allowed), "rules": rules}


async def _holds(ctx: Any, resource: str, action: str, object_id: str, asking: Any) -> bool:
    model: Any = REGISTRY[resource].model
    query = sa.select(model.id).where(model.id == object_id, asking.may(model, "read"))
    if (await ctx.session.scalars(query)).one_or_none() is None:
        raise NotFound(model.__name__, object_id, field="objectId")
    return bool(await ctx.visible(model, [object_id], action=action))


def _rules(view: Any, resource: str, action: str, field: str | None) -> list[dict[str, Any]]:
    return [
        {
            "role": role,
            "units": "all" if units is None or policy.unit == "all" else [str(unit) for unit in units],
            "effect": policy.effect,
            "rule": policy.rule,
            "fields": policy.fields,
            "showsField": field is None or _speaks_of(policy, resource, field),
        }
        for role, units in view.units.items()
        for policy in view.book.find(role, resource, action)
    ]


def _speaks_of(policy: Policy, resource: str, field: str) -> bool:
    """Whether it shows the field, or hides it; what is worked out from others takes the right to all of them."""
    if policy.is_whole and not policy.is_allow:
        return True
    computed = REGISTRY[resource].computed.get(field) if resource in REGISTRY else None
    names = {field} | (computed.tells_of if computed is not None else frozenset())
    return (all if policy.is_allow else any)(policy.shows(name) for name in names)


def _reasons(rules: list[dict[str, Any]], is_allowed: bool) -> list[str]:
    if not rules:
        return ["No rule gives this: what no rule gives is denied."]
    said = [
        f"{rule['role']}: {rule['effect']} where {rule['rule']}, fields {rule['fields']}" for rule in rules
    ]
    return (
        said
        if is_allowed
        else [*said, "Denied: no rule that gives it holds here, or one that denies it does."]
    )
