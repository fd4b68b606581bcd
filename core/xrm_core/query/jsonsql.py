"""JSON made by the database: the words for it on SQLite and on PostgreSQL, with one result."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from xrm_core.db.types import SCALE, is_sqlite
from xrm_core.declare.specs import Kind

Pair = tuple[str, Any]
# json_build_object takes 100 arguments, SQLite's json_object 127: longer objects are joined from pieces.
_PIECE = 48


class _Json(sa.types.UserDefinedType[Any]):
    """Marks an expression as JSON already, so that it is nested and not quoted."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        """Only ever seen by CAST."""
        return "JSON"


JSON = _Json()


def literal(text: str) -> Any:
    """A string constant of ours (never of a user) as SQL."""
    return sa.literal_column("'" + text.replace("'", "''") + "'", sa.Text())


class JsonSql:
    """The JSON dialect of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self.sqlite = is_sqlite(dialect)

    def object(self, pairs: Sequence[Pair]) -> Any:
        """A JSON object with these members in this order."""
        if len(pairs) <= _PIECE:
            return self._piece(pairs)
        pieces = [self._piece(pairs[start : start + _PIECE]) for start in range(0, len(pairs), _PIECE)]
        texts = [sa.cast(piece, sa.Text()) for piece in pieces]
        inner = [sa.func.substr(text, 2, sa.func.length(text) - 2) for text in texts]
        joined = literal("{")
        for position, text in enumerate(inner):
            joined = joined.concat(literal(",")).concat(text) if position else joined.concat(text)
        return self._as_json(joined.concat(literal("}")))

    def _piece(self, pairs: Sequence[Pair]) -> Any:
        arguments = [argument for name, value in pairs for argument in (literal(name), value)]
        build = sa.func.json_object if self.sqlite else sa.func.json_build_object
        return build(*arguments, type_=JSON)

    def array(self, rows: Any, item: Any, condition: Any = None) -> Any:
        """The items of `rows`, in their order, as a JSON array; [] when there are none."""
        aggregate = (sa.func.json_group_array if self.sqlite else sa.func.json_agg)(self.nest(item))
        if condition is not None:
            aggregate = aggregate.filter(condition)
        listed = aggregate if self.sqlite else sa.func.coalesce(aggregate, self.constant("[]"))
        return sa.select(listed).select_from(rows)

    def array_of(self, item: Any, condition: Any = None, *, plain: bool = False) -> Any:
        """The aggregate alone, for selects that make several things of one set of rows; `plain`: of texts."""
        shown = item if plain else self.nest(item)
        aggregate = (sa.func.json_group_array if self.sqlite else sa.func.json_agg)(shown)
        aggregate = aggregate if condition is None else aggregate.filter(condition)
        return self.nest(aggregate if self.sqlite else sa.func.coalesce(aggregate, self.constant("[]")))

    def nest(self, value: Any) -> Any:
        """SQLite forgets on the way through a subquery that text is JSON: say it again."""
        return sa.func.json(value, type_=JSON) if self.sqlite else value

    def constant(self, text: str) -> Any:
        """A JSON constant of ours."""
        return self._as_json(literal(text))

    def _as_json(self, text: Any) -> Any:
        return sa.func.json(text, type_=JSON) if self.sqlite else sa.cast(text, JSON)

    def value(self, kind: Kind, column: Any) -> Any:
        """A stored value as the API shows it: decimals and moments are strings, booleans are booleans."""
        if kind is Kind.DECIMAL:
            return self.decimal(column)
        if kind is Kind.MOMENT:
            return self._moment(column)
        if kind is Kind.BOOLEAN and self.sqlite:
            return self.boolean(column)
        if kind is Kind.JSON:
            return self.nest(column)
        return column

    def boolean(self, column: Any) -> Any:
        """true, false or null."""
        if not self.sqlite:
            return column
        shown = sa.case(
            (column.is_(None), literal("null")), (column, literal("true")), else_=literal("false")
        )
        return sa.func.json(shown, type_=JSON)

    def decimal(self, column: Any) -> Any:
        """A plain number as text, without zeros at its end."""
        if not self.sqlite:
            return sa.cast(sa.func.trim_scale(column), sa.Text())
        size = sa.func.abs(column)
        scale = sa.literal_column(str(SCALE))
        whole, rest = over(size, scale), size % scale
        digits = sa.func.printf(literal("%d.%06d"), whole, rest)
        trimmed = sa.func.rtrim(sa.func.rtrim(digits, literal("0")), literal("."))
        sign = sa.case((column < sa.literal_column("0"), literal("-")), else_=literal(""))
        return sa.case((column.is_(None), sa.null()), else_=sign.concat(trimmed))

    def _moment(self, column: Any) -> Any:
        if not self.sqlite:
            pattern = literal('YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            return sa.func.to_char(sa.func.timezone(literal("UTC"), column), pattern)
        micros, seconds = split_moment(column)
        day = sa.func.strftime(literal("%Y-%m-%dT%H:%M:%S"), seconds, literal("unixepoch"))
        return day.concat(sa.func.printf(literal(".%06dZ"), micros))


def over(dividend: Any, divisor: Any) -> Any:
    """Division as the database does it (of integers: whole), which `/` and `//` are not for SQLAlchemy."""
    return dividend.op("/", precedence=8)(divisor)


def split_moment(column: Any) -> tuple[Any, Any]:
    """SQLite's integer microseconds as (microseconds of the second, whole seconds), before 1970 too."""
    scale = sa.literal_column(str(SCALE))
    micros = (column % scale + scale) % scale
    return micros, over(column - micros, scale)
