"""Column types that give the same answer on SQLite and PostgreSQL (design: both databases, always)."""

import datetime as dt
import operator
import uuid
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from xrm_core.db.arithmetic import DecimalOperators, WholeOperators
from xrm_core.db.exact import sortable
from xrm_core.errors import Invalid
from xrm_core.ids import Id
from xrm_core.money import round_half_up

_PLACES = 6
_LIMIT = Decimal(10) ** 12
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ENDS = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))
_MICROSECOND = dt.timedelta(microseconds=1)


def is_sqlite(dialect: Dialect) -> bool:
    """Whether the dialect is the embedded database's."""
    return dialect.name == "sqlite"


class UuidType(TypeDecorator[uuid.UUID]):
    """A UUID: native on PostgreSQL, its text on SQLite, so that JSON shows the same letters."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Native where there is one."""
        return dialect.type_descriptor(sa.Text() if is_sqlite(dialect) else postgresql.UUID(as_uuid=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Text or UUID in."""
        if value is None:
            return None
        return (
            str(value)
            if is_sqlite(dialect)
            else (value if isinstance(value, uuid.UUID) else uuid.UUID(value))
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """An Id out."""
        return None if value is None else Id(str(value))


def _rounded(number: Decimal, dialect: Dialect) -> int | Decimal:
    number = round_half_up(number, _PLACES)
    return int(number.scaleb(_PLACES)) if is_sqlite(dialect) else number


class DecimalType(TypeDecorator[Decimal]):
    """A number with six places, below 10^12: NUMERIC, or an integer of millionths on SQLite."""

    impl = sa.Numeric
    cache_ok = True
    comparator_factory = DecimalOperators

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """What a number is multiplied by is a bare number, not an amount of millionths."""
        is_factor = op is operator.mul and isinstance(value, int)
        return sa.BigInteger() if is_factor else self

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite's NUMERIC would lose cents in sums."""
        return dialect.type_descriptor(sa.BigInteger() if is_sqlite(dialect) else sa.Numeric(18, _PLACES))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Rounded half-up to six places. Raises Invalid beyond 10^12."""
        if value is None:
            return None
        number = Decimal(value)
        if not number.is_finite() or abs(number) >= _LIMIT:
            raise Invalid(f"{value} is not a number below 10^12.")
        return _rounded(number, dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """A Decimal without trailing zeros."""
        if value is None:
            return None
        number = Decimal(value).scaleb(-_PLACES) if is_sqlite(dialect) else Decimal(value)
        return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()


class WideDecimalType(DecimalType):
    """A decimal that was worked out from others, and may be larger than they are; compared with, never stored."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """As large as the database takes it."""
        return dialect.type_descriptor(sa.BigInteger() if is_sqlite(dialect) else sa.Numeric())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Rounded half-up to six places."""
        return None if value is None else _rounded(Decimal(value), dialect)


class WholeType(sa.Integer):
    """A whole number in an expression with decimals."""

    comparator_factory = WholeOperators


def reckoned(value: Any) -> Any:
    """An SQL value for expressions, in which a whole number may stand before a decimal."""
    return sa.type_coerce(value, WholeType()) if type(value.type) is sa.Integer else value


class TotalType(TypeDecorator[Decimal]):
    """A sum of decimals, which may be larger than any of them: NUMERIC, or sortable text on SQLite (db.exact)."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Never a column: only what an aggregate gives."""
        return dialect.type_descriptor(sa.Text() if is_sqlite(dialect) else sa.Numeric())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """As the sums it is compared with are written."""
        if value is None:
            return None
        number = round_half_up(Decimal(value), _PLACES)
        return sortable(int(number.scaleb(_PLACES))) if is_sqlite(dialect) else number


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC: TIMESTAMPTZ, or integer microseconds since 1970 on SQLite."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Integers sort and compare exactly."""
        return dialect.type_descriptor(sa.BigInteger() if is_sqlite(dialect) else sa.DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Raises Invalid without a time zone, and for the ends of the calendar, which drivers take for infinity."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise Invalid("A moment needs a time zone.")
        try:
            moment = value.astimezone(dt.UTC)
        except OverflowError as wrong:
            raise Invalid(f"{value} is outside the calendar.") from wrong
        if moment in _ENDS:
            raise Invalid(f"{value} is outside the calendar.")
        return (moment - _EPOCH) // _MICROSECOND if is_sqlite(dialect) else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """A datetime in UTC."""
        if value is None:
            return None
        return _EPOCH + value * _MICROSECOND if is_sqlite(dialect) else value.astimezone(dt.UTC)


class DateType(TypeDecorator[dt.date]):
    """A business date: DATE, or its ISO text on SQLite."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """ISO text sorts as dates do."""
        return dialect.type_descriptor(sa.Text() if is_sqlite(dialect) else sa.Date())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """A date in."""
        return value.isoformat() if value is not None and is_sqlite(dialect) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """A date out."""
        return dt.date.fromisoformat(value) if isinstance(value, str) else value


class JsonType(TypeDecorator[Any]):
    """Any JSON, kept as text of the shape it had."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """`json`, not `jsonb`: written out twice as fast."""
        return dialect.type_descriptor(sa.Text() if is_sqlite(dialect) else _PlainJson())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Serialised with Decimals and ids as strings."""
        return None if value is None else orjson.dumps(value, default=str).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Parsed."""
        return orjson.loads(value) if isinstance(value, str | bytes) else value


class _PlainJson(sa.types.UserDefinedType[Any]):
    """PostgreSQL's json, passed as text: serialisation is JsonType's."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        """The type's name in DDL and casts."""
        return "JSON"


class CodeType(TypeDecorator[str]):
    """Text compared byte by byte on both databases: codes, enum members, comparison keys."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """COLLATE "C" where the database would otherwise sort by a language."""
        return dialect.type_descriptor(sa.Text() if is_sqlite(dialect) else sa.Text(collation="C"))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """A plain str: drivers refuse subclasses."""
        return None if value is None else str(value)
