"""What the computed fields of the tests' plugins and of core are worked out to, by Python: the oracle's formulas."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

from tests.core.query.rows import Row


def rounded(dividend: Decimal, divisor: Decimal) -> Decimal:
    """The quotient with six places, halves away from zero, rounded once."""
    size = (abs(dividend) * 2_000_000 + abs(divisor)) // (2 * abs(divisor))
    return size.scaleb(-6) * (-1 if (dividend < 0) != (divisor < 0) else 1)


def _age(row: Row, oracle: Any) -> int | None:
    return None if row["built_on"] is None else (oracle.today - row["built_on"]).days


def _third(row: Row, _: Any) -> Decimal | None:
    with localcontext(prec=60):
        return None if row["power"] is None else rounded(row["power"] * Decimal("0.333333"), Decimal(1))


def _pace(row: Row, _: Any) -> Decimal | None:
    with localcontext(prec=60):
        return (
            rounded(row["power"], Decimal(row["weight"]))
            if row["weight"] and row["power"] is not None
            else None
        )


def _lack(row: Row, _: Any) -> Decimal | None:
    return None if row["weight"] is None or row["power"] is None else row["weight"] - row["power"]


def _labelled(english: str, french: str) -> Callable[[Row, Any], str]:
    return lambda row, oracle: str(row[french if oracle.actor.language == "fr" else english])


COMPUTED: dict[tuple[str, str], Callable[[Row, Any], Any]] = {
    ("probe.machine", "age_days"): _age,
    ("probe.machine", "third"): _third,
    ("probe.machine", "pace"): _pace,
    ("probe.machine", "lack"): _lack,
    ("probe.machine", "label"): lambda row, oracle: (
        ("la " if oracle.actor.language == "fr" else "the ") + row["name"]
    ),
    ("core.relationship_type", "label"): _labelled("label_en", "label_fr"),
    ("core.relationship_type", "inverse_label"): _labelled("inverse_label_en", "inverse_label_fr"),
    ("gauge.facts", "doubled"): lambda row, _: None if row["score"] is None else row["score"] * 2,
}
