"""Decimals worked out in SQL are the same, and exact, on both databases."""

import random
from decimal import Decimal, localcontext
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.conftest import Filled
from tests.core.query.worked_out import rounded
from xrm_core.db.types import DecimalType, WholeType
from xrm_core.errors import Invalid
from xrm_core.query.compiler import Compiler
from xrm_core.query.folding import folded
from xrm_core.text import text_key

_PAIRS = sa.Table(
    "pairs", sa.MetaData(), sa.Column("at", sa.Integer()), sa.Column("a", DecimalType()),
    sa.Column("b", DecimalType()), sa.Column("n", sa.Integer()), prefixes=["TEMPORARY"],
)  # fmt: skip
_A, _B, _N = _PAIRS.c.a, _PAIRS.c.b, _PAIRS.c.n
_DRAWN = random.Random(7)
PAIRS = [
    (
        Decimal(_DRAWN.randrange(-(10**top), 10**top)).scaleb(-6),
        Decimal(_DRAWN.randrange(1, 10**9)).scaleb(-6),
    )
    for top in (1, 3, 6, 9, 12, 14)
    for _ in range(30)
] + [
    (Decimal("0.000001"), Decimal("0.5")),
    (Decimal("-0.000001"), Decimal("0.5")),
    (Decimal("5"), Decimal("3")),
]


def _fetch(stand: Filled, kind: str, *columns: Any) -> list[Any]:
    """The columns worked out for each pair, beside a whole number."""
    rows = [{"at": at, "a": one, "b": two, "n": at % 5} for at, (one, two) in enumerate(PAIRS)]

    async def read() -> list[Any]:
        async with stand.installations[kind].app.database.engine.connect() as connection:
            await connection.run_sync(_PAIRS.create)
            await connection.execute(sa.insert(_PAIRS), rows)
            found = list(await connection.execute(sa.select(*columns).order_by(_PAIRS.c.at)))
            await connection.run_sync(_PAIRS.drop)
            return found

    return stand.runner.run(read())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_decimals_are_multiplied_divided_and_added_to_whole_numbers_exactly(
    filled: Filled, kind: str
) -> None:
    found = _fetch(filled, kind, _A * _B, _A / _B, _A * Decimal("0.2"), _A / _N, _A + _N, _A > _N, 1 / _B)

    with localcontext(prec=60):
        expected = [
            (
                rounded(one * two, Decimal(1)), rounded(one, two), rounded(one * Decimal("0.2"), Decimal(1)),
                rounded(one, Decimal(n)) if n else None, one + n, one > n, rounded(Decimal(1), two),
            )
            for one, two, n in ((one, two, position % 5) for position, (one, two) in enumerate(PAIRS))
        ]  # fmt: skip
    assert [tuple(row) for row in found] == expected


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_whole_number_may_stand_first(filled: Filled, kind: str) -> None:
    n = sa.type_coerce(_N, WholeType())

    found = _fetch(filled, kind, n + _A, n - _A, n * _A, n / _B, n < _A, n == _A, n + _N)

    with localcontext(prec=60):
        expected = [
            (n + one, n - one, n * one, rounded(Decimal(n), two), n < one, n == one, 2 * n)
            for one, two, n in ((one, two, position % 5) for position, (one, two) in enumerate(PAIRS))
        ]
    assert [tuple(row) for row in found] == expected


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_database_folds_every_character_as_we_do(filled: Filled, kind: str) -> None:
    # Characters that a server's Unicode may not know yet are left out.
    letters = [chr(number) for number in (*range(1, 0xD800), *range(0xE000, 0x1F000))]
    dialect = filled.installations[kind].app.database.dialect
    compiler = Compiler(dialect, access=None, plugins=frozenset())  # type: ignore[arg-type]
    given = sa.bindparam("given", "\x01".join(letters), sa.Text())
    key = folded(compiler, given)
    values = {name: source(None) for name, source in compiler.binds.sources.items()}  # type: ignore[arg-type]

    async def read() -> Any:
        async with filled.installations[kind].app.database.engine.connect() as connection:
            return await connection.scalar(sa.select(key), values)

    assert filled.runner.run(read()) == text_key("\x01".join(letters))


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("sqlite", "SELECT xrm_product(1000000000000000, 1000000000000000)"),
        ("sqlite", "SELECT xrm_quotient(1000000000000, 1)"),
        ("sqlite", "SELECT sum(value) FROM json_each('[9223372036854775807, 1]')"),
        ("postgresql", "SELECT CAST(CAST(1000000000000 AS NUMERIC(18, 6)) AS TEXT)"),
    ],
)
def test_a_number_that_is_too_large_to_be_worked_out_refuses_the_question(
    filled: Filled, kind: str, sql: str
) -> None:
    with pytest.raises(Invalid, match=r"beyond 10\^12"):
        filled.runner.run(filled.installations[kind].app.database.reader.fetch(sql, []))
