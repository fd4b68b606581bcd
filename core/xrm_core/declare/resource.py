"""`Resource`: what there is. A field is written once, here; table, API, filters and access follow."""

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform, get_args, get_origin, get_type_hints

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column

from xrm_core.db.types import CodeType, DateType, DecimalType, JsonType, TotalType, UtcDateTime, UuidType
from xrm_core.declare.historical import RECORDED_AT, history_table, recorded_field, valid_axis
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import (
    MISSING,
    ComputedSpec,
    FieldSpec,
    Kind,
    LinkSpec,
    OtherEndSpec,
    VirtualSpec,
    field,
    kind_of,
    lifecycle,
    link,
)
from xrm_core.errors import Refusal
from xrm_core.ids import Id, new_id
from xrm_core.money import Money
from xrm_core.text import pascal, text_key

_SQL: dict[Kind, Any] = {
    Kind.TEXT: sa.Text,
    Kind.CODE: CodeType,
    Kind.ENUM: CodeType,
    Kind.INTEGER: sa.Integer,
    Kind.DECIMAL: DecimalType,
    Kind.BOOLEAN: sa.Boolean,
    Kind.DATE: DateType,
    Kind.MOMENT: UtcDateTime,
    Kind.JSON: JsonType,
    Kind.ID: UuidType,
    Kind.TOTAL: TotalType,
}
METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def sql_type(kind: Kind) -> Any:
    """The column type that stores a kind of value."""
    return _SQL[kind]()


def utc_now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


class Base(DeclarativeBase):
    """Everything that is mapped to a table."""

    metadata = METADATA


@dataclass_transform(kw_only_default=True, field_specifiers=(field, link, lifecycle))
class _Declared(Base):
    """The machinery behind Resource, apart so that type checkers see Resource's own fields as fields."""

    __abstract__ = True
    __resource__: ClassVar[str]
    __plural__: ClassVar[str | None] = None
    __also_listed_as__: ClassVar[tuple[str, ...]] = ()
    # The fields that name the resource and the id of any object that the row tells of: it is seen with that object.
    __about__: ClassVar[tuple[str, str] | None] = None
    # Whether these are objects with a lifecycle only.
    __about_lives__: ClassVar[bool] = False

    def __init_subclass__(
        cls,
        *,
        extends: "type[Resource] | None" = None,
        root: bool = True,
        crud: frozenset[str] | set[str] = frozenset({"create", "update", "delete"}),
        historical: bool = False,
        valid: tuple[str, str] | None = None,
        custom: bool = True,
        few: bool = False,
        **options: Any,
    ) -> None:
        if "__resource__" not in vars(cls):
            super().__init_subclass__(**options)
            return
        resource = cls.__resource__
        cls.__tablename__ = resource.replace(".", "_")
        info = ResourceInfo(
            name=resource,
            model=cls,  # type: ignore[arg-type]
            type_name=cls.__name__,
            description=" ".join((cls.__doc__ or "").split()),
            extends=extends.__resource__ if extends else None,
            root=root and extends is None,
            crud=frozenset() if extends else frozenset(crud),
            custom=custom and extends is None,
            few=few,
        )
        if historical and RECORDED_AT not in vars(cls):
            setattr(cls, RECORDED_AT, recorded_field(utc_now))
            cls.__annotations__[RECORDED_AT] = Mapped[dt.datetime]
        _own_columns(cls)
        if info.custom:
            cls.custom_fields = mapped_column(JsonType, nullable=True)
        constraints = _declare(cls, info)
        info.valid = valid_axis(info, valid)
        cls.__table_args__ = (*constraints, *getattr(cls, "__constraints__", ()))
        super().__init_subclass__(**options)
        _keep_keys(cls, info)
        REGISTRY.add(info)
        if historical:
            info.history = history_table(info)

    def __init__(self, **values: Any) -> None:
        info = REGISTRY[self.__resource__]
        for name, spec in info.stored().items():
            if name not in values:
                values[name] = _default(spec)
        values.setdefault("id", new_id())
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no {name}")
            setattr(self, name, value)


class Resource(_Declared):
    """Something that exists, is read through the API and changed by commands.

    Every resource has, without saying so, a tenant, an id (UUIDv7), a version and the moments it was created
    and last changed. `extends=Party` makes it a 1:1 part of a party, shown under the plugin's own field;
    `root=False` keeps it out of Query's own fields; `crud` names the derived commands it keeps. `historical=True`
    keeps every version of it that is superseded, so that it can be read as it was known at any time; `valid` names
    the two days between which a row holds, if they are not called `valid_from` and `valid_to`.
    `custom=False`: an admin adds no fields to it, since nobody changes its rows. A 1:1 part has none: they hang on
    what it is a part of. `few=True`: a tenant has some dozens at most, kinds of other things, so which of them
    somebody sees is asked once a question and not for each row that has one.
    """

    __abstract__ = True

    if TYPE_CHECKING:
        tenant_id: Mapped[int] = field(default=None)
        id: Mapped[Id[Any]] = field(default=None)
        version: Mapped[int] = field(init=False)
        created_at: Mapped[dt.datetime] = field(init=False)
        updated_at: Mapped[dt.datetime] = field(init=False)
        custom_fields: Mapped[dict[str, Any] | None] = field(init=False)

    def settle(self) -> list[Refusal]:
        """Put values in their form and say what is wrong with them; asked by the derived create and update."""
        return []

    async def admit(self, ctx: Any) -> list[Refusal]:
        """What speaks against it beside the rest of the graph; asked by the derived create, after `settle`."""
        return []


