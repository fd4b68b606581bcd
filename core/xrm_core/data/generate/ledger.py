"""The answers to made-up books, counted in whole cents while they are made, never from the files."""

from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xrm_core.data.generate.letters import Expected, is_overdue
from xrm_core.data.generate.trading import Bill, Sale

# Upper bounds in days past due (rules.md B3); a boundary day belongs to the lower bucket.
BUCKETS = ((0, "NOT_DUE"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (360, "181-360"))
LAST_BUCKET = ">360"


def euros(cents: int, places: int = 2) -> str:
    """A whole number of hundredths (or of 10^-places) of a euro as an amount."""
    return str(Decimal(cents).scaleb(-places))


class Receivables:
    """Balance, ageing (B3) and the expected dunning run (B8) as of one day."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._buckets = {name: 0 for _, name in BUCKETS} | {LAST_BUCKET: 0}
        self._customers: dict[str, int] = {}
        self._invoices: dict[str, int] = {}
        self._overdue = [0, 0]
        self._expected: dict[str, dict[str, Any]] = {}
        self._letters: dict[str, int] = {}

    def count(self, customer_no: str, bill: Bill) -> None:
        residual = bill.residual(self._as_of)
        self._customers[customer_no] = self._customers.get(customer_no, 0) + residual
        if residual:
            self._invoices[bill.number] = residual
            self._buckets[self._bucket(bill)] += residual
        if is_overdue(bill, self._as_of):
            self._overdue[0] += 1
            self._overdue[1] += residual

    def expect(self, customer_no: str, bill: Bill, expected: Expected) -> None:
        """Note what the run must do with an overdue invoice; a letter has its highest level (R-B-61)."""
        self._expected[bill.number] = {
            "customer_no": customer_no,
            "days_past_due": (self._as_of - bill.due_on).days,
            "residual": euros(bill.residual(self._as_of)),
            "level": expected.level,
            "skipped": expected.skipped,
        }
        if expected.level:
            self._letters[customer_no] = max(expected.level, self._letters.get(customer_no, 0))

    def _bucket(self, bill: Bill) -> str:
        late = (self._as_of - bill.due_on).days
        return next((name for bound, name in BUCKETS if late <= bound), LAST_BUCKET)

    def answers(self) -> dict[str, Any]:
        return {
            "balance": euros(sum(self._customers.values())),
            "buckets": {name: euros(cents) for name, cents in self._buckets.items()},
            "overdue": {"count": self._overdue[0], "amount": euros(self._overdue[1])},
            "by_customer": {number: euros(cents) for number, cents in self._customers.items() if cents},
            "by_invoice": {number: euros(cents) for number, cents in self._invoices.items()},
        }

    def dunning(self) -> dict[str, Any]:
        raised = Counter(str(answer["level"]) for answer in self._expected.values() if answer["level"])
        return {"invoices": self._expected, "invoices_raised_to": dict(raised), "letters": self._letters}


class Custom:
    """Who bought when: churn over the last twelve months (E1), ABC classes (E11) and concentration (E16)."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._churn = Counter(
            {"active_at_start": 0, "active_at_end": 0, "lost": 0, "new": 0, "reactivated": 0}
        )
        self._revenue: dict[str, int] = {}
        self._gross: dict[str, int] = {}

    def count(self, customer_no: str, sales: list[Sale]) -> None:
        years = {(self._as_of - sale.ordered_on).days // 365 for sale in sales if sale.status != "CANCELLED"}
        at_start, at_end = 1 in years, 0 in years
        self._churn["active_at_start"] += at_start
        self._churn["active_at_end"] += at_end
        self._churn["lost"] += at_start and not at_end
        self._churn["new"] += at_end and years == {0}
        self._churn["reactivated"] += at_end and not at_start and years != {0}
        recent = [b for sale in sales for b in sale.parts if (self._as_of - b.issued_on).days < 365]
        if recent:
            self._revenue[customer_no] = sum(bill.net for bill in recent)
            self._gross[customer_no] = sum(bill.gross for bill in recent)

    def churn(self) -> dict[str, Any]:
        start, lost = self._churn["active_at_start"], self._churn["lost"]
        return {**self._churn, "rate": _fraction(lost, start) if start else None}

    def revenue(self) -> dict[str, Any]:
        """Of the last 365 days by invoice date, the as-of day included."""
        return {
            "net": euros(sum(self._revenue.values())),
            "gross": euros(sum(self._gross.values())),
            "by_customer_net": {number: euros(cents) for number, cents in self._revenue.items()},
        }

    def abc(self) -> dict[str, int]:
        whole, before = sum(self._revenue.values()), 0
        classes = Counter({"A": 0, "B": 0, "C": 0})
        for _, cents in sorted(self._revenue.items(), key=lambda item: (-item[1], item[0])):
            classes["A" if before * 100 < 80 * whole else "B" if before * 100 < 95 * whole else "C"] += 1
            before += cents
        return dict(classes)

    def concentration(self) -> dict[str, Any]:
        return {"net": _concentration(self._revenue), "gross": _concentration(self._gross)}


def _concentration(values: dict[str, int]) -> dict[str, Any]:
    """HHI = Σ (share in per cent)², from 0 to 10,000; CR1, CR3, CR5 as fractions."""
    whole = sum(values.values())
    if not whole:
        return {"population": 0, "hhi": None, "cr1": None, "cr3": None, "cr5": None}
    ranked = sorted(values.values(), reverse=True)
    shares = {f"cr{n}": _fraction(sum(ranked[:n]), whole) for n in (1, 3, 5)}
    hhi = _fraction(10_000 * sum(value * value for value in ranked), whole * whole)
    return {"population": len(ranked), "hhi": hhi, **shares}


def _fraction(numerator: int, denominator: int) -> str:
    value = Decimal(numerator) / Decimal(denominator)
    return str(value.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP))
