"""Made-up books: the same from the same seed, and their totals as a plain count of the files finds them."""

import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from stdnum.fr import siren, tva

from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.generate import DEFAULT_AS_OF, Books, generate, read_books, write_books
from xrm_core.data.generate.generator import WrongSize

AS_OF = DEFAULT_AS_OF
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("books")
    write_books(generate(7, 250), path)
    return path


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[str, Rows]:
    read = {}
    for path in folder.glob("*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            read[path.stem] = list(csv.DictReader(file))
    return read


@pytest.fixture(scope="module")
def totals(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "totals.json").read_text(encoding="utf-8"))
    return loaded


def day(text: str) -> date:
    return date.fromisoformat(text)


def residuals(files: dict[str, Rows]) -> dict[str, Decimal]:
    owed = {row["invoice_no"]: Decimal(row["gross_amount"]) for row in files["invoices"]}
    for row in files["allocations"]:
        owed[row["invoice_no"]] -= Decimal(row["amount"])
    return owed


def overdue(files: dict[str, Rows]) -> list[dict[str, str]]:
    owed = residuals(files)
    return [row for row in files["invoices"] if owed[row["invoice_no"]] and day(row["due_on"]) < AS_OF]


def test_the_same_seed_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from xrm_core.data.generate import *;"
        "write_books(generate(7, 250), Path(sys.argv[1]))"
    )
    path = [entry for entry in sys.path if entry]
    environment = {"PYTHONPATH": ":".join(path), "PYTHONHASHSEED": "4"}

    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)

    names = sorted(file.name for file in folder.iterdir())
    assert names == sorted(file.name for file in tmp_path.iterdir())
    assert len(names) == 9
    assert all((tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in names)


def test_another_seed_gives_other_books() -> None:
    assert generate(1, 20).invoices != generate(2, 20).invoices


def test_every_date_moves_with_the_as_of_day() -> None:
    def shape(books: Books) -> list[tuple[int, int]]:
        return [((books.as_of - i.issued_on).days, (books.as_of - i.due_on).days) for i in books.invoices]

    # 28 days later the weekdays fall alike, so that everything shifts by exactly as much.
    early, late = generate(3, 40), generate(3, 40, AS_OF + timedelta(28))

    assert shape(early)[:50] == shape(late)[:50]
    assert max(i.issued_on for i in early.invoices) <= AS_OF
    assert max(p.received_on for p in early.payments) <= AS_OF
    assert max(i.occurred_at.date() for i in early.interactions) < AS_OF


def test_books_read_back_are_the_books_written(folder: Path) -> None:
    assert read_books(folder) == generate(7, 250)


def test_customers_carry_valid_numbers_and_addresses_nobody_has(files: dict[str, Rows]) -> None:
    customers = files["customers"]

    assert len({row["name"] for row in customers}) == len({row["siren"] for row in customers}) == 250
    assert all(siren.is_valid(row["siren"]) and tva.is_valid(row["vat_number"]) for row in customers)
    assert all(row["siren"].startswith("999") and row["email"].endswith(".example") for row in customers)


def test_invoices_add_up_and_fall_due_by_their_terms(files: dict[str, Rows]) -> None:
    terms = {row["customer_no"]: int(row["payment_days"]) for row in files["customers"]}
    net_of_order: defaultdict[str, Decimal] = defaultdict(Decimal)

    for row in files["invoices"]:
        net_of_order[row["order_no"]] += Decimal(row["net_amount"])
        assert Decimal(row["net_amount"]) + Decimal(row["vat_amount"]) == Decimal(row["gross_amount"])
        assert (day(row["due_on"]) - day(row["issued_on"])).days == terms[row["customer_no"]]

    delivered = {
        r["order_no"]: Decimal(r["net_amount"]) for r in files["orders"] if r["status"] == "DELIVERED"
    }
    assert net_of_order == delivered


def test_payments_are_allocated_to_the_last_cent_and_never_too_much(files: dict[str, Rows]) -> None:
    allocated: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in files["allocations"]:
        allocated[row["payment_no"]] += Decimal(row["amount"])

    assert allocated == {row["payment_no"]: Decimal(row["amount"]) for row in files["payments"]}
    assert min(residuals(files).values()) == 0


def test_the_books_have_every_kind_of_payer(files: dict[str, Rows]) -> None:
    owed = residuals(files)
    gross = {row["invoice_no"]: Decimal(row["gross_amount"]) for row in files["invoices"]}
    due = {row["invoice_no"]: day(row["due_on"]) for row in files["invoices"]}
    late = [row for row in files["allocations"] if day(row["allocated_on"]) > due[row["invoice_no"]]]

    assert any(0 < owed[number] < gross[number] for number in gross)
    assert any(owed[number] == gross[number] and due[number] < AS_OF for number in gross)
    assert 0.1 < len(late) / len(files["allocations"]) < 0.9


def test_the_receivable_totals_are_those_of_the_files(files: dict[str, Rows], totals: dict[str, Any]) -> None:
    owed = residuals(files)
    by_customer: defaultdict[str, Decimal] = defaultdict(Decimal)
    buckets: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in files["invoices"]:
        late, residual = (AS_OF - day(row["due_on"])).days, owed[row["invoice_no"]]
        by_customer[row["customer_no"]] += residual
        bounds = [
            (0, "NOT_DUE"),
            (30, "1-30"),
            (60, "31-60"),
            (90, "61-90"),
            (180, "91-180"),
            (360, "181-360"),
        ]
        buckets[next((name for bound, name in bounds if late <= bound), ">360")] += residual

    told = totals["receivables"]
    assert Decimal(told["balance"]) == sum(owed.values()) == sum(buckets.values())
    assert {name: Decimal(amount) for name, amount in told["buckets"].items()} == buckets
    assert all(amount > 0 for amount in buckets.values())
    assert told["overdue"]["count"] == len(overdue(files))
    assert Decimal(told["overdue"]["amount"]) == sum(owed[row["invoice_no"]] for row in overdue(files))
    assert {no: Decimal(amount) for no, amount in told["by_customer"].items()} == {
        no: amount for no, amount in by_customer.items() if amount
    }


def test_the_expected_dunning_levels_follow_from_the_letters(
    files: dict[str, Rows], totals: dict[str, Any]
) -> None:
    letters: defaultdict[str, Rows] = defaultdict(list)
    for row in files["letters"]:
        letters[row["invoice_no"]].append(row)
    days_needed = {1: 4, 2: 15, 3: 30, 4: 45, 5: 60}
    raised: dict[str, int] = {}
    for row in overdue(files):
        sent = letters[row["invoice_no"]]
        following = 1 + max((int(letter["level"]) for letter in sent), default=0)
        is_late_enough = (AS_OF - day(row["due_on"])).days >= days_needed.get(following, 10**6)
        is_long_ago = all((AS_OF - day(letter["sent_on"])).days >= 8 for letter in sent)
        if is_late_enough and is_long_ago:
            raised[row["invoice_no"]] = following

    told = totals["dunning"]
    assert {no: answer["level"] for no, answer in told["invoices"].items() if answer["level"]} == raised
    assert {row["invoice_no"] for row in overdue(files)} == set(told["invoices"])
    assert told["invoices_raised_to"] == {str(k): v for k, v in Counter(raised.values()).items()}
    assert set(raised.values()) == {1, 2, 3, 4, 5}
    assert {answer["skipped"] for answer in told["invoices"].values()} == {
        None,
        "TOO_EARLY",
        "INTERVAL",
        "LAST_LEVEL",
    }


def test_the_interval_counted_per_customer_gives_the_same_levels(
    files: dict[str, Rows], totals: dict[str, Any]
) -> None:
    last: dict[str, date] = {}
    for row in files["letters"]:
        last[row["customer_no"]] = max(day(row["sent_on"]), last.get(row["customer_no"], date.min))

    held = {customer for customer, sent in last.items() if (AS_OF - sent).days < 8}
    assert held
    assert not held & set(totals["dunning"]["letters"])


def test_no_letter_skips_a_level_or_comes_before_its_day(files: dict[str, Rows]) -> None:
    due = {row["invoice_no"]: day(row["due_on"]) for row in files["invoices"]}
    levels: defaultdict[str, list[tuple[date, int]]] = defaultdict(list)
    for row in files["letters"]:
        levels[row["invoice_no"]].append((day(row["sent_on"]), int(row["level"])))

    for number, sent in levels.items():
        assert [level for _, level in sorted(sent)] == list(range(1, len(sent) + 1))
        assert all((on - due[number]).days >= (4, 15, 30, 45, 60)[level - 1] for on, level in sent)


def test_the_pipeline_totals_are_those_of_the_files(files: dict[str, Rows], totals: dict[str, Any]) -> None:
    told = totals["pipeline"]
    stale = [r for r in files["opportunities"] if not r["closed_on"] and day(r["close_on"]) < AS_OF]
    live = [r for r in files["opportunities"] if r not in stale and r["stage"] != "LOST"]

    assert (told["stale"]["count"], bool(stale)) == (len(stale), True)
    for period in told["periods"].values():
        own = [r for r in live if period["from"] <= (r["closed_on"] or r["close_on"]) <= period["to"]]
        closed = sum(Decimal(r["amount"]) for r in own if r["stage"] == "WON")
        open_rows = [r for r in own if r["stage"] != "WON"]
        commit = closed + sum(Decimal(r["amount"]) for r in open_rows if r["forecast_category"] == "COMMIT")
        best = commit + sum(Decimal(r["amount"]) for r in open_rows if r["forecast_category"] == "BEST_CASE")
        weighted = closed + sum(Decimal(r["amount"]) * Decimal(r["probability"]) for r in open_rows)
        assert Decimal(period["closed"]) == closed
        assert Decimal(period["commit"]) == commit
        assert Decimal(period["best_case"]) == best
        assert Decimal(period["open_pipeline"]) == sum(Decimal(r["amount"]) for r in open_rows)
        assert Decimal(period["weighted"]) == weighted
    assert list(told["periods"]) == ["2026", "2026-Q3", "2026-Q4"]


@pytest.mark.parametrize("basis", ["orders", "invoices"])
def test_churn_is_the_same_counted_by_orders_or_by_invoices(
    files: dict[str, Rows], totals: dict[str, Any], basis: str
) -> None:
    bought: defaultdict[str, set[int]] = defaultdict(set)
    for row in files[basis]:
        if row.get("status") != "CANCELLED":
            on = day(row["issued_on"] if basis == "invoices" else row["ordered_on"])
            bought[row["customer_no"]].add((AS_OF - on).days)
            assert not 363 <= (AS_OF - on).days <= 367
    start = {no for no, ages in bought.items() if any(365 <= age < 730 for age in ages)}
    end = {no for no, ages in bought.items() if any(age < 365 for age in ages)}
    before = {no for no, ages in bought.items() if any(age >= 365 for age in ages)}

    told = totals["churn"]
    assert (told["active_at_start"], told["active_at_end"]) == (len(start), len(end))
    assert told["lost"] == len(start - end) > 0
    assert told["new"] == len(end - before) > 0
    assert told["reactivated"] == len((end & before) - start) > 0
    assert Decimal(told["rate"]) == round(Decimal(len(start - end)) / Decimal(len(start)), 6)


def test_abc_and_concentration_are_those_of_the_last_years_invoices(
    files: dict[str, Rows], totals: dict[str, Any]
) -> None:
    revenue: defaultdict[str, Fraction] = defaultdict(Fraction)
    for row in files["invoices"]:
        if (AS_OF - day(row["issued_on"])).days < 365:
            revenue[row["customer_no"]] += Fraction(row["net_amount"])
    whole, before, classes = sum(revenue.values()), Fraction(0), Counter[str]()
    for amount in sorted(revenue.values(), reverse=True):
        share = before / whole
        classes["A" if share < Fraction(8, 10) else "B" if share < Fraction(95, 100) else "C"] += 1
        before += amount

    assert totals["abc"] == classes
    told = totals["concentration"]["net"]
    assert float(told["hhi"]) == pytest.approx(
        float(sum((100 * v / whole) ** 2 for v in revenue.values())), abs=1e-6
    )
    assert float(told["cr1"]) == pytest.approx(float(max(revenue.values()) / whole), abs=1e-6)
    assert Decimal(totals["revenue"]["net"]) == Decimal(float(whole)).quantize(Decimal("0.01"))


def test_counts_are_those_of_the_files(files: dict[str, Rows], totals: dict[str, Any]) -> None:
    assert totals["counts"] == {name: len(rows) for name, rows in files.items()}


@pytest.mark.parametrize("size", [0, -1, 20_001])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(WrongSize):
        generate(1, size)


def test_one_customer_is_enough() -> None:
    assert len(generate(5, 1).customers) == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("invoices.csv", "EUR\n", "EUR,x\n", "line 2"),
        ("invoices.csv", "F0000001,", "F0000001,,", "line 2"),
        ("payments.csv", "amount", "amounts", "column 'amount'"),
        ("totals.json", "{", "[", "totals"),
    ],
)
def test_damaged_books_are_refused(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    write_books(generate(5, 10), tmp_path)
    path = tmp_path / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    with pytest.raises(BrokenFile, match=said):
        read_books(tmp_path)


def test_a_wrong_value_is_told_with_its_line_and_column(tmp_path: Path) -> None:
    books = generate(5, 10)
    write_books(replace(books, payments=()), tmp_path)
    path = tmp_path / "payments.csv"
    path.write_text(path.read_text(encoding="utf-8") + "P1,C1,2026-02-30,1.00,EUR,\n", encoding="utf-8")

    with pytest.raises(BrokenFile, match=r"line 2: received_on '2026-02-30'") as told:
        read_books(tmp_path)

    assert told.value.field == "received_on"
