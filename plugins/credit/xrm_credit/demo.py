"""Made-up books written into the receivables, in bulk: amounts and dates as they were made, nothing reckoned anew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xrm_core.data.generate import Books
from xrm_core.data.generate.books import Allocation, Invoice, Letter, Payment
from xrm_core.declare import Context
from xrm_core.ids import derived_id
from xrm_credit import models, repository
from xrm_credit.party import CreditStanding

SOURCE = "demo"


async def load_books(ctx: Context, books: Books, customers: Mapping[str, Any]) -> None:
    """Invoices, payments, allocations and letters of the customers named (number → party and relationship).

    What an earlier loading wrote stays as it is.
    """
    loading = _Loading(ctx, books, customers)
    await loading.load()


class _Loading:
    def __init__(self, ctx: Context, books: Books, customers: Mapping[str, Any]) -> None:
        self._ctx, self._books = ctx, books
        self._customers = {number: tuple(ends) for number, ends in customers.items()}
        self._invoices = {one.invoice_no: one for one in books.invoices if one.customer_no in self._customers}
        self._units: dict[Any, Any] = {}
        self._paid: defaultdict[str, list[Allocation]] = defaultdict(list)
        self._spent: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in books.allocations:
            if one.invoice_no in self._invoices:
                self._paid[one.invoice_no].append(one)
                self._spent[one.payment_no] += one.amount

    async def load(self) -> None:
        self._units = await repository.units_of(self._ctx, [edge for _, edge in self._customers.values()])
        await self._write(CreditStanding, [{"id": edge, "unit": unit} for edge, unit in self._units.items()])
        await self._write(models.Invoice, [self._invoice(one) for one in self._invoices.values()])
        payments = [one for one in self._books.payments if one.customer_no in self._customers]
        await self._write(models.Payment, [self._payment(one) for one in payments])
        allocations = [one for paid in self._paid.values() for one in paid]
        await self._write(models.Allocation, [self._allocation(one) for one in allocations])
        letters: defaultdict[str, list[Letter]] = defaultdict(list)
        for one in self._books.letters:
            if one.invoice_no in self._invoices:
                letters[one.letter_no].append(one)
        await self._write(models.DunningLetter, [self._letter(lines) for lines in letters.values()])
        lines = [self._line(one) for letter in letters.values() for one in letter]
        await self._write(models.DunningLetterLine, lines)

    async def _write(self, model: Any, rows: Sequence[dict[str, Any]]) -> None:
        there = await repository.present(self._ctx, model)
        await repository.insert(self._ctx, model, [row for row in rows if row["id"] not in there])

    def _id(self, kind: str, *number: object) -> Any:
        book = (self._books.seed, self._books.size, self._books.as_of)
        return derived_id(self._ctx.tenant_id, "credit.demo", *book, kind, *number)

    def _ends(self, customer_no: str) -> dict[str, Any]:
        party, edge = self._customers[customer_no]
        return {"party": party, "relationship": edge, "unit": self._units[edge]}

    def _residual(self, one: Invoice, on: date) -> Decimal:
        paid = (part.amount for part in self._paid[one.invoice_no] if part.allocated_on <= on)
        return one.gross_amount - sum(paid, Decimal(0))

    def _invoice(self, one: Invoice) -> dict[str, Any]:
        return {
            "id": self._id("invoice", one.invoice_no),
            "number": one.invoice_no,
            **self._ends(one.customer_no),
            **_money("amount", one.gross_amount, one.currency),
            **_money("net_amount", one.net_amount, one.currency),
            **_money("residual", self._residual(one, date.max), one.currency),
            "issued_on": one.issued_on,
            "due_on": one.due_on,
            "source": SOURCE,
            "source_row": one.invoice_no,
        }

    def _payment(self, one: Payment) -> dict[str, Any]:
        payment = self._id("payment", one.payment_no)
        return {
            "id": payment,
            **self._ends(one.customer_no),
            **_money("amount", one.amount, one.currency),
            **_money("unapplied", one.amount - self._spent[one.payment_no], one.currency),
            "received_on": one.received_on,
            "reference": one.reference,
            "source": SOURCE,
            "source_row": str(payment),
        }

    def _allocation(self, one: Allocation) -> dict[str, Any]:
        invoice = self._invoices[one.invoice_no]
        return {
            "id": self._id("allocation", one.payment_no, one.invoice_no),
            "payment": self._id("payment", one.payment_no),
            "invoice": self._id("invoice", one.invoice_no),
            "unit": self._ends(invoice.customer_no)["unit"],
            **_money("amount", one.amount, invoice.currency),
            "allocated_on": one.allocated_on,
        }

    def _letter(self, lines: Sequence[Letter]) -> dict[str, Any]:
        first = lines[0]
        invoices = [self._invoices[line.invoice_no] for line in lines]
        open_then = (self._residual(invoice, first.sent_on) for invoice in invoices)
        currency = invoices[0].currency
        return {
            "id": self._id("letter", first.letter_no),
            "reference": f"{first.letter_no}-{self._id('letter', first.letter_no).hex[:6]}",
            **self._ends(first.customer_no),
            **_money("residual", sum(open_then, Decimal(0)), currency),
            "level": max(line.level for line in lines),
            "language": "fr",
            "currency": currency,
            "sent_on": first.sent_on,
        }

    def _line(self, one: Letter) -> dict[str, Any]:
        invoice = self._invoices[one.invoice_no]
        return {
            "id": self._id("line", one.letter_no, one.invoice_no),
            "letter": self._id("letter", one.letter_no),
            "invoice": self._id("invoice", one.invoice_no),
            "unit": self._ends(one.customer_no)["unit"],
            "level": one.level,
            "is_raised": True,
            "sent_on": one.sent_on,
            "days_past_due": (one.sent_on - invoice.due_on).days,
            **_money("residual", self._residual(invoice, one.sent_on), invoice.currency),
        }


def _money(field: str, amount: Decimal, currency: str) -> dict[str, Any]:
    return {f"{field}_amount": amount, f"{field}_currency": currency}
