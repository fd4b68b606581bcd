"""JSON made by the database: the words for it on SQLite and on PostgreSQL, with one result."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import Grouping

from xrm_core.db.arithmetic import SCALE
from xrm_core.db.types import is_sqlite
from xrm_core.declare.specs import Kind

Pair = tuple[str, Any]
# json_build_object takes 100 arguments, SQLite's json_object 127: longer objects are joined from pieces.
_PIECE = 48
_LONGEST_NAME = 63
# No alias of a client can be this, so it never means a column.
_RECORD = "the row"


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


class _Object(sa.sql.functions.Function[Any]):
    """A call that builds a JSON object and remembers of what."""

    inherit_cache = False

    def __init__(self, name: str, pairs: Sequence[Pair]) -> None:
        super().__init__(
            name, *(argument for key, value in pairs for argument in (literal(key), value)), type_=JSON
        )
        self.pairs = tuple(pairs)


class JsonSql:
    """The JSON dialect of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self.sqlite = is_sqlite(dialect)
        # How many members all objects have that were written so far.
        self.members = 0

    def object(self, pairs: Sequence[Pair]) -> Any:
        """A JSON object with these members in this order."""
        self.members += len(pairs)
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
        return _Object("json_object" if self.sqlite else "json_build_object", pairs)

    def array(self, rows: Any, item: Any) -> Any:
        """The items of `rows`, in their order, as a JSON array; [] when there are none."""
        if self._is_record(item):
            rows, item = self._record(item, rows)
        aggregate = (sa.func.json_group_array if self.sqlite else sa.func.json_agg)(self.nest(item))
        listed = aggregate if self.sqlite else sa.func.coalesce(aggregate, self.constant("[]"))
        return sa.select(listed).select_from(rows)

    def one(self, item: Any, table: Any, *conditions: Any) -> Any:
        """The item of the one row of `table` that fulfils the conditions; null if there is none."""
        if self._is_record(item):
            rows, record = self._record(item, table, *conditions)
            found = sa.select(sa.func.row_to_json(record, type_=JSON)).select_from(rows)
        else:
            found = sa.select(item).select_from(table).where(*conditions)
        return self.nest(found.scalar_subquery())

    def _is_record(self, item: Any) -> bool:
        # A column's name has at most 63 bytes; a longer alias is written as a key of json_build_object.
        return (
            not self.sqlite
            and isinstance(item, _Object)
            and all(len(key.encode()) <= _LONGEST_NAME for key, _ in item.pairs)
        )

    @staticmethod
    def _record(item: _Object, table: Any, *conditions: Any) -> tuple[Any, Any]:
        """The object as a row of a subquery and that row: PostgreSQL writes rows out a sixth faster than objects."""
        columns = [sa.label(sa.quoted_name(key, quote=True), value) for key, value in item.pairs]
        rows = sa.select(*columns).select_from(table).where(*conditions).subquery(_RECORD)
        return rows, sa.literal_column(f'"{_RECORD}"', JSON)

    def array_of(self, item: Any, condition: Any = None, *, plain: bool = False) -> Any:
        """The aggregate alone, for selects that make several things of one set of rows; `plain`: of texts."""
        shown = item if plain else self.nest(item)
        aggregate: Any = (sa.func.json_group_array if self.sqlite else sa.func.json_agg)(shown)
        aggregate = aggregate if condition is None else aggregate.filter(condition)
        return self.nest(aggregate if self.sqlite else sa.func.coalesce(aggregate, self.constant("[]")))

    def nest(self, value: Any) -> Any:
        """SQLite forgets on the way through a subquery that text is JSON: say it again.

        An operator behind the subquery, since its parser holds no more than a hundred open symbols.
        """
        if not self.sqlite or isinstance(value, _Object):
            return value
        return value.op("->", precedence=15, return_type=JSON)(literal("$"))

    def without_nulls(self, value: Any) -> Any:
        """The JSON object without the members that are null."""
        if self.sqlite:
            return sa.func.json_patch(literal("{}"), value, type_=JSON)
        return sa.func.json_strip_nulls(value, type_=JSON)

    def constant(self, text: str) -> Any:
        """A JSON constant of ours."""
        return self._as_json(literal(text))

    def _as_json(self, text: Any) -> Any:
        return sa.func.json(text, type_=JSON) if self.sqlite else sa.cast(text, JSON)

    def value(self, kind: Kind, column: Any) -> Any:
        """A stored value as the API shows it: decimals and moments are strings, booleans are booleans."""
        if kind is Kind.DECIMAL:
            return self.decimal(column)
        if kind is Kind.TOTAL:
            return sa.func.xrm_shown(column) if self.sqlite else self.decimal(column)
        if kind is Kind.MOMENT:
            return self._moment(column)
        if kind is Kind.BOOLEAN and self.sqlite:
            return self.boolean(column)
        if kind is Kind.JSON:
            return self.nest(column)
        return column

    def names(self, conditions: Sequence[Pair]) -> Any:
        """A JSON array of the names (ours) whose condition holds, in this order."""
        listed: Any = literal("")
        for name, condition in conditions:
            listed = listed.concat(sa.case((condition, literal(f',"{name}"')), else_=literal("")))
        return self._as_json(literal("[").concat(sa.func.substr(listed, 2)).concat(literal("]")))

    def bytewise(self, text: Any) -> Any:
        """A text that is compared and sorted byte by byte, as SQLite does by itself."""
        # In brackets: COLLATE binds more tightly than what a computed text may be made with.
        return text if self.sqlite else sa.collate(Grouping(text), "C")

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
        scale: Any = sa.literal_column(str(SCALE))
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
    scale: Any = sa.literal_column(str(SCALE))
    stored: Any = sa.type_coerce(column, sa.BigInteger())
    micros = (stored % scale + scale) % scale
    return micros, over(stored - micros, scale)
