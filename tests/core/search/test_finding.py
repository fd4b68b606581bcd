"""What a text finds, the same on both databases."""

import pytest

from tests.core.query.stand import Statements
from tests.core.search.asking import EVERYTHING, SEARCH, Searched
from xrm_core.query.search.question import LONGEST_TEXT, MOST_HITS
from xrm_core.query.search.words import compact_of, words_of


def test_the_very_name_comes_first_whatever_else_begins_so(searched: Searched) -> None:
    hits = searched.hits("shell plc")

    assert hits[0]["title"] == "SHELL PLC" and hits[0]["score"] == 1
    assert {"ROYAL DUTCH SHELL", "SHELLEY'S SHOES LTD"} <= {hit["title"] for hit in hits}


def test_a_word_ranks_the_shortest_name_first_then_names_that_begin_so_then_those_that_have_it(
    searched: Searched,
) -> None:
    assert searched.titles("shell")[:4] == [
        "SHELL PLC",
        "SHELL INTERNATIONAL TRADING AND SHIPPING COMPANY LIMITED",
        "SHELLEY'S SHOES LTD",
        "ROYAL DUTCH SHELL",
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Schell plc", "SHELL PLC"),
        ("Shlel", "SHELL PLC"),
        ("shel plc", "SHELL PLC"),
        ("Sony GmbH & Co. KG", "Sony"),
        ("Société Générale SARL", "Société Générale"),
        ("plc shell", "SHELL PLC"),
        ("Sosiete generale", "Société Générale"),
        ("SOCIETE GÉNÉRALE", "Société Générale"),
        ("generale societe", "Société Générale"),
        ("Societe Generale SA", "Société Générale"),
        ("societe générlae", "Société Générale"),
        ("loreal", "L'Oréal"),
        ("l'oreal", "L'Oréal"),
        ("L Oréal", "L'Oréal"),
        ("att", "AT&T Inc."),
        ("jp morgan", "J.P. Morgan"),
        ("JPMorgan", "J.P. Morgan"),
        ("oeuvre strasse", "Œuvre Straße GmbH"),
        ("Газпром", "Газпром"),
        ("gazprom", "Газпром"),
        ("中国", "中国银行"),
        ("银行", "中国银行"),
        ("🚀", "🚀 Rocket Labs"),
        ("somy", "Sony"),
        ("sonny", "Sony"),
        ("soyn", "Sony"),
        ("microsfot corp", "Microsoft Corporation"),
        ("telecomunicatons", "Telecommunications Partners"),
        ("meier sohne", "Meyer & Söhne"),
        ("rosoft", "Microsoft Corporation"),
    ],
)
def test_spelled_otherwise_it_is_found_first(searched: Searched, text: str, title: str) -> None:
    assert searched.titles(text)[0] == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("21380068P1DRHMJ8KU70", "SHELL PLC"),
        ("2138 0068 p1dr", "SHELL PLC"),
        ("5521", "Société Générale"),
        ("552 120 222", "Société Générale"),
        ("552.120.222", "Société Générale"),
        ("FR 27 552 120 222", "Société Générale"),
        ("fr27", "Société Générale"),
        ("+33 1 47 56 70 00", "L'Oréal"),
        ("01 47 56 70 00", "L'Oréal"),
        ("0033147567000", "L'Oréal"),
        ("jean.dupont@loreal-paris.example", "L'Oréal"),
        ("dupont loreal", "L'Oréal"),
        ("sony.example", "Sony"),
    ],
)
def test_a_number_or_an_address_finds_whose_it_is(searched: Searched, text: str, title: str) -> None:
    assert searched.titles(text)[0] == title


def test_a_number_shows_itself_and_the_party_is_named(searched: Searched) -> None:
    hit = searched.hits("552120")[0]

    assert (hit["type"], hit["title"], hit["snippet"]) == ("Party", "Société Générale", "⟦552120222⟧")


def test_an_object_is_found_once_by_its_best_text(searched: Searched) -> None:
    ids = [hit["id"] for hit in searched.hits("552120222", first=100)]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("text", ["s", "S", "é", "b", "sh", "bp", "or", "x y", "a b c"])
