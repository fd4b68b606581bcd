"""What is shared while one statement is written: aliases, parameters, what the asker may see."""

import secrets
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from xrm_core.custom.definitions import Definitions
from xrm_core.db.types import UtcDateTime
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import FieldSpec, Kind
from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query.binds import CONTEXT_TYPES, Binds, Request
from xrm_core.query.cost import Meter
from xrm_core.query.jsonsql import JsonSql, literal
from xrm_core.query.notes import Notes
from xrm_core.query.scope import Scope
from xrm_core.query.versions import Known

Path = tuple[str, ...]

# More conditions than any person writes; databases refuse a few thousand in ways of their own.
MOST_CONDITIONS = 500
# A screen shows a dozen lists; each costs milliseconds of compiling and is read once a row of the list around it.
MOST_LISTS = 100
# What every resource has without declaring it.
BASE_FIELDS: dict[str, FieldSpec] = {
    "id": FieldSpec(name="id", kind=Kind.ID, description="UUIDv7."),
    "version": FieldSpec(name="version", kind=Kind.INTEGER, description="Grows with every change."),
    "createdAt": FieldSpec(name="created_at", kind=Kind.MOMENT, description="When it was recorded."),
    "updatedAt": FieldSpec(name="updated_at", kind=Kind.MOMENT, description="When it last changed."),
}


@dataclass(frozen=True, slots=True)
class Clause:
    """One policy as the compiler needs it: where it holds, its rule, which fields it speaks of.

    `is_whole`: it names no single field, so it is about the row or the action.
    """

    role: str | None
    rule: dict[str, Any]
    shows: Callable[[str], bool]
    is_whole: bool
    # The line it comes from, in words.
    said: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """All policies on one resource and action that concern the asker."""

    allow: tuple[Clause, ...]
    deny: tuple[Clause, ...]


class Access(Protocol):
    """What the asker's policies say, ready to be written into SQL."""

    @property
    def shape(self) -> Hashable:
        """Equal for askers whose statements are the same but for parameters."""

    @property
    def custom_fields(self) -> Definitions:
        """The custom fields of the asker's tenant."""

    def grant(self, resource: str, action: str) -> Grant:
        """The policies on `resource` for `action`."""


@dataclass(frozen=True, slots=True)
class VirtualUse:
    """A value that Python fills in afterwards: where in the answer, who computes it, what is selected of it.

    The statement leaves `mark` and the object's id in its place: several resources may answer at one path.
    """

    path: Path
    resource: str
    name: str
    selected: Any

    @property
    def mark(self) -> str:
        """What stands before the id."""
        return f"{_UNGUESSABLE}{self.resource}.{self.name}:"


@dataclass(frozen=True, slots=True)
class Nesting:
    """How deeply a statement is nested: lists and objects with more symbols open are left to further statements.

    `hoists`: which rows may be seen is worked out in front of the statement, not inside it.
    """

    lists: int
    objects: int
    hoists: bool


# Marks begin with this, so that no stored text is taken for one.
_UNGUESSABLE = secrets.token_hex(8)
# How many symbols SQLite's parser holds open around a field of Query, around what stands in a list, in an object.
ROOT_SYMBOLS = 11
LIST_SYMBOLS = 18
OBJECT_SYMBOLS = 10
# It holds 100 at most; rules, filters and orders take room too. Where they take more than the first of these leaves
# them, the next is tried; the last has one list, or one object in it, a statement.
NESTINGS = (Nesting(62, 70, False), Nesting(62, 70, True), Nesting(47, 57, True), Nesting(29, 39, True))


@dataclass(frozen=True, slots=True)
class Axes:
    """The times a list is asked about: the moment whose day it held (None: today), and when we knew it (None: now)."""

    as_of: Any = None
    known_at: Any = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """A field that is nested too deeply for SQLite's parser: read by a further statement, for all its rows at once.

    The statement leaves `mark` and the row's id in its place.
    """

    path: Path
    mark: str
    info: ResourceInfo
    field: Any
    selected: Any
    axes: Axes
    times: int


@dataclass(frozen=True, slots=True)
class Journey:
    """A field that is answered by walking the graph (query.graph): further statements, then the objects they name.

    The statement leaves `mark` in its place: with the id of the row behind it where it is a row's field, else in a list
    with what the journey begins with.
    """

    kind: str
    path: Path
    mark: str
    selected: Any
    axes: Axes
    times: int


