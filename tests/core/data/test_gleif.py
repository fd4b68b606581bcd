"""GLEIF's answers: the real ones as counted, and made-up edges."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.gleif import ControlEdge, GleifGraph, WrongLei, bundled_folder, checked_lei, read_graph

PARENT, CHILD, OTHER = "21380068P1DRHMJ8KU70", "2138009AGE4DW1J76R35", "529900GRZ2BQY5ZM9N49"


@pytest.fixture(scope="module")
def real() -> GleifGraph:
    return read_graph(bundled_folder())


def relationship(child: str, parent: str, kind: str, start: str, end: str | None = None) -> dict[str, Any]:
    period = {"type": "RELATIONSHIP_PERIOD", "startDate": f"{start}T00:00:00Z"}
    if end:
        period["endDate"] = f"{end}T00:00:00Z"
    accounting = {"type": "ACCOUNTING_PERIOD", "startDate": "1999-01-01T00:00:00Z"}
    told = {
        "startNode": {"id": child, "type": "LEI"},
        "endNode": {"id": parent, "type": "LEI"},
        "type": kind,
        "status": "ACTIVE",
        "periods": [accounting, period],
    }
    return {"type": "relationship-records", "id": f"{child}|{kind}", "attributes": {"relationship": told}}


def graph(folder: Path, *records: dict[str, Any]) -> GleifGraph:
    for number, record in enumerate(records):
        (folder / f"{number}.json").write_text(json.dumps({"data": record}), encoding="utf-8")
    return read_graph(folder)


def test_the_real_answers_are_as_counted(real: GleifGraph) -> None:
    assert (len(real.entities), len(real.edges), len(real.stubs)) == (94, 75, 30)
    assert Counter(edge.basis for edge in real.edges) == {"DIRECT": 59, "ULTIMATE": 16}


def test_each_real_pair_has_one_edge_and_each_end_is_a_record_or_a_stub(real: GleifGraph) -> None:
    pairs = [(edge.parent, edge.child) for edge in real.edges]
    known = {entity.lei for entity in real.entities}

    assert len(set(pairs)) == len(pairs)
    assert {lei for pair in pairs for lei in pair} <= known | set(real.stubs)
    assert not known & set(real.stubs)


def test_a_real_record_is_told_whole(real: GleifGraph) -> None:
    shell = next(entity for entity in real.entities if entity.lei == PARENT)

    assert shell.name == "SHELL PLC"
    assert (shell.country, shell.jurisdiction, shell.registered_as) == ("GB", "GB", "04366849")
    assert (shell.status, shell.category) == ("ACTIVE", "GENERAL")
    assert shell.legal_address.city == "LONDON"


def test_other_names_of_real_entities_are_kept_with_their_kind(real: GleifGraph) -> None:
    kinds = Counter(name.kind for entity in real.entities for name in entity.other_names)

    assert kinds["PREVIOUS_LEGAL_NAME"] == 14
    assert kinds["TRADING_OR_OPERATING_NAME"] == 3


def test_the_parent_is_the_one_that_consolidates(tmp_path: Path) -> None:
    [edge] = graph(tmp_path, relationship(CHILD, PARENT, "IS_DIRECTLY_CONSOLIDATED_BY", "2017-10-18")).edges

    assert edge == ControlEdge(PARENT, CHILD, "DIRECT", date(2017, 10, 18), None)


@pytest.mark.parametrize("direct_first", [True, False])
def test_direct_wins_over_ultimate_with_its_own_dates(tmp_path: Path, direct_first: bool) -> None:
    direct = relationship(CHILD, PARENT, "IS_DIRECTLY_CONSOLIDATED_BY", "2015-01-01", "2019-12-31")
    ultimate = relationship(CHILD, PARENT, "IS_ULTIMATELY_CONSOLIDATED_BY", "2016-01-01")
    records = [direct, ultimate] if direct_first else [ultimate, direct]

    [edge] = graph(tmp_path, *records).edges

    assert (edge.basis, edge.valid_from, edge.valid_to) == ("DIRECT", date(2015, 1, 1), date(2019, 12, 31))


def test_other_kinds_of_relation_are_no_control(tmp_path: Path) -> None:
    read = graph(tmp_path, relationship(CHILD, PARENT, "IS_INTERNATIONAL_BRANCH_OF", "2015-01-01"))

    assert (read.edges, read.stubs) == ((), ())


def test_leis_without_a_record_become_stubs(tmp_path: Path) -> None:
    read = graph(tmp_path, relationship(CHILD, OTHER, "IS_ULTIMATELY_CONSOLIDATED_BY", "2015-01-01"))

    assert read.stubs == tuple(sorted((CHILD, OTHER)))


def test_a_wrong_check_digit_is_refused(tmp_path: Path) -> None:
    wrong = PARENT[:-1] + "1"

    with pytest.raises(WrongLei):
        graph(tmp_path, relationship(CHILD, wrong, "IS_DIRECTLY_CONSOLIDATED_BY", "2015-01-01"))
    with pytest.raises(WrongLei):
        checked_lei(PARENT[:-2])
    assert checked_lei(f" {PARENT.lower()} ") == PARENT


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"data": {"type": "lei-records", "id": "x"}}',
        '{"data": [{"type": "relationship-records", "attributes": {"relationship": null}}]}',
        '{"data": {"type": "lei-records", "attributes": []}}',
    ],
)
def test_an_answer_that_is_not_as_published_is_broken(tmp_path: Path, content: str) -> None:
    (tmp_path / "answer.json").write_text(content, encoding="utf-8")

    with pytest.raises(BrokenFile, match=r"answer\.json"):
        read_graph(tmp_path)


def test_a_folder_without_answers_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        read_graph(tmp_path)
