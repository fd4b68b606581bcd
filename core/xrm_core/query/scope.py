"""A row while SQL is written about it: the alias of a table, and how it was reached."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import reckoned
from xrm_core.declare.registry import ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind
from xrm_core.query.quoting import quoted
from xrm_core.query.versions import Known, every_version, latest_rows, rows_at


@dataclass(slots=True)
class Scope:
    """One row of a resource under an alias. Columns are written as text, so no FROM is added behind our back.

    `origin` is the link it was reached through backwards, `parent` the id it was reached from by one of
    the links `near`,
    `wanted` the id it has if it exists, `owner` the row it is a 1:1 part of. `is_open`: every row may be read,
    so what is computed from the id alone may be shown where no row is stored yet. `used` are the columns named so
    far: a subquery that stands for the row need not carry others through its sort; `carried` are columns beyond
    those of the resource that it must.

    On the recorded axis it is the row as it is now; as it was `known` at a moment (set only where versions are
    kept); `latest`, as it is or was when it was deleted; or each version of the row `versions_of`.
    """

    info: ResourceInfo
    alias: str
    origin: str | None = None
    parent: Any = None
    near: frozenset[str] = frozenset()
    wanted: Any = None
    owner: "Scope | None" = None
    is_open: bool = False
    used: set[str] = field(default_factory=set)
    carried: dict[str, Any] = field(default_factory=dict)
    known: Known | None = None
    latest: bool = False
    versions_of: "Scope | None" = None

    @property
    def is_past(self) -> bool:
        """Whether it may be a superseded version, of an object that is another today, or gone."""
        return self.known is not None or self.versions_of is not None

    def column(self, name: str) -> Any:
        """A column of the row."""
        self.used.add(name)
        return sa.literal_column(f"{self.alias}.{quoted(name)}", self.info.table.c[name].type)

    @property
    def id(self) -> Any:
        """The row's id."""
        return self.column("id")

    @property
    def tenant(self) -> Any:
        """The row's tenant."""
        return self.column("tenant_id")

    def table(self) -> Any:
        """The row's table under its alias, for FROM; where it may be a superseded version, both tables as one."""
        if self.versions_of is not None:
            return every_version(self.info, self.alias, self.versions_of.tenant, self.versions_of.id)
        return (
            latest_rows(self.info, self.alias) if self.latest else rows_at(self.info, self.alias, self.known)
        )

    def carry(self, name: str, type_: Any) -> Any:
        """A column that the row's FROM has beside those of the resource."""
        self.carried[name] = type_
        return sa.literal_column(f"{self.alias}.{quoted(name)}", type_)

    def key(self, spec: FieldSpec | ComputedSpec) -> Any:
        """What a text is compared and sorted by, where such a key is stored beside it."""
        if isinstance(spec, ComputedSpec):
            assert spec.key is not None
            return spec.key(Row(self))
        return self.column(f"{spec.name}_key")

    def value(self, spec: FieldSpec | ComputedSpec) -> Any:
        """The stored or computed value."""
        if isinstance(spec, ComputedSpec):
            return sa.type_coerce(spec.expression(Row(self)), _computed_type(spec))
        return self.column(spec.name)


def _computed_type(spec: ComputedSpec) -> Any:
    from xrm_core.declare.resource import sql_type  # declarations import the query language, not back at load

    return sql_type(Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind)


class Row:
    """What a computed field's expression sees: the row's fields by their names, links as ids."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __getattr__(self, name: str) -> Any:
        info = self._scope.info
        if self._scope.is_open and self._scope.owner is not None and name in ("id", "tenant_id"):
            return self._scope.wanted if name == "id" else self._scope.owner.tenant
        if name in info.computed:
            return reckoned(self._scope.value(info.computed[name]))
        if name in info.links:
            return self._scope.column(info.links[name].column)
        return reckoned(self._scope.column(name))
