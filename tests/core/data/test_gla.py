"""The GLA's payments: the real file as counted, and made-up bad ones."""

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from xrm_core.data.csv_rows import BrokenFile, Reject, RejectReason
from xrm_core.data.gla import COLUMNS, GlaPayment, bundled_file, read_payments

HEADER = ",".join(COLUMNS)
GOOD = {
    "ID": "7",
    "VendorID": "10001",
    "Vendor": "ACME LTD",
    "AccountCode": "530",
    "AccountDescription": "Postage",
    "DocNo": "55",
    "Amount": "12.50",
    "Date": "2010-02-28",
    "Source": "1-feb_2010",
}


@pytest.fixture(scope="module")
def real() -> list[GlaPayment]:
    read = list(read_payments(bundled_file()))
    assert [row for row in read if isinstance(row, Reject)] == []
    return [row for row in read if isinstance(row, GlaPayment)]


def read(folder: Path, *rows: dict[str, str]) -> list[GlaPayment | Reject]:
    path = folder / "gla.csv"
    lines = [",".join((GOOD | row)[column] for column in COLUMNS) for row in rows]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return list(read_payments(path))


def test_every_row_of_the_real_file_is_a_payment(real: list[GlaPayment]) -> None:
    assert [payment.row_id for payment in real] == list(range(28_145))


def test_the_real_file_is_as_its_source_counts_it(real: list[GlaPayment]) -> None:
    assert sum(payment.is_possible_duplicate for payment in real) == 680
    assert Counter(payment.kind for payment in real) == {"PAYMENT": 26_936, "CREDIT": 1_209}
    assert sum(payment.vendor_id is None for payment in real) == 8_927
    assert len({payment.vendor for payment in real}) == 3_490
    days = [payment.paid_on for payment in real]
    assert (min(days), max(days)) == (date(2008, 4, 1), date(2013, 4, 25))


def test_no_cent_of_the_real_file_is_lost(real: list[GlaPayment]) -> None:
    lines = bundled_file().read_text(encoding="utf-8").splitlines()[1:]
    amounts = [Decimal(line.rsplit(",", 3)[1]) for line in lines]

    assert [payment.amount for payment in real] == amounts
    assert sum(amounts) == Decimal("1000083306.00")


def test_the_bundled_file_is_the_original_one() -> None:
    digest = hashlib.sha256(bundled_file().read_bytes()).hexdigest()

    assert digest == "edbb79551c90a3e38d447bda6ded71f63c6cf4f9b768ae5df54a0008df059d2e"


def test_a_good_row_is_told_as_it_stands(tmp_path: Path) -> None:
    [payment] = read(tmp_path, {"Amount": "-12.50", "VendorID": "", "DocNo": "", "AccountCode": ""})

    assert payment == GlaPayment(
        7, None, "ACME LTD", None, "Postage", None, Decimal("-12.50"), date(2010, 2, 28), "1-feb_2010", False
    )
    assert isinstance(payment, GlaPayment)
    assert payment.kind == "CREDIT"


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("ID", "", RejectReason.NOT_AN_INTEGER),
        ("ID", "1.5", RejectReason.NOT_AN_INTEGER),
        ("ID", "٣", RejectReason.NOT_AN_INTEGER),
        ("VendorID", "A17", RejectReason.NOT_AN_INTEGER),
        ("Vendor", "", RejectReason.BLANK),
        ("Vendor", " - ", RejectReason.BLANK),
        ("Vendor", "X" * 501, RejectReason.TOO_LONG),
        ("Amount", "", RejectReason.NOT_AN_AMOUNT),
        ("Amount", "NaN", RejectReason.NOT_AN_AMOUNT),
        ("Amount", "Infinity", RejectReason.NOT_AN_AMOUNT),
        ("Amount", "1e3", RejectReason.NOT_AN_AMOUNT),
        ("Amount", "12345678901234", RejectReason.NOT_AN_AMOUNT),
        ("Amount", "1_000", RejectReason.NOT_AN_AMOUNT),
        ("Amount", "£12", RejectReason.NOT_AN_AMOUNT),
        ("Date", "", RejectReason.NOT_A_DATE),
        ("Date", "28/02/2010", RejectReason.NOT_A_DATE),
        ("Date", "2010-02-30", RejectReason.NOT_A_DATE),
        ("Date", "20100228", RejectReason.NOT_A_DATE),
        ("Date", "2010-W08-7", RejectReason.NOT_A_DATE),
    ],
)
def test_a_wrong_field_rejects_its_row_with_line_column_and_reason(
    tmp_path: Path, column: str, text: str, reason: RejectReason
) -> None:
    first, bad, last = read(tmp_path, {}, {"ID": "8", column: text}, {"ID": "9"})

    assert isinstance(first, GlaPayment) and isinstance(last, GlaPayment)
    assert isinstance(bad, Reject)
    assert (bad.line, bad.column, bad.reason) == (3, column, reason)
    assert bad.raw.endswith("1-feb_2010")


def test_a_text_seen_in_one_column_is_still_checked_in_another(tmp_path: Path) -> None:
    _, blank, wrong = read(
        tmp_path,
        {"AccountDescription": "--"},
        {"ID": "8", "Vendor": "--"},
        {"ID": "9", "VendorID": "Postage"},
    )

    assert isinstance(blank, Reject) and isinstance(wrong, Reject)
    assert (blank.reason, wrong.reason) == (RejectReason.BLANK, RejectReason.NOT_AN_INTEGER)


def test_a_repeated_id_is_rejected_and_a_rejected_row_takes_no_id(tmp_path: Path) -> None:
    wrong, taken, repeated = read(tmp_path, {"Amount": "?"}, {}, {"ID": "007"})

    assert isinstance(wrong, Reject) and isinstance(taken, GlaPayment)
    assert isinstance(repeated, Reject)
    assert (repeated.column, repeated.reason) == ("ID", RejectReason.REPEATED_KEY)


def test_a_row_that_repeats_all_but_id_and_source_is_kept_and_marked(tmp_path: Path) -> None:
    first, again, other = read(
        tmp_path, {}, {"ID": "8", "Source": "2-mar_2010", "Amount": "12.5"}, {"ID": "9", "DocNo": "56"}
    )

    assert isinstance(first, GlaPayment) and isinstance(again, GlaPayment) and isinstance(other, GlaPayment)
    assert [row.is_possible_duplicate for row in (first, again, other)] == [False, True, False]


@pytest.mark.parametrize("content", ["", "ID,Vendor\n1,A\n", f"{HEADER},Extra\n", f'{HEADER}\n1,,"A,,,,,,\n'])
def test_a_broken_file_stops_before_any_row(tmp_path: Path, content: str) -> None:
    path = tmp_path / "gla.csv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BrokenFile):
        read_payments(path)


def test_a_file_broken_at_its_end_gives_no_row_at_all(tmp_path: Path) -> None:
    path = tmp_path / "gla.csv"
    row = ",".join(GOOD[column] for column in COLUMNS)
    path.write_text(f'{HEADER}\n{row}\n8,,"ACME\n', encoding="utf-8")

    with pytest.raises(BrokenFile, match="line 3"):
        read_payments(path)
