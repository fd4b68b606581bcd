"""The made-up books of a seed: the same seed, size and day give the same books, in any process."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.data.generate import contacts, letters, pipeline, trading, words
from xrm_core.data.generate.books import (
    Allocation,
    Books,
    Customer,
    Interaction,
    Invoice,
    Letter,
    Opportunity,
    Order,
    Payment,
)
from xrm_core.data.generate.customers import CustomerMaker
from xrm_core.data.generate.ledger import Custom, Receivables, euros
from xrm_core.data.generate.trading import Bill, Sale
from xrm_core.errors import DomainError

DEFAULT_AS_OF = date(2026, 9, 30)
LARGEST_SIZE = 20_000
CURRENCY = "EUR"


class WrongSize(DomainError):
    """The number of made-up customers is not between 1 and 20,000."""

    code = "core.generate_wrong_size"


def generate(seed: int, size: int, as_of: date = DEFAULT_AS_OF) -> Books:
    """Books of `size` made-up French customers over three years up to the as-of day, amounts in EUR.

    Every date derives from `as_of`; nothing in the books is later, but for dates that are plans.
    Raises: WrongSize.
    """
    if not 1 <= size <= LARGEST_SIZE:
        raise WrongSize(f"{size} customers cannot be made up: 1 to {LARGEST_SIZE} can.", field="size")
    return _Generator(seed, size, as_of).books()


class _Generator:
    def __init__(self, seed: int, size: int, as_of: date) -> None:
        self._seed, self._size, self._as_of = seed, size, as_of
        self._rng = Random(seed)
        self._customer_maker = CustomerMaker(self._rng)
        self._customers: list[Customer] = []
        self._orders: list[Order] = []
        self._invoices: list[Invoice] = []
        self._payments: list[Payment] = []
        self._allocations: list[Allocation] = []
        self._letters: list[Letter] = []
        self._interactions: list[Interaction] = []
        self._opportunities: list[Opportunity] = []
        self._receivables = Receivables(as_of)
        self._custom = Custom(as_of)
        self._forecast = pipeline.Forecast(as_of)

    def books(self) -> Books:
        for number in range(1, self._size + 1):
            self._add_customer(number)
        return Books(
            self._seed,
            self._size,
            self._as_of,
            tuple(self._customers),
            tuple(self._orders),
            tuple(self._invoices),
            tuple(self._payments),
            tuple(self._allocations),
            tuple(self._letters),
            tuple(self._interactions),
            tuple(self._opportunities),
            self._totals(),
        )

    def _add_customer(self, number: int) -> None:
        habits = trading.draw_habits(self._rng)
        oldest = habits.spans[0][0] if habits.spans else 90
        since = self._as_of - timedelta(oldest + self._rng.randrange(30, 90))
        customer = self._customer_maker.customer(number, since)
        self._customers.append(customer)
        sales = trading.trade(self._rng, habits, customer.payment_days, self._as_of)
        for sale in sales:
            self._add_sale(customer, sale)
        bills = [bill for sale in sales for bill in sale.parts]
        self._add_payments(customer, bills)
        self._add_letters(customer, bills)
        self._custom.count(customer.customer_no, sales)
        last = max((sale.ordered_on for sale in sales), default=self._as_of)
        self._add_interactions(customer, contacts.talk(self._rng, since, last, self._as_of))
        if last > self._as_of - timedelta(365):
            self._add_deals(customer, pipeline.deals(self._rng, habits.size, self._as_of))

    def _add_sale(self, customer: Customer, sale: Sale) -> None:
        order_no = f"O{len(self._orders) + 1:07d}"
        self._orders.append(
            Order(
                order_no,
                customer.customer_no,
                sale.ordered_on,
                sale.delivered_on,
                sale.status,
                self._rng.choice(words.ORDER_CHANNELS),
                _money(sale.net),
                CURRENCY,
            )
        )
        for bill in sale.parts:
            bill.number = f"F{len(self._invoices) + 1:07d}"
            amounts = _money(bill.net), _money(bill.vat), _money(bill.gross)
            dates = bill.issued_on, bill.due_on
            self._invoices.append(
                Invoice(bill.number, customer.customer_no, order_no, *dates, *amounts, CURRENCY)
            )
            self._receivables.count(customer.customer_no, bill)

    def _add_payments(self, customer: Customer, bills: Sequence[Bill]) -> None:
        """One payment for all that the customer paid on one day."""
        paid: dict[date, list[tuple[str, int]]] = {}
        for bill in bills:
            for day, cents in bill.paid:
                paid.setdefault(day, []).append((bill.number, cents))
        for day, parts in sorted(paid.items()):
            payment_no = f"P{len(self._payments) + 1:07d}"
            amount = _money(sum(cents for _, cents in parts))
            reference = " ".join(number for number, _ in parts)
            self._payments.append(Payment(payment_no, customer.customer_no, day, amount, CURRENCY, reference))
            self._allocations += [
                Allocation(payment_no, number, day, _money(cents)) for number, cents in parts
            ]

    def _add_letters(self, customer: Customer, bills: Sequence[Bill]) -> None:
        sent = letters.send_letters(self._rng, bills, self._as_of)
        numbers: dict[date, str] = {}
        for letter in sent:
            letter_no = numbers.setdefault(letter.sent_on, f"L-{customer.customer_no}-{len(numbers) + 1}")
            self._letters.append(
                Letter(letter_no, customer.customer_no, letter.bill.number, letter.level, letter.sent_on)
            )
        for bill in bills:
            if letters.is_overdue(bill, self._as_of):
                expected = letters.expected(bill, sent, self._as_of)
                self._receivables.expect(customer.customer_no, bill, expected)

    def _add_interactions(self, customer: Customer, made: Sequence[contacts.Contact]) -> None:
        for contact in made:
            self._interactions.append(
                Interaction(
                    f"I{len(self._interactions) + 1:07d}",
                    customer.customer_no,
                    contact.occurred_at,
                    contact.channel,
                    contact.direction,
                    contact.subject,
                    contact.outcome,
                    contact.duration_seconds,
                    _money(contact.cost),
                    CURRENCY,
                    contact.satisfaction,
                )
            )

    def _add_deals(self, customer: Customer, made: Sequence[pipeline.Deal]) -> None:
        for deal in made:
            self._forecast.count(deal)
            number = f"D{len(self._opportunities) + 1:06d}"
            self._opportunities.append(_opportunity(number, customer, deal))

    def _totals(self) -> dict[str, Any]:
        return {
            "seed": self._seed,
            "size": self._size,
            "as_of": self._as_of.isoformat(),
            "currency": CURRENCY,
            "counts": {
                "customers": len(self._customers),
                "orders": len(self._orders),
                "invoices": len(self._invoices),
                "payments": len(self._payments),
                "allocations": len(self._allocations),
                "letters": len(self._letters),
                "interactions": len(self._interactions),
                "opportunities": len(self._opportunities),
            },
            "receivables": self._receivables.answers(),
            "dunning": self._receivables.dunning(),
            "pipeline": self._forecast.answers(),
            "churn": self._custom.churn(),
            "revenue": self._custom.revenue(),
            "abc": self._custom.abc(),
            "concentration": self._custom.concentration(),
        }


def _opportunity(number: str, customer: Customer, deal: pipeline.Deal) -> Opportunity:
    return Opportunity(
        number,
        customer.customer_no,
        deal.title,
        deal.stage,
        deal.category,
        Decimal(deal.per_cent).scaleb(-2),
        _money(deal.amount),
        CURRENCY,
        deal.created_on,
        deal.close_on,
        deal.closed_on,
        deal.next_step,
        deal.next_step_on,
        deal.loss_reason,
        deal.competitor,
    )


def _money(cents: int) -> Decimal:
    return Decimal(euros(cents))
