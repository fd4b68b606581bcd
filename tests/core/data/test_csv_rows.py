"""Reading CSV: bad rows are told, broken files stop."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrm_core.data.csv_rows import BrokenFile, CsvFile, Reject, RejectReason, Row, write_rejects

COLUMNS = ("id", "name", "town")


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(folder: Path, content: bytes | str) -> list[Row | Reject]:
    return list(CsvFile(written(folder, content), COLUMNS).rows())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not begin"),
        (b"\n\n", "does not begin"),
        (b"id,name\n1,a\n", "lacks column 'town'"),
        (b"id,name,town,colour\n1,a,b,c\n", "unknown column 'colour'"),
        (b"id,name,town,name\n1,a,b,c\n", "repeats the column 'name'"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n1 0 obj", "lacks column 'id', 'name', 'town'"),
        ("id,name,town\n1,a,b\n".encode("utf-16"), "NUL"),
        (b"id;name;town\n1;a;b\n", "lacks column"),
    ],
)
def test_a_file_that_does_not_begin_as_it_should_is_broken(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(BrokenFile, match=said) as told:
        CsvFile(written(tmp_path, content), COLUMNS)

    assert told.value.code == "core.import_broken_file"


def test_a_file_that_is_not_there_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match="cannot be opened"):
        CsvFile(tmp_path / "none.csv", COLUMNS)


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ('3,"open,town\n4,c,d\n', "quote opened in line 3 is never closed"),
        ('3,"' + "x" * 200_000, "never closed"),
        ("3,a\0b,c\n", "NUL"),
    ],
)
def test_a_file_broken_further_down_is_found_before_the_first_row_is_used(
    tmp_path: Path, tail: str, said: str
) -> None:
    file = CsvFile(written(tmp_path, "id,name,town\n1,a,b\n" + tail), COLUMNS)

    with pytest.raises(BrokenFile, match=said):
        file.check()


def test_columns_may_come_in_any_order_and_with_a_byte_order_mark(tmp_path: Path) -> None:
    [row] = rows(tmp_path, b"\xef\xbb\xbftown,id,name\r\nOxford,1,Acme\r\n")

    assert isinstance(row, Row)
    assert row.fields == ["1", "Acme", "Oxford"]


def test_a_quoted_field_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    first, second = rows(tmp_path, 'id,name,town\n1,"a, ""b""\nc",d\n\n2,e,f\n')

    assert isinstance(first, Row) and isinstance(second, Row)
    assert first.fields == ["1", 'a, "b"\nc', "d"]
    assert (first.line, second.line) == (2, 5)


def test_a_row_that_is_not_utf8_is_rejected_with_its_column_and_its_bytes(tmp_path: Path) -> None:
    good, bad, other = rows(tmp_path, b"id,name,town\n1,caf\xc3\xa9,b\n2,caf\xe9,b\n3,c,d\n")

    assert isinstance(good, Row) and isinstance(other, Row)
    assert isinstance(bad, Reject)
    assert (bad.line, bad.column, bad.reason) == (3, "name", RejectReason.ENCODING)
    assert bad.raw == "2,caf\\xe9,b"


@pytest.mark.parametrize("line", ["1,a", "1,a,b,c", "1"])
def test_a_row_with_too_few_or_too_many_fields_is_rejected(tmp_path: Path, line: str) -> None:
    bad, good = rows(tmp_path, f"id,name,town\n{line}\n2,b,c\n")

    assert isinstance(bad, Reject) and isinstance(good, Row)
    assert (bad.line, bad.reason, bad.raw) == (2, RejectReason.FIELD_COUNT, line)


def test_a_stray_quote_costs_its_own_row_and_none_of_those_it_swallowed(tmp_path: Path) -> None:
    text = 'id,name,town\n1,"stray,b\n2,c,d\n3,"x","y"\n4,e,f\n'

    bad, *others = rows(tmp_path, text)

    assert isinstance(bad, Reject)
    assert (bad.line, bad.reason) == (2, RejectReason.MALFORMED)
    assert [row.fields[0] for row in others if isinstance(row, Row)] == ["2", "3", "4"]
    assert [row.line for row in others] == [3, 4, 5]


@settings(max_examples=60)
@given(
    data=st.lists(
        st.tuples(*[st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)] * 3)
    )
)
def test_what_was_written_as_csv_is_read_back(
    data: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *data])

    read = list(CsvFile(path, COLUMNS).rows())

    assert [tuple(row.fields) for row in read if isinstance(row, Row)] == data


@settings(max_examples=60)
@given(lines=st.lists(st.text('ab,"\n', max_size=12), max_size=12))
def test_no_line_is_lost_whatever_the_quotes(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_text("id,name,town\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")

    try:
        read = list(CsvFile(path, COLUMNS).rows())
    except BrokenFile:
        return

    told = "".join(f"{row.raw.rstrip()}\n" for row in read)
    assert told.split() == path.read_text(encoding="utf-8").split()[1:]


def test_the_rejects_file_names_line_column_and_reason(tmp_path: Path) -> None:
    rejects = [row for row in rows(tmp_path, b"id,name,town\n1,\xff,b\n2\n") if isinstance(row, Reject)]

    count = write_rejects(rejects, tmp_path / "rejects.csv")

    assert count == 2
    with open(tmp_path / "rejects.csv", encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["line"], first["column"], first["reason"]) == ("2", "name", "core.import_not_utf8")
    assert (second["line"], second["column"], second["row"]) == ("3", "", "2")
