"""The rows that made-up books become: customers with their numbers and addresses, what they did and said."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.generate import Books
from xrm_core.data.generate.books import Customer
from xrm_core.graph.identifiers import settled_identifier
from xrm_core.ids import Id, derived_id

SOURCE = "generated"
_DIRECTIONS = {"INBOUND": "IN", "OUTBOUND": "OUT"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BookKeys:
    """The ids and row keys of one set of books in one of our units, the same whenever they are loaded."""

    tenant_id: int
    unit: Id[Any]
    books: str

    @classmethod
    def of(cls, tenant_id: int, unit: Id[Any], books: Books) -> "BookKeys":
        """The keys of these books."""
        return cls(tenant_id, unit, f"{books.seed}-{books.size}-{books.as_of}")

    def id(self, kind: str, *number: str) -> Id[Any]:
        """The id of what has that number in the books."""
        return derived_id(self.tenant_id, SOURCE, self.unit, self.books, kind, *number)

    def row(self, number: str) -> str:
        """The key of a row of the books among all rows of the source."""
        return f"{self.unit}/{self.books}/{number}"


def party_rows(books: Books, keys: BookKeys) -> Iterator[Row]:
    """The customers."""
    for customer in books.customers:
        yield {
            "id": keys.id("customer", customer.customer_no),
            "name": customer.name,
            "country": customer.country,
            "language": customer.language,
            "source": SOURCE,
        }


def identifier_rows(books: Books, keys: BookKeys) -> Iterator[Row]:
    """SIREN and VAT number of each, checked. Raises: BrokenFile if the check digits are wrong."""
    for customer in books.customers:
        for scheme, number in (("SIREN", customer.siren), ("VAT", customer.vat_number)):
            try:
                value, is_checked = settled_identifier(scheme, number)
            except ValueError as wrong:
                message = f"{scheme} {number!r} of customer {customer.customer_no} fails its check: {wrong}."
                raise BrokenFile(message, field=scheme.lower()) from wrong
            yield {
                "id": keys.id("identifier", scheme, customer.customer_no),
                "party_id": keys.id("customer", customer.customer_no),
                "scheme": scheme,
                "value": value,
                "is_checked": is_checked,
            }


def contact_rows(books: Books, keys: BookKeys) -> Iterator[Row]:
    """An e-mail address, which is used first, and a telephone number of each."""
    for customer in books.customers:
        for channel, value in (("EMAIL", customer.email), ("PHONE", customer.phone)):
            yield {
                "id": keys.id("contact", channel, customer.customer_no),
                "party_id": keys.id("customer", customer.customer_no),
                "channel": channel,
                "value": value,
                "is_primary": channel == "EMAIL",
            }


def address_rows(books: Books, keys: BookKeys) -> Iterator[Row]:
    """The postal address of each."""
    for customer in books.customers:
        yield {
            "id": keys.id("address", customer.customer_no),
            "party_id": keys.id("customer", customer.customer_no),
            "kind": "POSTAL",
            "lines": customer.street,
            "postal_code": customer.postal_code,
            "city": customer.city,
            "country": customer.country,
        }


@dataclass(frozen=True, slots=True)
class Customers:
    """Where each customer of the books is in the graph: number → (party, relationship)."""

    keys: BookKeys
    ends: dict[str, tuple[Id[Any], Id[Any]]]

    def links(self, customer_no: str) -> Row:
        """The columns that say whose a row is."""
        party, relationship = self.ends[customer_no]
        return {"party_id": party, "relationship_id": relationship, "unit_id": self.keys.unit}


def dealing_rows(books: Books, customers: Customers) -> Iterator[Row]:
    """Orders and invoices without VAT, payments as received. A cancelled order is no business done."""
    dealing = _dealing(customers)
    for order in books.orders:
        if order.status != "CANCELLED":
            yield dealing(order, "ORDER", order.order_no, order.ordered_on, order.net_amount, order.order_no)
    for invoice in books.invoices:
        number = invoice.invoice_no
        yield dealing(invoice, "INVOICE", number, invoice.issued_on, invoice.net_amount, number)
    for payment in books.payments:
        yield dealing(
            payment, "PAYMENT", payment.payment_no, payment.received_on, payment.amount, payment.reference
        )


def _dealing(customers: Customers) -> Callable[..., Row]:
    keys = customers.keys

    def row(record: Any, kind: str, number: str, day: Any, amount: Any, reference: str) -> Row:
        return {
            "id": keys.id("dealing", number),
            **customers.links(record.customer_no),
            "kind": kind,
            "amount": amount,
            "amount_currency": record.currency,
            "occurred_on": day,
            "reference": reference or None,
            "source": SOURCE,
            "source_row": keys.row(number),
        }

    return row


def interaction_rows(books: Books, customers: Customers) -> Iterator[Row]:
    """The exchanges with the customers, on every channel, with their cost."""
    for talk in books.interactions:
        yield {
            "id": customers.keys.id("interaction", talk.interaction_no),
            **customers.links(talk.customer_no),
            "channel": talk.channel,
            "direction": _DIRECTIONS.get(talk.direction, talk.direction),
            "subject": talk.subject,
            "occurred_at": talk.occurred_at,
            "outcome": talk.outcome,
            "duration_seconds": talk.duration_seconds,
            "cost": talk.cost,
            "cost_currency": talk.currency,
            "satisfaction": talk.satisfaction,
        }


def edge_facts(customer: Customer) -> dict[str, Any]:
    """What the books say of the relationship: strategic accounts are at level 6 (rules.md A4)."""
    return {"is_strategic": True, "level": 6} if customer.is_strategic else {}