@dataclass(frozen=True, slots=True)
class Check:
    """The field at `path` is refused with `message` if the condition `wrong` holds when the statement runs."""

    wrong: Any
    message: str
    field: str
    path: Path


@dataclass(frozen=True, slots=True)
class Failure:
    """A field that was asked wrongly: the statement leaves `mark` in its place."""

    path: Path
    mark: str
    wrong: Invalid


@dataclass(frozen=True, slots=True)
class Written:
    """A moment in the writing of a statement."""

    lengths: tuple[int, ...]
    axes: Axes
    depth: int


@dataclass(slots=True)
class Compiler:
    """One statement in the making."""

    dialect: Dialect
    access: Access
    plugins: frozenset[str]
    request: Request | None = None
    nesting: Nesting = NESTINGS[0]
    failing: Mapping[Path, Invalid] = field(default_factory=dict)
    binds: Binds = field(init=False)
    json: JsonSql = field(init=False)
    hidden: dict[str, None] = field(default_factory=dict)
    virtuals: list[VirtualUse] = field(default_factory=list)
    cursors: dict[tuple[Path, str], None] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    boxes: dict[Path, None] = field(default_factory=dict)
    continuations: list[Continuation] = field(default_factory=list)
    journeys: list[Journey] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    hoisted: dict[Hashable, Any] = field(default_factory=dict)
    axes: Axes = Axes()
    # Rows a page may have; None: as many as anybody's.
    most_rows: int | None = None
    # Characters an answer may have; None: as many as the database can make.
    longest: int | None = None
    meter: Meter = field(default_factory=Meter)
    notes: Notes | None = None
    _known: dict[Hashable, Known] = field(default_factory=dict)
    uses_custom_fields: bool = False
    _aliases: int = 0
    _conditions: int = 0
    _lists: int = 0
    _depth: int = ROOT_SYMBOLS

    def __post_init__(self) -> None:
        self.binds = Binds(self.dialect, self.request)
        self.json = JsonSql(self.dialect)

    @property
    def path(self) -> Path:
        """The field that is being written."""
        return self.binds.owner

    @path.setter
    def path(self, path: Path) -> None:
        self.binds.owner = path

    def scope(self, info: ResourceInfo, *, origin: str | None = None) -> Scope:
        """A new row of the resource, under an alias of its own."""
        self._aliases += 1
        return Scope(info, f"t{self._aliases}", origin, known=self.known(info))

    def known(self, info: ResourceInfo) -> Known | None:
        """When the resource's rows are asked about, for `rows_at`; None: now, or its versions are not kept."""
        moment = self.axes.known_at
        if moment is None or info.history is None:
            return None
        if moment not in self._known:
            self._known[moment] = Known(self.binds.value(moment, UtcDateTime()), self.json.sqlite)
        return self._known[moment]

    def latest(self, scope: Scope, *, origin: str | None) -> Scope:
        """A new row of the scope's resource: an object as it is, or was when it was deleted."""
        self._aliases += 1
        return Scope(scope.info, f"t{self._aliases}", origin, latest=scope.info.history is not None)

    def listed(self, inverse: InverseInfo) -> Scope:
        """A new row of the list `inverse`; its origin is known if there is only one link it can come by."""
        only = inverse.links[0].name if len(inverse.links) == 1 else None
        return self.scope(self.resource(inverse.source), origin=only)

    def alias(self, prefix: str) -> str:
        """A fresh name for a derived table."""
        self._aliases += 1
        return f"{prefix}{self._aliases}"

    def context(self, name: str) -> Any:
        """A value of the request's context: tenant, user, unit, today, language."""
        return self.binds.context(name, CONTEXT_TYPES[name])

    @property
    def custom_fields(self) -> Definitions:
        """The custom fields the statement is written for."""
        return self.access.custom_fields

    def resource(self, name: str) -> ResourceInfo:
        """A declared resource."""
        return REGISTRY[name]

    def inverses(self, info: ResourceInfo) -> dict[str, InverseInfo]:
        """The lists that enabled plugins hang on the resource, by `name` or `namespace.name`."""
        return {
            name: inverse
            for name, inverse in info.inverses.items()
            if self.is_enabled(self.resource(inverse.source).plugin)
        }

    def extension(self, info: ResourceInfo, namespace: str) -> ResourceInfo | None:
        """The 1:1 part that a plugin adds to the resource, if it is enabled and has one."""
        for name in info.extensions:
            extension = self.resource(name)
            if extension.plugin == namespace and self.is_enabled(namespace):
                return extension
        return None

    def is_enabled(self, plugin: str) -> bool:
        """Whether the plugin's part of the graph is shown."""
        return plugin == "core" or plugin in self.plugins

    def joined(self, scope: Scope, inverse: InverseInfo, other: Scope) -> Any:
        """That `other` is in the list `inverse` of `scope`."""
        # The tenant stands in each: without statistics SQLite would not look for both ends in their indexes.
        ends = [
            sa.and_(other.tenant == scope.tenant, other.column(spec.column) == scope.id)
            for spec in inverse.links
        ]
        return sa.or_(*ends)

    def noted(self, condition: Any, reason: str) -> Any:
        """The condition; where notes are taken, with the reason why it is there."""
        return condition if self.notes is None else self.notes.mark(condition, reason)

    def check(self, wrong: Any, message: str, *, field: str) -> None:
        """The field now written is refused with this message if `wrong` holds when the statement runs."""
        self.checks.append(Check(wrong, message, field, self.path))

    def boxed(self, shown: Any, checks: list[Check], path: Path) -> Any:
        """The value with its own checks beside it; the answer keeps the value."""
        self.boxes[path] = None
        message = sa.case(*[(check.wrong, literal(check.message)) for check in checks])
        field_ = sa.case(*[(check.wrong, literal(check.field)) for check in checks])
        return self.json.object([("message", message), ("field", field_), ("value", shown)])

    @contextmanager
    def deeper(self, symbols: int) -> Iterator[None]:
        """What is written meanwhile is nested in a piece of SQL that leaves that many symbols open."""
        self._depth += symbols
        yield
        self._depth -= symbols  # not if it raises: `forget` knows how deep it was

    def has_no_room(self, symbols: int, scope: Scope) -> bool:
        """Whether a list or object of the row that leaves so many symbols open is too much for the database's parser.

        What hangs on one version among several is written where it stands: an id would not find the version again.
        """
        most = self.nesting.lists if symbols == LIST_SYMBOLS else self.nesting.objects
        return self.json.sqlite and scope.versions_of is None and self._depth + symbols > most

    def continued(self, field: Any, scope: Scope, selected: Any, path: Path) -> Any:
        """The field of the row `scope` is left to a further statement."""
        mark = f"{_UNGUESSABLE}{len(self.continuations)}~"
        self.continuations.append(
            Continuation(path, mark, scope.info, field, selected, self.axes, self.meter.times)
        )
        return literal(mark).concat(sa.cast(scope.id, sa.Text()))

    def travelled(self, kind: str, selected: Any, path: Path, axes: Axes) -> str:
        """The field is left to a journey; the mark that stands in its place."""
        mark = f"{_UNGUESSABLE}{len(self.journeys)}>"
        self.journeys.append(Journey(kind, path, mark, selected, axes, self.meter.times))
        return mark

    def written(self) -> "Written":
        """How far what goes with the statement is written."""
        return Written(tuple(map(len, self._beside())), self.axes, self._depth)

    def forget(self, before: "Written") -> None:
        """What was written since goes with a field that is not answered after all."""
        for part, length in zip(self._beside(), before.lengths, strict=True):
            while len(part) > length:
                part.popitem() if isinstance(part, dict) else part.pop()
        self.axes, self._depth = before.axes, before.depth

    def _beside(self) -> tuple[dict[Any, None] | list[Any], ...]:
        return (
            self.hidden, self.virtuals, self.cursors, self.checks, self.boxes, self.continuations, self.journeys,
            self.failures,
        )  # fmt: skip

    def failed(self, path: Path, wrong: Invalid) -> str:
        """The field at `path` is not answered; the mark to leave in its place."""
        mark = f"{_UNGUESSABLE}{len(self.failures)}!"
        self.failures.append(Failure(path, mark, wrong))
        return mark

    def count_list(self) -> None:
        """One more list, or groups, is asked for. Raises: LimitExceeded."""
        self._lists += 1
        if self._lists > MOST_LISTS:
            raise LimitExceeded(f"A question has at most {MOST_LISTS} lists.")

    def count_condition(self) -> None:
        """One more condition is asked for. Raises: LimitExceeded."""
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise LimitExceeded(f"A question has at most {MOST_CONDITIONS} conditions.", field="where")

    def hide(self, path: Path) -> None:
        """Remember that the value at `path` answers null because a policy hides it."""
        self.hidden[".".join(path)] = None


def refuse_hidden(name: str) -> Invalid:
    """Asking about a hidden value by another way is refused, whatever the value is."""
    return Invalid(f"You may not filter, order or group by {name}.", field=name)
