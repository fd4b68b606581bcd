"""What a computed field is worked out from: where one of these is hidden, it would tell of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xrm_core.declare.specs import ComputedSpec

if TYPE_CHECKING:
    from xrm_core.declare.registry import ResourceInfo

_BESIDE = ("_currency", "_key")


class _Row:
    """A row that notes which of its parts an expression names."""

    def __init__(self, info: "ResourceInfo") -> None:
        self._info, self._named = info, set[str]()

    def __getattr__(self, name: str) -> Any:
        info = self._info
        self._named.add(name)
        if name in info.computed:
            return info.computed[name].expression(self)
        column = info.links[name].column if name in info.links else name
        return sa.literal_column(column, info.table.c[column].type)


def find_sources(info: "ResourceInfo") -> None:
    """Note for each computed field which hideable parts of the row it reads; one that reads any can be hidden too."""
    parts: dict[str, Any] = {**info.stored(), **info.computed}
    hideable = frozenset(name for name, spec in parts.items() if spec.hideable)
    for spec in info.computed.values() if hideable else ():
        spec.tells_of = (hideable & frozenset(_read(info, spec, hideable))) - {spec.name}
        spec.hideable = spec.hideable or bool(spec.tells_of)


def _read(info: "ResourceInfo", spec: ComputedSpec, hideable: frozenset[str]) -> Iterator[str]:
    row = _Row(info)
    try:
        for expression in filter(None, (spec.expression, spec.currency, spec.key)):
            expression(row)
    except Exception:
        # It fails whoever reads it, or reads what is not there yet: as long as that is not known it tells of all.
        yield from hideable
        return
    for name in row._named:
        yield name
        yield from (name.removesuffix(suffix) for suffix in _BESIDE if name.endswith(suffix))
