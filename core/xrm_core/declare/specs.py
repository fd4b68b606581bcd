"""The words of a declaration: `field`, `link`, `lifecycle`, `computed`, `virtual`, `other_end`."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, get_args, get_origin

from xrm_core.ids import Id
from xrm_core.money import Money


class Kind(StrEnum):
    """What a value is, whatever stores or shows it."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    JSON = "json"
    ENUM = "enum"
    ID = "id"
    MONEY = "money"
    # A sum of decimals: what an aggregate gives, never stored.
    TOTAL = "total"


_KINDS: dict[type, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    Decimal: Kind.DECIMAL,
    bool: Kind.BOOLEAN,
    dt.date: Kind.DATE,
    dt.datetime: Kind.MOMENT,
    dict: Kind.JSON,
    list: Kind.JSON,
    Money: Kind.MONEY,
    Id: Kind.ID,
}

MISSING: Any = object()


@dataclass(slots=True)
class FieldSpec:
    """One value of a resource, as its author wrote it; `name`, `kind` and `nullable` come from the annotation."""

    default: Any = MISSING
    unique: bool = False
    search: bool | str = False
    code: bool = False
    hideable: bool = False
    read_only: bool = False
    immutable: bool = False
    index: bool = False
    description: str = ""
    meta: Mapping[str, Any] = dataclass_field(default_factory=dict)
    lifecycle: str | None = None
    internal: bool = False
    name: str = ""
    kind: Kind = Kind.TEXT
    nullable: bool = False
    enum: type[Enum] | None = None

    @property
    def has_key(self) -> bool:
        """Whether a comparison key is stored beside the text."""
        return self.kind is Kind.TEXT


@dataclass(slots=True)
class LinkSpec:
    """An edge to another resource: an id in Python, an object in the API, a list at the other side."""

    inverse: str | None = None
    inverse_list: bool = False
    to: str | None = None
    default: Any = MISSING
    read_only: bool = False
    immutable: bool = False
    hideable: bool = False
    index: bool = True
    on_delete: str = "restrict"
    description: str = ""
    name: str = ""
    target: str = ""
    nullable: bool = False

    @property
    def column(self) -> str:
        """The column that holds the target's id."""
        return f"{self.name}_id"


@dataclass(slots=True)
class ComputedSpec:
    """A value that SQL computes from the row: it filters, sorts and sums like a stored one."""

    type: Any
    expression: Callable[[Any], Any]
    hideable: bool = False
    description: str = ""
    name: str = ""
    kind: Kind = Kind.TEXT
    nullable: bool = True
    enum: type[Enum] | None = None
    currency: Callable[[Any], Any] | None = None
    # What a text is compared and sorted by, where it is stored beside it.
    key: Callable[[Any], Any] | None = None
    # The hideable parts of the row that it is worked out from: it is hidden where one of them is.
    tells_of: frozenset[str] = frozenset()

    @property
    def has_key(self) -> bool:
        """Whether a comparison key is stored beside the text."""
        return self.key is not None


@dataclass(slots=True)
class OtherEndSpec:
    """The end of an edge that one did not come from; from the root it is the second one."""

    first: str
    second: str
    description: str = ""
    name: str = ""


@dataclass(slots=True)
class VirtualSpec:
    """A value Python computes for a whole batch of objects; it is shown, never filtered or sorted."""

    graphql: str
    batch: Callable[..., Any]
    description: str = ""
    name: str = ""


def field(
    *,
    default: Any = MISSING,
    unique: bool = False,
    search: bool | str = False,
    code: bool = False,
    hideable: bool = False,
    read_only: bool = False,
    immutable: bool = False,
    index: bool = False,
    description: str = "",
    internal: bool = False,
    init: bool = True,
    **meta: Any,
) -> Any:
    """A stored value.

    `unique` within the tenant; `search` puts it in search: its text finds the object, or with the name of a link
    (`search="party"`) the object there; `code` compares byte by byte (codes, not words);
    `hideable` lets policies hide it; `read_only` is written by commands only; `immutable` once at creation;
    `internal` is a column that neither the API nor the audit knows (salts, digests).
    `init` is for type checkers. What else is said (purpose, basis, audience …) is kept in `meta` for those who read it.
    """
    return FieldSpec(
        default,
        unique,
        search,
        code,
        hideable,
        read_only,
        immutable,
        index,
        description,
        meta,
        internal=internal,
    )


def link(
    *,
    inverse: str | None = None,
    inverse_list: bool = False,
    to: str | None = None,
    default: Any = MISSING,
    read_only: bool = False,
    immutable: bool = False,
    hideable: bool = False,
    index: bool = True,
    on_delete: str = "restrict",
    description: str = "",
) -> Any:
    """An edge to another resource.

    `inverse` names the list at the other side (`legal.contracts` puts it under the plugin's field); two links
    of one resource with the same inverse are read as one list from both ends. `inverse_list` makes that side a
    plain list instead of a connection. `on_delete`: restrict, cascade or clear.
    """
    return LinkSpec(
        inverse, inverse_list, to, default, read_only, immutable, hideable, index, on_delete, description
    )


def lifecycle(process: str, *, default: Any = MISSING, index: bool = True, description: str = "") -> Any:
    """The state of the object, moved only by the state machine `process`; history and moves come with it."""
    return FieldSpec(
        default=default, code=True, read_only=True, index=index, lifecycle=process,
        description=description or "Where the object stands in its life.",
    )  # fmt: skip


def computed(
    type_: Any,
    expression: Callable[[Any], Any],
    *,
    currency: Callable[[Any], Any] | None = None,
    hideable: bool = False,
    nullable: bool = True,
    description: str = "",
) -> Any:
    """A value SQL computes from the row; reading it from an instance raises.

    `nullable=False` promises that the expression gives a value for every row. For Money the expression gives the
    amount and `currency` its currency. What reads hideable fields of the row is hidden with them, and so is nullable
    whatever was promised. Raises: TypeError for Money without a currency, or a currency without Money.
    """
    if (type_ is Money) != (currency is not None):
        raise TypeError("a computed amount of money, and nothing else, says its currency")
    return ComputedSpec(type_, expression, hideable, description, nullable=nullable, currency=currency)


def virtual(graphql: str, batch: Callable[..., Any], *, description: str = "") -> Any:
    """A value of the GraphQL type `graphql`, computed by `await batch(ctx, ids)` for all objects at once."""
    return VirtualSpec(graphql, batch, description)


def other_end(first: str, second: str, *, description: str = "") -> Any:
    """The object at the end one did not come from."""
    return OtherEndSpec(first, second, description)


def kind_of(annotation: Any, *, code: bool = False) -> tuple[Kind, bool, type[Enum] | None]:
    """The kind, whether None is allowed, and the enum if it is one. Raises TypeError for what cannot be stored."""
    nullable = False
    options = [option for option in get_args(annotation) if option is not type(None)]
    if get_origin(annotation) is not None and type(None) in get_args(annotation):
        nullable, annotation = True, options[0] if len(options) == 1 else annotation
    base = get_origin(annotation) or annotation
    if isinstance(base, type) and issubclass(base, Enum):
        return Kind.ENUM, nullable, base
    kind = _KINDS.get(base)
    if kind is None:
        raise TypeError(f"{annotation!r} cannot be stored")
    return (Kind.CODE if code and kind is Kind.TEXT else kind), nullable, None
