"""What one made-up customer ordered, was invoiced and paid up to the as-of day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

HISTORY_DAYS = 1_095
# No order falls near the ends of the yearly windows, and none is invoiced across one: whether a window
# includes its first day, and whether orders or invoices are counted, then changes no answer.
_BLOCKED_AGES = ((363, 376), (728, 741))
_LONGEST_DELIVERY_DAYS = 7

# How a customer's years went, as spans of ages in days before the as-of day: (from, to).
_RHYTHMS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    ("STEADY", ((HISTORY_DAYS, 0),)),
    ("STEADY", ((HISTORY_DAYS, 0),)),
    ("STEADY", ((900, 0),)),
    ("NEW", ((300, 0),)),
    ("RECENT", ((60, 0),)),
    ("FADING", ((HISTORY_DAYS, 120),)),
    ("LAPSED", ((HISTORY_DAYS, 400),)),
    ("LONG_GONE", ((HISTORY_DAYS, 800),)),
    ("RETURNED", ((HISTORY_DAYS, 760), (320, 0))),
    ("PROSPECT", ()),
)
_HABITS = ("PROMPT", "PROMPT", "PROMPT", "BATCH", "BATCH", "SLOW", "LATE", "PARTIAL", "STOPPED", "UNPAID")
_SIZES = (1, 1, 1, 1, 2, 2, 3, 5, 8, 20)


@dataclass(slots=True)
class Sale:
    """An order as it is made: day, cents, and what became of it; `parts` are its invoices."""

    ordered_on: date
    net: int
    status: str
    delivered_on: date | None = None
    parts: list["Bill"] = field(default_factory=list)


@dataclass(slots=True)
class Bill:
    """An invoice as it is made, in cents, with the parts of it that were paid up to the as-of day."""

    issued_on: date
    due_on: date
    net: int
    vat: int
    paid: list[tuple[date, int]] = field(default_factory=list)
    number: str = ""

    @property
    def gross(self) -> int:
        return self.net + self.vat

    def residual(self, on: date) -> int:
        """What was still owed at the end of that day, in cents."""
        return self.gross - sum(cents for day, cents in self.paid if day <= on)


@dataclass(frozen=True, slots=True)
class Habits:
    """What sets one customer apart: when it buys, how much, how it pays, at which VAT rate (per mille)."""

    rhythm: str
    spans: tuple[tuple[int, int], ...]
    gap_days: int
    size: int
    pays: str
    vat_per_mille: int


def draw_habits(rng: Random) -> Habits:
    """Habits of the next customer."""
    rhythm, spans = rng.choice(_RHYTHMS)
    vat_per_mille = rng.choice((200, 200, 200, 200, 200, 200, 200, 55))
    return Habits(
        rhythm, spans, rng.randrange(25, 110), rng.choice(_SIZES), rng.choice(_HABITS), vat_per_mille
    )


def trade(rng: Random, habits: Habits, payment_days: int, as_of: date) -> list[Sale]:
    """The customer's sales, oldest first; one not yet invoiced only where the last year has an invoice."""
    ages = _order_ages(rng, habits, as_of)
    sales = [_sale(rng, habits, age, payment_days, as_of) for age in ages]
    for i in range(1, len(sales) - 1):
        around = {_window(age) for age in ages[i - 1 : i + 2]}
        if len(around) == 1 and sales[i - 1].parts and rng.randrange(25) == 0:
            sales[i] = Sale(sales[i].ordered_on, sales[i].net, "CANCELLED")
    last_year = as_of - timedelta(364)
    if not any(bill.issued_on >= last_year for sale in sales for bill in sale.parts):
        sales = [sale for sale in sales if sale.status != "CONFIRMED"]
    for sale in sales:
        for bill in sale.parts:
            bill.paid = [part for part in _payments(rng, habits.pays, bill, as_of) if part[0] <= as_of]
    return sales


def _order_ages(rng: Random, habits: Habits, as_of: date) -> list[int]:
    ages: list[int] = []
    for oldest, newest in habits.spans:
        age = oldest - rng.randrange(20)
        while age >= newest:
            ages.append(_allowed(age, as_of))
            age -= max(3, habits.gap_days * rng.randrange(60, 141) // 100)
    return sorted(set(ages), reverse=True)


def _allowed(age: int, as_of: date) -> int:
    age = _on_a_weekday(age, as_of)
    for first, after in _BLOCKED_AGES:
        if first <= age < after:
            age = _on_a_weekday(after, as_of)
    return age


def _on_a_weekday(age: int, as_of: date) -> int:
    return age + max(0, (as_of - timedelta(age)).weekday() - 4)


def _window(age: int) -> int:
    return age // 365


def _sale(rng: Random, habits: Habits, age: int, payment_days: int, as_of: date) -> Sale:
    ordered_on = as_of - timedelta(age)
    net = habits.size * rng.randrange(8_000, 120_000)
    first = ordered_on + timedelta(rng.randrange(1, 4))
    last = ordered_on + timedelta(rng.randrange(4, _LONGEST_DELIVERY_DAYS + 1))
    is_split = rng.randrange(8) == 0
    if (last if is_split else first) > as_of:
        return Sale(ordered_on, net, "CONFIRMED")
    shares = [(first, net // 3), (last, net - net // 3)] if is_split else [(first, net)]
    sale = Sale(ordered_on, net, "DELIVERED", shares[-1][0])
    for issued_on, part in shares:
        vat = (part * habits.vat_per_mille + 500) // 1000
        sale.parts.append(Bill(issued_on, issued_on + timedelta(payment_days), part, vat))
    return sale


def _payments(rng: Random, pays: str, bill: Bill, as_of: date) -> list[tuple[date, int]]:
    due, gross = bill.due_on, bill.gross
    match pays:
        case "BATCH":
            return [(_next_run(due), gross)]
        case "SLOW":
            return [(due + timedelta(rng.randrange(5, 26)), gross)]
        case "LATE":
            return [(due + timedelta(rng.randrange(20, 76)), gross)]
        case "PARTIAL":
            first = gross * rng.randrange(30, 71) // 100
            return [(due + timedelta(2), first), (due + timedelta(rng.randrange(30, 121)), gross - first)]
        case "STOPPED" if due > as_of - timedelta(150):
            return []
        case "UNPAID" if due > as_of - timedelta(450):
            return []
        case _:
            return [(due + timedelta(rng.randrange(-4, 3)), gross)]


def _next_run(day: date) -> date:
    """The next 10th or 25th of a month, the day itself included."""
    while day.day not in (10, 25):
        day += timedelta(1)
    return day
