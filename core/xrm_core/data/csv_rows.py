"""CSV files row by row: a bad row is told with its place and reason, a broken file stops everything."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xrm_core.errors import DomainError


class BrokenFile(DomainError):
    """The file as a whole cannot be read as what it should be; nothing of it was taken."""

    code = "core.import_broken_file"


class RejectReason(StrEnum):
    """Why a row was not taken: the code that stands in the rejects file."""

    ENCODING = "core.import_not_utf8"
    MALFORMED = "core.import_malformed_row"
    FIELD_COUNT = "core.import_wrong_number_of_fields"
    BLANK = "core.import_blank"
    NOT_AN_INTEGER = "core.import_not_an_integer"
    NOT_A_DATE = "core.import_not_a_date"
    NOT_AN_AMOUNT = "core.import_not_an_amount"
    TOO_LONG = "core.import_too_long"
    REPEATED_KEY = "core.import_repeated_key"
    CHANGED_ROW = "core.import_changed_row"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its line in the file (from 1), the column, why, and the row itself.

    `column` is None if it is the whole row. Bytes that are not UTF-8 stand in `raw` as \\xNN.
    """

    line: int
    column: str | None
    reason: RejectReason
    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its first line, its fields in the order in which the reader asked for them, and its text."""

    line: int
    fields: list[str]
    raw: str


class FieldError(Exception):
    """One field of a row is wrong; the reader of the file turns it into a Reject. Never leaves the import."""

    def __init__(self, column: str, reason: RejectReason, message: str) -> None:
        super().__init__(message)
        self.column, self.reason, self.message = column, reason, message


def rejected(row: Row, error: FieldError) -> Reject:
    """The reject for a row of which one field is wrong."""
    return Reject(row.line, error.column, error.reason, error.message, row.raw)


class CsvFile:
    """A UTF-8 CSV file (byte order mark allowed) with exactly these columns, in any order.

    Creating it reads the header only. Raises: BrokenFile if the file cannot be opened, has no header,
    lacks a column, or has one too many.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(columns)
        with _Lines(path) as lines:
            header = next(lines.records(), None)
        self._order = self._column_order(header)

    def check(self) -> int:
        """The number of records, good and bad, after reading the file through.

        Raises: BrokenFile if it holds a NUL, or a quote that is never closed.
        """
        return sum(1 for _ in self.rows())

    def rows(self) -> Iterator[Row | Reject]:
        """The rows in the order of the file; one that cannot be split into its fields is a reject.

        Blank lines are no rows. Raises: BrokenFile as `check` does; call that before the first row is used.
        """
        order, width = self._order, len(self.columns)
        straight = order == list(range(width))
        with _Lines(self.path) as lines:
            records = lines.records()
            next(records)
            for record in records:
                if isinstance(record, Row) and record.fields:
                    yield self._arranged(record, None if straight else order, width)
                elif isinstance(record, Reject):
                    yield record

    def _arranged(self, row: Row, order: list[int] | None, width: int) -> Row | Reject:
        if len(row.fields) != width:
            message = f"The row has {len(row.fields)} fields, the header {width}."
            return Reject(row.line, None, RejectReason.FIELD_COUNT, message, printable(row.raw))
        fields = row.fields if order is None else [row.fields[i] for i in order]
        if not row.raw.isascii() and any(_has_stray_bytes(field) for field in fields):
            column = next(c for c, f in zip(self.columns, fields, strict=True) if _has_stray_bytes(f))
            message = f"{column} holds bytes that are not UTF-8."
            return Reject(row.line, column, RejectReason.ENCODING, message, printable(row.raw))
        return row if order is None else Row(row.line, fields, row.raw)

    def _column_order(self, header: "Row | Reject | None") -> list[int]:
        if not isinstance(header, Row) or not header.fields:
            raise BrokenFile(f"{self.path.name} does not begin with a line of column names.")
        found = [printable(name.strip()) for name in header.fields]
        missing = [name for name in self.columns if name not in found]
        unknown = [name for name in found if name not in self.columns]
        repeated = sorted({name for name in found if found.count(name) > 1} - set(unknown))
        wrong = [("lacks", missing), ("has the unknown", unknown), ("repeats the", repeated)]
        told = [f"{verb} column {', '.join(map(repr, names[:20]))}" for verb, names in wrong if names]
        if told:
            first = (missing + unknown + repeated)[0]
            raise BrokenFile(f"{self.path.name} {' and '.join(told)}.", field=first)
        return [found.index(name) for name in self.columns]


class _Lines:
    """The records of an open file; after a bad one that spans lines, reading goes on at its second line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._returned: deque[str] = deque()
        self._read: list[str] = []

    def __enter__(self) -> "_Lines":
        try:
            # Stray bytes become lone surrogates: the row that holds them is rejected, not the file.
            self._file = open(self._path, encoding="utf-8-sig", errors="surrogateescape", newline="")
        except OSError as error:
            raise BrokenFile(f"{self._path} cannot be opened: {error.strerror}.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def records(self) -> Iterator[Row | Reject]:
        reader = csv.reader(self, strict=True)
        line = 1
        while True:
            self._read.clear()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._malformed(line, str(error))
                line += 1
                continue
            yield Row(line, fields, self._read[0] if len(self._read) == 1 else "".join(self._read))
            line += len(self._read)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._file)
        if "\0" in line:
            raise BrokenFile(f"{self._path.name} is not a text file: it holds a NUL.")
        self._read.append(line)
        return line

    def _malformed(self, line: int, why: str) -> Reject:
        # The limit is csv's own, 131,072 characters: a quote open for longer was never meant as one.
        if "end of data" in why or "field limit" in why:
            raise BrokenFile(f"{self._path.name}: a quote opened in line {line} is never closed.")
        first, *others = self._read
        # What the stray quote swallowed are rows of their own.
        self._returned.extendleft(reversed(others))
        message = "The row is not CSV: something follows a closing quote."
        return Reject(line, None, RejectReason.MALFORMED, message, printable(first))


def printable(text: str) -> str:
    """The text without line end, with bytes that were not UTF-8 written \\xNN."""
    text = text.rstrip("\r\n")
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def write_rejects(rejects: Iterable[Reject], path: Path) -> int:
    """How many rejects were written to a CSV file with the columns line, column, reason, message, row.

    The file is replaced; without rejects it holds the header only.
    """
    count = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "column", "reason", "message", "row"])
        for reject in rejects:
            count += 1
            writer.writerow([reject.line, reject.column or "", reject.reason, reject.message, reject.raw])
    return count


def _has_stray_bytes(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)