def test_one_or_two_letters_find_what_begins_so(searched: Searched, text: str) -> None:
    wanted = compact_of([word.text for word in words_of(text)])

    hits = searched.hits(text, first=100)

    begins = [hit for hit in hits if hit["score"] >= 0.9]
    assert hits[: len(begins)] == begins
    for hit in begins:
        assert compact_of([word.text for word in words_of(hit["snippet"])]).startswith(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "*", "\"", "'", "NEAR(shell plc)", "shell AND plc", "shell OR NOT plc", "shell*", "^shell", "terms:shell",
        "{shell plc}", "\" OR \"\" MATCH \"", "'); DROP TABLE core_party; --", "a:* & !b | (c", "%", "_", "\\", "🙂🙂🙂",
        "<script>alert(1)</script>", "\u202eshell", "shell\u200b", "-", "++", "NULL", "shell\n\tplc",
        "⟦shell⟧", "1e5", "0x1F", "12.5", "http://example.org/?q=a&b=c",
    ],
)  # fmt: skip
def test_operators_are_text(searched: Searched, text: str) -> None:
    searched.hits(text)


def test_a_word_that_is_an_operator_elsewhere_finds_itself(searched: Searched) -> None:
    assert searched.titles("OR")[0] == "OR"
    assert searched.titles("near you")[0] == 'NEAR "you"'


def test_an_empty_text_is_refused_and_a_long_one_by_its_limit(searched: Searched) -> None:
    assert searched.refused("") == searched.refused(" \n\u00a0 ") == ("VALIDATION", "text")
    assert searched.refused("x" * 10_000) == ("LIMIT_EXCEEDED", "text")
    assert searched.refused("x" * (LONGEST_TEXT + 1)) == ("LIMIT_EXCEEDED", "text")
    searched.hits("x" * LONGEST_TEXT)
    searched.hits("é b " * (LONGEST_TEXT // 4))
    searched.hits("東" * LONGEST_TEXT)


def test_a_text_that_no_database_holds_is_refused(searched: Searched) -> None:
    assert searched.refused("shell\x00plc")[0] == "VALIDATION"
    assert searched.refused("shell\ud83d")[0] == "VALIDATION"


def test_no_more_are_answered_than_asked_for(searched: Searched) -> None:
    everything = searched.hits("s", first=100)

    assert searched.hits("s", first=3) == everything[:3]
    assert searched.hits("s", first=0) == []
    assert searched.refused("s", first=MOST_HITS + 1) == ("LIMIT_EXCEEDED", "first")
    assert searched.refused("s", first=-1) == ("VALIDATION", "first")


def test_only_the_types_asked_for_are_found(searched: Searched) -> None:
    every = {hit["type"] for hit in searched.hits("e", first=100)}

    assert {"Party", "ProbeMachine"} <= every
    assert {hit["type"] for hit in searched.hits("e", first=100, types=["ProbeMachine"])} == {"ProbeMachine"}
    assert searched.hits("shell", types=["ProbeService"]) == searched.hits("shell", types=[]) == []
    for unknown in ("Nothing", "core.party", "Query", "Money", ""):
        assert searched.refused("shell", types=[unknown]) == ("VALIDATION", "types")


def test_scores_fall_and_lie_between_nothing_and_one(searched: Searched) -> None:
    for text in ("shell", "e", "societe generale", "smile", "5521"):
        scores = [hit["score"] for hit in searched.hits(text, first=100)]

        assert scores == sorted(scores, reverse=True)
        assert all(0 < score <= 1 for score in scores)


def test_the_object_itself_can_be_asked_for(searched: Searched) -> None:
    asked = """{ search(text: "shell plc", first: 2) {
        object { __typename id ... on Party { name identifiers { value } } } } }"""

    found = searched.same(EVERYTHING, asked)["data"]["search"][0]["object"]

    assert found["__typename"] == "Party" and found["name"] == "SHELL PLC"
    assert found["identifiers"] == [{"value": "21380068P1DRHMJ8KU70"}]


@pytest.mark.parametrize(
    ("text", "most"), [("shell plc", 2), ("s", 1), ("552120222", 1), ("*", 0), ("a b c", 1)]
)
def test_a_search_takes_two_statements_at_most(searched: Searched, text: str, most: int) -> None:
    for kind, installation in searched.installations.items():
        assert isinstance(installation.app.database.reader, Statements)
        searched.statements(kind)
        searched.answer(kind, EVERYTHING, SEARCH, {"text": text, "first": 100})

        assert len(searched.statements(kind)) == most


def test_nobody_searches_without_signing_in(searched: Searched) -> None:
    answer = searched.same(None, SEARCH, {"text": "shell"})

    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_another_tenants_texts_are_not_found(searched: Searched) -> None:
    assert searched.hits("elsewhere") == []
