"""The payments of the Greater London Authority to its suppliers, 2008 to 2013, as their CSV file tells them.

Columns and traps: bundled/gla-spend/SOURCE.txt. The file knows no currency: all is in pounds sterling.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Literal

from xrm_core.data.csv_rows import CsvFile, FieldError, Reject, RejectReason, Row, printable, rejected
from xrm_core.data.names import plain_words

COLUMNS = (
    "ID",
    "VendorID",
    "Vendor",
    "AccountCode",
    "AccountDescription",
    "DocNo",
    "Amount",
    "Date",
    "Source",
)
CURRENCY = "GBP"
LONGEST_TEXT = 500

_AMOUNT = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,6})?")
_INTEGER = re.compile(r"[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

PaymentKind = Literal["PAYMENT", "CREDIT"]


@dataclass(frozen=True, slots=True)
class GlaPayment:
    """One row of the file: money paid to a vendor, or, if the amount is negative, given back by it (CREDIT).

    `vendor` is as spelled; an absent vendor id, account code or document number is None.
    `is_possible_duplicate`: an earlier row says the same in all but ID and Source.
    """

    row_id: int
    vendor_id: str | None
    vendor: str
    account_code: str | None
    account_description: str
    doc_no: str | None
    amount: Decimal
    paid_on: date
    source: str
    is_possible_duplicate: bool

    @property
    def kind(self) -> PaymentKind:
        """CREDIT for a negative amount, else PAYMENT; the amount keeps its sign."""
        return "CREDIT" if self.amount < 0 else "PAYMENT"


def bundled_file() -> Path:
    """The file that comes with the product."""
    return Path(str(files("xrm_core.data").joinpath("bundled/gla-spend/all.csv")))


def read_payments(path: Path) -> Iterator[GlaPayment | Reject]:
    """The rows of the file in its order; every row is either a payment or a reject with the reason.

    The whole file is looked through first. Raises: BrokenFile, before any row, if it is not such a file.
    """
    file = CsvFile(path, COLUMNS)
    file.check()
    return _payments(file.rows())


def _payments(rows: Iterable[Row | Reject]) -> Iterator[GlaPayment | Reject]:
    read = _Reader()
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        try:
            yield read.payment(row)
        except FieldError as error:
            yield rejected(Row(row.line, row.fields, printable(row.raw)), error)


class _Reader:
    """Remembers what earlier rows said: ids taken, contents seen, and values that occur again and again."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._contents: set[tuple[object, ...]] = set()
        self._texts: dict[str, str] = {}
        self._vendors: dict[str, str] = {}
        self._vendor_ids: dict[str, str | None] = {"": None}
        self._dates: dict[str, date] = {}

    def payment(self, row: Row) -> GlaPayment:
        """Raises: FieldError for the first column, from the left, that is wrong."""
        identity, vendor_id, vendor, account, description, doc_no, amount, day, source = row.fields
        row_id = self._new_id(identity)
        content = (
            self._vendor_id(vendor_id),
            self._vendor(vendor),
            self._text("AccountCode", account) or None,
            self._text("AccountDescription", description),
            self._text("DocNo", doc_no) or None,
            _amount(amount),
            self._date(day),
        )
        source = self._text("Source", source, keep=False)
        is_repeat = content in self._contents
        self._ids.add(row_id)
        self._contents.add(content)
        return GlaPayment(row_id, *content, source, is_repeat)

    def _new_id(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise FieldError("ID", RejectReason.NOT_AN_INTEGER, f"ID {text[:40]!r} is not a whole number.")
        row_id = int(text)
        if row_id in self._ids:
            raise FieldError("ID", RejectReason.REPEATED_KEY, f"ID {row_id} stands in an earlier row too.")
        return row_id

    def _vendor(self, text: str) -> str:
        known = self._vendors.get(text)
        if known is None:
            if not plain_words(text):
                raise FieldError("Vendor", RejectReason.BLANK, "The row names no vendor.")
            known = self._vendors[text] = self._text("Vendor", text)
        return known

    def _vendor_id(self, text: str) -> str | None:
        if text not in self._vendor_ids:
            if not _INTEGER.fullmatch(text):
                message = f"VendorID {text[:40]!r} is not a whole number."
                raise FieldError("VendorID", RejectReason.NOT_AN_INTEGER, message)
            self._vendor_ids[text] = text
        return self._vendor_ids[text]

    def _text(self, column: str, text: str, *, keep: bool = True) -> str:
        if len(text) > LONGEST_TEXT:
            message = f"{column} is longer than {LONGEST_TEXT} characters."
            raise FieldError(column, RejectReason.TOO_LONG, message)
        return self._texts.setdefault(text, text) if keep else text

    def _date(self, text: str) -> date:
        known = self._dates.get(text)
        if known is None:
            known = self._dates[text] = _date(text)
        return known


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        message = (
            f"Amount {text[:40]!r} is not a decimal number of at most 12 digits before the point and 6 after."
        )
        raise FieldError("Amount", RejectReason.NOT_AN_AMOUNT, message)
    return Decimal(text)


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # told below, like a text that does not even look like a date
    raise FieldError("Date", RejectReason.NOT_A_DATE, f"Date {text[:40]!r} is not a day written YYYY-MM-DD.")
