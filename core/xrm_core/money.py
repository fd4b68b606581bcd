"""Amounts of money: a Decimal and its ISO 4217 currency, never a float (rules.md R-0-01)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Currencies whose minor unit is not a hundredth (ISO 4217).
_MINOR_UNITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0}
_MINOR_UNITS |= {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Adding two currencies raises ValueError: convert first."""

    amount: Decimal
    currency: str

    def __composite_values__(self) -> tuple[Decimal, str]:
        return self.amount, self.currency

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    def rounded(self) -> "Money":
        """The amount rounded half-up to the currency's minor unit (rules.md R-0-01)."""
        return Money(round_half_up(self.amount, minor_units(self.currency)), self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")


def minor_units(currency: str) -> int:
    """Digits after the point in a currency's smallest coin (ISO 4217); 2 unless listed otherwise."""
    return _MINOR_UNITS.get(currency, 2)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """The value with that many places, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def total(amounts: Iterable[Money], *, currency: str) -> Money:
    """The sum, zero in `currency` when there is nothing to add."""
    result = Money(Decimal(0), currency)
    for amount in amounts:
        result = result + amount
    return result


def split(amount: Money, weights: Sequence[Decimal]) -> list[Money]:
    """Parts in proportion to the weights that sum exactly to the whole (largest remainder; rules.md R-0-01).

    Ties in the remainder go to the later part, as for instalments.
    """
    unit = Decimal(1).scaleb(-minor_units(amount.currency))
    whole = sum(weights, Decimal(0))
    exact = [amount.amount * weight / whole for weight in weights]
    floors = [(part / unit).to_integral_value(rounding="ROUND_FLOOR") * unit for part in exact]
    left = int((amount.amount - sum(floors, Decimal(0))) / unit)
    order = sorted(range(len(exact)), key=lambda i: (exact[i] - floors[i], i), reverse=True)
    for i in order[:left]:
        floors[i] += unit
    return [Money(part, amount.currency) for part in floors]
