"""Made-up books as files: a CSV file for each kind of record, and totals.json beside them."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from xrm_core.data.csv_rows import BrokenFile, CsvFile, Reject
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

RecordT = TypeVar("RecordT")

FILES: Mapping[str, type] = {
    "customers": Customer,
    "orders": Order,
    "invoices": Invoice,
    "payments": Payment,
    "allocations": Allocation,
    "letters": Letter,
    "interactions": Interaction,
    "opportunities": Opportunity,
}
TOTALS = "totals.json"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def write_books(books: Books, folder: Path) -> list[Path]:
    """The files written, in a folder that is made if need be; the same books give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, record in FILES.items():
        path = folder / f"{name}.csv"
        _write(path, _columns(record), getattr(books, name))
        paths.append(path)
    totals = json.dumps(books.totals, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = folder / TOTALS
    path.write_bytes(totals.encode())
    return [*paths, path]


def read_books(folder: Path) -> Books:
    """The books that `write_books` wrote. Raises: BrokenFile if a file is missing or not as written."""
    try:
        totals = json.loads((folder / TOTALS).read_bytes())
        seed, size, as_of = totals["seed"], totals["size"], date.fromisoformat(totals["as_of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFile(f"{folder / TOTALS} is not the totals of made-up books ({error!r}).") from error
    return Books(
        seed,
        size,
        as_of,
        _read(folder, Customer),
        _read(folder, Order),
        _read(folder, Invoice),
        _read(folder, Payment),
        _read(folder, Allocation),
        _read(folder, Letter),
        _read(folder, Interaction),
        _read(folder, Opportunity),
        totals,
    )


def _write(path: Path, columns: list[str], records: tuple[Any, ...]) -> None:
    values = attrgetter(*columns)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for record in records:
            writer.writerow([_text(value) for value in values(record)])


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _read(folder: Path, record: type[RecordT]) -> tuple[RecordT, ...]:
    name = next(name for name, kind in FILES.items() if kind is record)
    return tuple(_records(folder / f"{name}.csv", record))


def _records(path: Path, record: type[RecordT]) -> Iterator[RecordT]:
    columns = _columns(record)
    hints = get_type_hints(record)
    parsers = [_PARSERS[hints[column]] for column in columns]
    for row in CsvFile(path, columns).rows():
        if isinstance(row, Reject):
            raise BrokenFile(f"{path.name}, line {row.line}: {row.message}", field=row.column)
        values = []
        for column, parse, text in zip(columns, parsers, row.fields, strict=True):
            try:
                values.append(parse(text))
            except ValueError as error:
                message = f"{path.name}, line {row.line}: {column} {text[:40]!r} cannot be read."
                raise BrokenFile(message, field=column) from error
        yield record(*values)


def _columns(record: type) -> list[str]:
    return [field.name for field in fields(record)]


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _claim(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _or_none(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: parse(text) if text else None


_PARSERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    int | None: _or_none(int),
    bool: _claim,
    date: _day,
    date | None: _or_none(_day),
    datetime: datetime.fromisoformat,
    Decimal: _number,
}