def _default(spec: FieldSpec | LinkSpec) -> Any:
    if spec.default is MISSING:
        return None
    return spec.default() if callable(spec.default) else spec.default


def _own_columns(cls: type[Any]) -> None:
    cls.tenant_id = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    cls.id = mapped_column(UuidType, primary_key=True, default=new_id)
    cls.version = mapped_column(sa.Integer, nullable=False, default=1)
    cls.created_at = mapped_column(UtcDateTime, nullable=False, default=utc_now)
    cls.updated_at = mapped_column(UtcDateTime, nullable=False, default=utc_now, onupdate=utc_now)
    cls.__mapper_args__ = {"version_id_col": cls.version}


def _declare(cls: type[Any], info: ResourceInfo) -> list[Any]:
    hints = get_type_hints(cls, localns={cls.__name__: cls}, include_extras=True)
    constraints: list[Any] = []
    for name, spec in list(vars(cls).items()):
        if isinstance(spec, FieldSpec):
            _declare_field(cls, info, name, spec, _inner(hints[name]), constraints)
        elif isinstance(spec, LinkSpec):
            _declare_link(cls, info, name, spec, _inner(hints[name]), constraints)
        elif isinstance(spec, ComputedSpec):
            spec.name = name
            spec.kind, _, spec.enum = kind_of(spec.type)
            info.computed[name] = spec
            setattr(cls, name, _NotOnInstances(name))
        elif isinstance(spec, VirtualSpec):
            spec.name = name
            info.virtual[name] = spec
            setattr(cls, name, _NotOnInstances(name))
        elif isinstance(spec, OtherEndSpec):
            spec.name = name
            info.other_ends[name] = spec
            delattr(cls, name)
    for field_spec in info.fields.values():
        _check_search(info, field_spec)
    # Every column now has an explicit type, so SQLAlchemy need not read the annotations again.
    cls.__annotations__ = {}
    return constraints


def _check_search(info: ResourceInfo, spec: FieldSpec) -> None:
    if spec.search and spec.kind not in (Kind.TEXT, Kind.CODE):
        raise TypeError(f"{info.name}.{spec.name} is no text: it cannot be searched")
    if isinstance(spec.search, str) and spec.search not in info.links:
        raise TypeError(f"{info.name}.{spec.name} is to find by {spec.search}, which is no link of it")


def _inner(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Mapped else hint


def _declare_field(
    cls: type[Any], info: ResourceInfo, name: str, spec: FieldSpec, hint: Any, constraints: list[Any]
) -> None:
    spec.name = name
    spec.kind, spec.nullable, spec.enum = kind_of(hint, code=spec.code)
    if spec.hideable and spec.lifecycle is None and not spec.description:
        spec.description = f"{pascal(name)}; policies may hide it."
    (info.internal if spec.internal else info.fields)[name] = spec
    optional = spec.nullable
    if spec.kind is Kind.MONEY:
        amount = mapped_column(name, DecimalType, nullable=optional)
        currency = mapped_column(f"{name}_currency", CodeType, nullable=optional)
        setattr(cls, f"{name}_amount", amount)
        setattr(cls, f"{name}_currency", currency)
        setattr(cls, name, composite(_money, amount, currency))
        return
    default = None if spec.default is MISSING else spec.default
    setattr(
        cls,
        name,
        mapped_column(name, sql_type(spec.kind), nullable=optional, default=_column_default(default)),
    )
    if spec.has_key:
        key_default = _key_default(name)
        setattr(
            cls, f"{name}_key", mapped_column(f"{name}_key", CodeType, nullable=optional, default=key_default)
        )
    column = f"{name}_key" if spec.has_key else name
    if spec.unique:
        constraints.append(sa.UniqueConstraint("tenant_id", column))
    elif spec.index or spec.search:
        constraints.append(sa.Index(None, "tenant_id", column))


def _declare_link(
    cls: type[Any], info: ResourceInfo, name: str, spec: LinkSpec, hint: Any, constraints: list[Any]
) -> None:
    spec.name = name
    spec.nullable = type(None) in get_args(hint)
    target = next(option for option in (*get_args(hint), hint) if get_origin(option) is Id or option is Id)
    spec.target = spec.to or get_args(target)[0].__resource__
    info.links[name] = spec
    setattr(cls, name, mapped_column(spec.column, UuidType, nullable=spec.nullable))
    if spec.index:
        constraints.append(sa.Index(None, "tenant_id", spec.column))


def _column_default(default: Any) -> Any:
    if callable(default):
        return lambda _context: default()
    return default.value if isinstance(default, Enum) else default


def _key_default(name: str) -> Any:
    def key(context: Any) -> str | None:
        text = context.get_current_parameters().get(name)
        return None if text is None else text_key(text)

    return key


def _money(amount: Any, currency: Any) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _keep_keys(cls: type[Any], info: ResourceInfo) -> None:
    """The comparison key changes with its text, whoever sets it."""
    for spec in info.fields.values():
        if spec.has_key:
            _keep_key(getattr(cls, spec.name), f"{spec.name}_key")


def _keep_key(attribute: Any, key_name: str) -> None:
    @event.listens_for(attribute, "set")
    def set_key(target: Any, value: Any, _old: Any, _initiator: Any) -> None:
        setattr(target, key_name, None if value is None else text_key(value))


class _NotOnInstances:
    """A computed value exists in SQL only; reading it from an object is a mistake worth hearing about."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        raise AttributeError(f"{self.name} is computed in SQL: read it through the read path")
