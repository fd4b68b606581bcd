"""What a command is handed: who acts, for which unit, when, and the doors to data."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import IllegalTransition, NotFound, Refusal, Refused
from xrm_core.identity.actor import Actor
from xrm_core.ids import Id, new_id

T = TypeVar("T")


class Gate(Protocol):
    """What access lets commands ask."""

    def condition(self, ctx: "Context", model: type[Any], action: str) -> Any:
        """The SQL condition on the model's rows under which the actor may do `action`."""

    def may_ever(self, resource: str, action: str) -> bool:
        """Whether any policy gives the actor the action on some row."""

    def may_in(self, resource: str, action: str, unit: Any) -> bool:
        """Whether a policy gives the actor the action in this unit, or everywhere, and none takes it away there."""

    def shows(self, resource: str, field: str) -> bool:
        """Whether every row that the actor may read shows them this field, as policies name it."""


@dataclass(slots=True)
class Event:
    """Something that happened, told to the outbox in the same transaction."""

    name: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class Context:
    """One unit of work: everything in it happens, or nothing.

    `ask(document, variables)` reads through the API as the actor; `hooks` calls what enabled plugins implement.
    """

    actor: Actor
    session: AsyncSession
    gate: Gate
    now: dt.datetime
    unit: Id[Any] | None = None
    command: str = ""
    request_id: str = ""
    plugins: frozenset[str] = frozenset()
    hooks: Any = None
    ask: Any = None
    app: Any = None
    events: list[Event] = field(default_factory=list)
    audited: list[dict[str, Any]] = field(default_factory=list)
    born: list[Any] = field(default_factory=list)
    # Historical objects that have their version of this unit of work already, by resource and id.
    superseded: set[tuple[str, Any]] = field(default_factory=set)
    # What maintained tables must be renewed for, by resource (declare.upkeep).
    noticed: dict[str, set[Any]] = field(default_factory=dict)
    # Rows that search must follow (query.search.touched); None where nothing is written.
    touched: Any = None
    # The objects themselves, by resource and id; resources written in bulk, of which single objects are not told.
    changed: dict[tuple[str, Any], Any] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)
    # Called once all of it is committed; never if it is not.
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def tenant_id(self) -> int:
        """The tenant the actor belongs to."""
        return self.actor.tenant_id

    @property
    def today(self) -> dt.date:
        """The business date."""
        return self.actor.today(self.now)

    def may(self, model: type[Any], action: str = "read") -> Any:
        """The condition that the actor may do `action` with a row: every select a plugin writes carries it."""
        return self.gate.condition(self, model, action)

    async def find(
        self, model: type[T], object_id: Any, *, action: str = "read", lock: bool = False
    ) -> T | None:
        """The object, if the actor may do `action` with it; `lock` keeps others from changing it meanwhile."""
        rows: Any = model
        query = sa.select(rows).where(rows.id == object_id, self.may(model, action))
        if lock:
            # What was read before is as old as the reading: others may have changed it until it was locked.
            query = query.with_for_update(of=rows).execution_options(populate_existing=True)
        return (await self.session.scalars(query)).one_or_none()

    async def get(self, model: type[T], object_id: Any, *, field: str | None = None, lock: bool = False) -> T:
        """The object, if the actor may read it.

        Raises: NotFound, naming `field` when the id came in one.
        """
        found = await self.find(model, object_id, lock=lock)
        if found is None:
            raise NotFound(model.__name__, object_id, field=field)
        return found

    async def visible(self, model: type[Any], ids: Sequence[Any], *, action: str = "read") -> set[Any]:
        """Those of the ids with which the actor may do `action`."""
        rows: Any = model
        query = sa.select(rows.id).where(rows.id.in_(list(ids)), self.may(model, action))
        return set((await self.session.scalars(query)).all())

    async def number(self, series: str, *, unit: Any = None, year: int | None = None) -> int:
        """The next number of a series, gapless per unit and year."""
        from xrm_core.db.sequences import next_number  # the database layer imports declarations

        return await next_number(
            self.session,
            tenant_id=self.tenant_id,
            name=series,
            unit_id=unit or self.unit,
            year=year or self.today.year,
        )

    async def customise(self, item: Any, values: Mapping[str, Any] | None) -> list[Refusal]:
        """Set custom fields of an object, made or changed in this unit of work; what speaks against each of them.

        A key that is absent is left as it is, null clears. A new object must have what is required.
        """
        from xrm_core.custom.writing import customise  # definitions are a resource, declared like others

        return await customise(self, item, values)

    def add(self, *objects: Any) -> None:
        """Objects that come to exist with this unit of work."""
        for item in objects:
            item.tenant_id = self.actor.tenant_id
            if getattr(item, "id", "") is None:
                item.id = new_id()
            self.session.add(item)
            self._begin_life(item)

    def _begin_life(self, item: Any) -> None:
        name = getattr(type(item), "__resource__", "")
        spec = REGISTRY[name].lifecycle if name in REGISTRY else None
        unborn = spec is not None and getattr(item, spec.name) is None and self.hooks is not None
        if unborn and self.hooks.begin_life(ctx=self, subject=item):
            self.born.append(item)

    async def confirm_births(self) -> None:
        """The lives begun in this unit of work may begin. Raises: IllegalTransition, with every reason."""
        born, self.born = self.born, []
        for outcome in self.hooks.confirm_births(ctx=self, subjects=born) if born else ():
            if hasattr(outcome, "__await__"):
                await outcome

    async def move(
        self, subject: Any, event: str, *, reason: str | None = None, data: Any = None, mode: str = "manual"
    ) -> Any:
        """Make a move of the object's state machine; the result says from where to where and when.

        Raises: IllegalTransition or Invalid, with every reason at once.
        """
        moved = self.hooks.perform_move(
            ctx=self, subject=subject, event=event, reason=reason, data=data or {}, mode=mode
        )
        if moved is None:
            raise IllegalTransition(f"Nothing moves a {type(subject).__name__}.")
        return await moved

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Stop here if there is any reason to. Raises: Refused, with every reason at once."""
        if refusals:
            raise Refused(refusals)

    def emit(self, event: str, /, **payload: Any) -> None:
        """Tell the outbox; it is written with the change or not at all."""
        self.events.append(Event(event, payload))
