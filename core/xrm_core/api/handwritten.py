"""Hand-written parts of the schema, in Strawberry: signing in and out, plugins, why access was given.

Types that the declarations derive stand here as placeholders of the same name; assembly puts the derived ones in.
"""

import datetime as dt
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from xrm_core.api.context import ApiContext
from xrm_core.api.rates import network_of
from xrm_core.errors import Forbidden, NotFound, Unauthenticated
from xrm_core.plugins.host import PluginState


class DateTime:
    """Stands for the derived scalar."""


@strawberry.type
class User:
    """Stands for the derived type."""

    id: strawberry.ID


@strawberry.type
class Problem:
    """One reason why something may not be done."""

    code: str
    message: str
    field: str | None = None
    data: JSON | None = None


@strawberry.type
class Session:
    """A sign-in: programs send the token as `Authorization: Bearer …`, browsers keep the cookie."""

    token: str
    expires_at: DateTime
    user_id: strawberry.Private[Any]

    @strawberry.field
    def user(self) -> User:
        """Who signed in."""
        return self.user_id  # type: ignore[no-any-return]


strawberry.enum(PluginState, name="PluginStatus")


@strawberry.type
class Plugin:
    """A profession's part of the product, switched on by an admin."""

    id: strawberry.ID
    title: str
    summary: str
    version: str
    status: PluginState
    requires: list[str]


@strawberry.type
class AccessExplanation:
    """Why something is allowed or not: the rules that decided, from both sides."""

    allowed: bool
    reasons: list[str]
    rules: list[JSON]


def context_of(info: strawberry.Info) -> ApiContext:
    """The operation's context."""
    context: ApiContext = info.context
    return context


def signed_in(info: strawberry.Info) -> ApiContext:
    """The operation's context, if somebody asks. Raises: Unauthenticated."""
    context = context_of(info)
    if context.actor is None:
        raise Unauthenticated("Sign in first.")
    return context


def _plugin(context: ApiContext, plugin_id: str) -> Plugin:
    found = context.app.host.describe(plugin_id, context.actor.language if context.actor else "en")
    if found is None:
        raise NotFound("plugin", plugin_id, field="id")
    return Plugin(**found)


def _administrator(info: strawberry.Info) -> ApiContext:
    context = signed_in(info)
    if not context.app.view(context.actor).may_ever("core.plugin", "manage"):
        raise Forbidden("You may not enable or disable plugins.")
    return context


@strawberry.type
class Query:
    """What can be asked without a resource."""

    @strawberry.field
    def me(self, info: strawberry.Info) -> User:
        """The user who asks."""
        return signed_in(info).actor.user_id  # type: ignore[union-attr,return-value]

    @strawberry.field
    def plugins(self, info: strawberry.Info) -> list[Plugin]:
        """Every installed plugin and whether it is enabled."""
        context = signed_in(info)
        return [_plugin(context, plugin_id) for plugin_id in context.app.host.installed]

    @strawberry.field
    async def explain_access(
        self,
        info: strawberry.Info,
        user_id: strawberry.ID,
        action: str,
        object_id: strawberry.ID | None = None,
        field: str | None = None,
    ) -> AccessExplanation:
        """Why a user may or may not do something; `action` is a permission such as legal.contract.sign."""
        context = signed_in(info)
        found = await context.app.explain_access(context.actor, user_id, action, object_id, field)
        return AccessExplanation(**found)


@strawberry.type
class Mutation:
    """What can be done without a resource."""

    @strawberry.mutation
    async def login(
        self, info: strawberry.Info, email: str, password: str, otp: str | None = None
    ) -> Session:
        """Sign in."""
        context = context_of(info)
        token, actor, expires_at = await context.app.sessions.open(
            email, password, address=network_of(context.address)
        )
        context.actor = actor
        context.cookie = {"token": token, "expires_at": expires_at}
        return Session(token=token, expires_at=_shown(expires_at), user_id=actor.user_id)

    @strawberry.mutation
    async def logout(self, info: strawberry.Info) -> bool:
        """End the session this request came with."""
        context = signed_in(info)
        context.cookie = {"token": "", "expires_at": None}
        return bool(await context.app.sessions.close(context.token))

    @strawberry.mutation
    async def enable_plugin(self, info: strawberry.Info, id: strawberry.ID) -> Plugin:
        """Migrate what the plugin needs and show it, without a restart."""
        context = _administrator(info)
        await context.app.enable_plugin(str(id), actor=context.actor)
        return _plugin(context, str(id))

    @strawberry.mutation
    async def disable_plugin(self, info: strawberry.Info, id: strawberry.ID) -> Plugin:
        """Hide the plugin and stop its work; its data stays."""
        context = _administrator(info)
        await context.app.disable_plugin(str(id), actor=context.actor)
        return _plugin(context, str(id))


def _shown(moment: dt.datetime) -> Any:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def strawberry_schema() -> strawberry.Schema:
    """A fresh schema of the hand-written parts; assembly changes it, so each assembly takes its own."""
    moment = strawberry.scalar(
        name="DateTime", serialize=lambda value: value, parse_value=lambda value: value
    )
    config = StrawberryConfig(scalar_map={DateTime: moment})
    return strawberry.Schema(query=Query, mutation=Mutation, types=[Problem], config=config)
