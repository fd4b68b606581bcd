"""Bad rows go to the rejects file with their place and reason; a bad file stops before anything is written."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.stored import contents, rows, value
from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.load.gla_load import GlaOutcome, GlaRequest, RejectsLost, load_gla
from xrm_core.data.load.units import gla_unit
from xrm_core.errors import NotFound
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings


async def load(xrm: Installation, path: Path, rejects: Path) -> GlaOutcome:
    return await load_gla(xrm.app, GlaRequest(path, await gla_unit(xrm.app), rejects))


def read_rejects(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("wrong", "column", "reason"),
    [
        ({"Date": "2010-02-30"}, "Date", "core.import_not_a_date"),
        ({"Date": "28/02/2010"}, "Date", "core.import_not_a_date"),
        ({"Amount": "1,250.00"}, "Amount", "core.import_not_an_amount"),
        ({"Amount": "1000000000000"}, "Amount", "core.import_not_an_amount"),
        ({"ID": "1a"}, "ID", "core.import_not_an_integer"),
        ({"ID": "1"}, "ID", "core.import_repeated_key"),
        ({"Vendor": " - "}, "Vendor", "core.import_blank"),
        ({"AccountDescription": "x" * 501}, "AccountDescription", "core.import_too_long"),
    ],
)
async def test_a_bad_row_is_told_with_its_line_column_and_reason_and_the_others_are_taken(
    xrm: Installation, spend: Any, tmp_path: Path, wrong: dict[str, str], column: str, reason: str
) -> None:
    path = spend({"ID": "1"}, {"ID": "2", **wrong}, {"ID": "3"})

    outcome = await load(xrm, path, tmp_path / "rejects.csv")

    (reject,) = read_rejects(tmp_path / "rejects.csv")
    assert (reject["line"], reject["column"], reject["reason"]) == ("3", column, reason)
    assert reject["message"] and reject["row"]
    assert (outcome.rows, outcome.dealings, outcome.rejected) == (3, 2, 1)
    assert value(xrm.app.settings, "SELECT count(*) FROM core_dealing") == 2


async def test_a_row_in_another_encoding_is_rejected_with_its_bytes(
    xrm: Installation, spend: Any, tmp_path: Path
) -> None:
    path = spend({"ID": "1"}, {"ID": "2", "Vendor": "CAFE"}, {"ID": "3"})
    path.write_bytes(path.read_bytes().replace(b"CAFE", b"CAF\xc9"))

    await load(xrm, path, tmp_path / "rejects.csv")

    (reject,) = read_rejects(tmp_path / "rejects.csv")
    assert (reject["line"], reject["column"], reject["reason"]) == ("3", "Vendor", "core.import_not_utf8")
    assert "CAF\\xc9" in reject["row"]


async def test_a_row_with_a_field_too_many_is_rejected_whole(
    xrm: Installation, spend: Any, tmp_path: Path
) -> None:
    path = spend({"ID": "1"}, {"ID": "2"})
    path.write_text(path.read_text().rstrip() + ",more\n")

    await load(xrm, path, tmp_path / "rejects.csv")

    (reject,) = read_rejects(tmp_path / "rejects.csv")
    assert (reject["line"], reject["column"]) == ("3", "")
    assert reject["reason"] == "core.import_wrong_number_of_fields"


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("Amount,", "Amount,Colour,"),  # an unknown column
        (",Date,", ",Day,"),  # a missing one
        ("ALBION PRINT LTD", '"ALBION'),  # a quote that is never closed
        ("ALBION PRINT LTD", "A\0B"),  # not a text file
    ],
)
async def test_a_broken_file_stops_before_anything_is_written(
    xrm: Installation, spend: Any, tmp_path: Path, find: str, replace: str
) -> None:
    path = spend({"ID": "1"}, {"ID": "2"})
    path.write_text(path.read_text().replace(find, replace))
    await gla_unit(xrm.app)
    before = contents(xrm.app.settings)

    with pytest.raises(BrokenFile):
        await load(xrm, path, tmp_path / "rejects.csv")

    assert contents(xrm.app.settings) == before
    assert not (tmp_path / "rejects.csv").exists()


async def test_nothing_is_written_where_rejects_cannot_be_kept(
    xrm: Installation, spend: Any, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file, no folder")

    with pytest.raises(RejectsLost):
        await load(xrm, spend({"ID": "1"}), tmp_path / "taken" / "rejects.csv")

    assert value(xrm.app.settings, "SELECT count(*) FROM core_dealing") == 0


async def test_a_file_without_a_good_row_writes_nothing(
    xrm: Installation, spend: Any, tmp_path: Path
) -> None:
    outcome = await load(xrm, spend({"Date": "today"}), tmp_path / "rejects.csv")

    assert (outcome.rows, outcome.rejected, outcome.dealings) == (1, 1, 0)
    assert rows(xrm.app.settings, "SELECT id FROM core_audit_event WHERE command = 'core.import.gla'") == []


async def test_a_stored_row_that_says_something_else_now_is_rejected_and_stays(
    xrm: Installation, spend: Any, tmp_path: Path
) -> None:
    await load(xrm, spend({"ID": "1", "Amount": "12.50"}), tmp_path / "rejects.csv")

    outcome = await load(xrm, spend({"ID": "1", "Amount": "99.00"}, {"ID": "2"}), tmp_path / "rejects.csv")

    (reject,) = read_rejects(tmp_path / "rejects.csv")
    assert (reject["line"], reject["column"], reject["reason"]) == ("2", "ID", "core.import_changed_row")
    assert (outcome.dealings, outcome.known, outcome.rejected) == (1, 0, 1)
    assert _amounts(xrm.app.settings) == [12.5, 12.5]


async def test_a_unit_that_does_not_exist_is_told(xrm: Installation) -> None:
    with pytest.raises(NotFound) as refused:
        await gla_unit(xrm.app, "NOWHERE")

    assert refused.value.field == "unit"


def _amounts(settings: Settings) -> list[float]:
    scale = 1 if settings.database_url else 1_000_000
    return [float(amount) / scale for (amount,) in rows(settings, "SELECT amount FROM core_dealing")]
