"""One subscription: a valid document, what it wants to hear, and how it says it to its client."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from graphql.execution.values import VariableValues

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import answer_event, prepared_for
from xrm_core.api.limits import check_variables
from xrm_core.api.prepared import Prepared
from xrm_core.api.running import Running
from xrm_core.api.subscriptions.announcement import ANYTHING, Announcement, shown_type
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.run import as_id
from xrm_core.errors import Invalid, LimitExceeded, Unauthenticated
from xrm_core.identity.actor import Actor
from xrm_core.query.selection import Selected, Walker

if TYPE_CHECKING:
    from xrm_core.app import Application

# Objects a subscriber was told of, remembered so that it may hear of their end.
_MOST_SHOWN = 500
# What one event may take to be written, in seconds.
SAY_WITHIN_S = 2.0


class TakesTooLong(LimitExceeded):
    """What a subscription wants to be told takes so long that others would wait for theirs."""

    code = "core.event_too_slow"

    def __init__(self) -> None:
        super().__init__(
            f"An event takes longer than {SAY_WITHIN_S:g} seconds, which are allowed, or all of yours together too"
            " long: ask for less of the node, and read the rest by a query."
        )


class Listener(Protocol):
    """The client's side of a subscription."""

    def next(self, body: bytes) -> None:
        """Tell it an execution result. It never waits: a client that does not keep up is dropped."""

    def end(self, wrong: Exception | None) -> None:
        """Tell it that nothing more will come, and why if that is not as it should be."""


@dataclass(slots=True)
class Asked:
    """A subscription's text, variables and operation name, as sent."""

    text: str
    variables: dict[str, Any]
    operation: str | None


@dataclass(slots=True, eq=False, repr=False)
class Subscription:
    """Who listens, to what."""

    app: "Application"
    asked: Asked
    token: str | None
    actor: Actor
    listener: Listener
    prepared: Prepared = None  # type: ignore[assignment]  # set by prepare
    values: VariableValues = None  # type: ignore[assignment]  # as above
    root: Selected = None  # type: ignore[assignment]  # as above
    # The resources it names; None: all.
    resources: frozenset[str] | None = None
    object_id: str | None = None
    shown: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def prepare(self) -> None:
        """Read the document against the present schema and policies.

        Raises: Refused for a document that is wrong; Invalid for arguments that are.
        """
        snapshot = self.app.snapshot
        self.prepared = prepared_for(self._context(), self.asked.text, self.asked.operation)
        if not self.prepared.is_subscription:
            raise Invalid("This is no subscription.", field="query")
        check_variables(self.asked.variables, self.app.settings)
        self.values = self.prepared.coerce(self.asked.variables)
        roots = Walker(snapshot.schema, self.prepared.fragments, self.values).fields(
            self.prepared.root_type, [self.prepared.operation.selection_set]
        )
        if len(roots) != 1:
            raise Invalid("A subscription selects one field.", field="query")
        self.root = roots[0]
        given = self.root.arguments
        named = "objectId" if self.root.name == "changes" else "id"
        found = as_id(given.get(named), named)
        self.object_id = None if found is None else str(found)
        types = given.get("types")
        self.resources = None if types is None else self._resources(types)

    def _resources(self, types: list[str]) -> frozenset[str]:
        view = self.app.snapshot.book.view(self.actor)
        known: dict[str, set[str]] = {}
        for info in REGISTRY.enabled(self.app.snapshot.plugins):
            if view.may_ever(info.name, "read"):
                known.setdefault(shown_type(info), set()).add(info.name)
        for name in types:
            if name not in known:
                raise Invalid(f"There is no type {name}; name types such as Party.", field="types")
        return frozenset(resource for name in types for resource in known[name])

    @property
    def is_job(self) -> bool:
        """Whether it follows a job."""
        return self.root.name == "job"

    def wants(self, one: Announcement) -> bool:
        """Whether it asked for such a change; whether it may hear of it is another question."""
        if self.is_job or one.tenant_id != self.actor.tenant_id:
            return False
        if one.type == ANYTHING:
            return True
        is_type = self.resources is None or one.resource in self.resources
        return is_type and (self.object_id is None or one.is_resync or one.id == self.object_id)

    def hears(self, one: Announcement, *, is_allowed: bool) -> bool:
        """Whether it is told: what its user may read, and the end of what it was told of while they might."""
        if one.is_resync:
            return is_allowed
        if one.is_gone and not one.is_part:
            was_shown = one.id in self.shown
            self.shown.pop(one.id, None)
            return is_allowed or was_shown
        if is_allowed:
            self.shown[one.id] = None
            if len(self.shown) > _MOST_SHOWN:
                self.shown.popitem(last=False)
        elif not one.is_part:
            self.shown.pop(one.id, None)
        return is_allowed

    def becomes(self, actor: Actor) -> bool:
        """Whether the user's roles are others than before: they have then seen nothing yet."""
        if (actor.roles, actor.home_unit) == (self.actor.roles, self.actor.home_unit):
            return False
        self.actor = replace(actor, language=self.actor.language, clock=self.actor.clock)
        self.shown.clear()
        return True

    @property
    def saying(self) -> Hashable:
        """Equal for subscriptions of one audience that say one change in the same words."""
        selects_node = any(child.name not in _PLAIN for child in self.root.children(self.root_object))
        who = (self.actor.user_id, self.actor.language, self.actor.clock) if selects_node else None
        return self.prepared.text, self.prepared.name, repr(self.values.coerced), who

    @property
    def root_object(self) -> Any:
        """The type of what it tells."""
        return self.prepared.schema.type_map["Job" if self.is_job else "Change"]

    def _context(self, event: Any = None) -> ApiContext:
        return ApiContext(self.app, self.actor, "subscription", self.token, event=event)

    async def say(self, event: Any) -> bytes:
        """The execution result for one event: a change's values, or a job's id.

        Raises: LimitExceeded if that takes too long: others wait for their events meanwhile.
        """
        running = Running(
            self._context(event), self.app.snapshot, self.prepared, self.asked.variables, self.values
        )
        try:
            async with asyncio.timeout(SAY_WITHIN_S):
                return await answer_event(running)
        except TimeoutError as late:
            raise TakesTooLong() from late


_PLAIN = frozenset({"__typename", "type", "id", "kind", "at", "version"})


def subscribed(
    app: "Application", asked: Asked, *, token: str | None, actor: Actor | None, listener: Listener
) -> Subscription:
    """A subscription that is not yet listening. Raises: Unauthenticated, Refused, Invalid."""
    if actor is None:
        raise Unauthenticated("Sign in first.")
    made = Subscription(app, asked, token, actor, listener)
    made.prepare()
    return made
