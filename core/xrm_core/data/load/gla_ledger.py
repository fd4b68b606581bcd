"""The spend file as read: its payments, the suppliers they fold into, and the rows that are not taken."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xrm_core.data.csv_rows import CsvFile, Reject, RejectReason, printable
from xrm_core.data.folding import Folding, fold
from xrm_core.data.gla import COLUMNS, GlaPayment, read_payments
from xrm_core.data.load.progress import Progress
from xrm_core.data.load.trace import sha256_of

_TOLD_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class GlaLedger:
    """A spend file: its name, its SHA-256, its payments in order, its suppliers and its rejects."""

    path: Path
    sha256: str
    payments: Sequence[GlaPayment]
    rejects: Sequence[Reject]
    folding: Folding

    @property
    def last_day(self) -> dt.date | None:
        """The day through which it tells; None if no row could be taken."""
        return max((payment.paid_on for payment in self.payments), default=None)


def read_ledger(path: Path, progress: Progress) -> GlaLedger:
    """The file, read and folded. Raises: BrokenFile, before anything else happens, if it is not such a file."""
    sha256 = sha256_of(path)
    payments: list[GlaPayment] = []
    rejects: list[Reject] = []
    progress.phase(f"Reading {path.name}")
    for row in read_payments(path):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        payments.append(row)
        if len(payments) % _TOLD_EVERY == 0:
            progress.advance(_TOLD_EVERY)
    progress.phase("Folding the spellings of suppliers")
    folding = fold((payment.vendor, payment.vendor_id) for payment in payments)
    return GlaLedger(path, sha256, payments, rejects, folding)


def changed_rows(path: Path, row_ids: set[int]) -> Iterator[Reject]:
    """Rejects for rows that are stored already and say something else there: what is stored stays as it is."""
    if not row_ids:
        return
    for row in CsvFile(path, COLUMNS).rows():
        if not isinstance(row, Reject) and row.fields[0].isdigit() and int(row.fields[0]) in row_ids:
            message = f"ID {row.fields[0]} was imported before with other values; those stay."
            row_ids.discard(int(row.fields[0]))
            yield Reject(row.line, "ID", RejectReason.CHANGED_ROW, message, printable(row.raw))
