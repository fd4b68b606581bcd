"""Text as search sees it."""

import pytest

from xrm_core.query.search.words import LONGEST_WORD, MOST_CHARACTERS, compact_of, words_of


def words(text: str) -> list[str]:
    return [word.text for word in words_of(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SHELL PLC", ["shell", "plc"]),
        ("Société Générale", ["societe", "generale"]),
        ("e\u0301cole", ["ecole"]),
        ("L'Oréal S.A.", ["l", "oreal", "sa"]),
        ("J.P. Morgan", ["jp", "morgan"]),
        ("v1.2.3", ["v1", "2", "3"]),
        ("Straße ﬁn ™ Ⅷ", ["strasse", "fin", "tm", "viii"]),
        ("Œuvre Łódź İstanbul", ["oeuvre", "lodz", "istanbul"]),
        ("Газпром 東京 한국", ["gazprom", "dongjing", "hangug"]),
        ("🚀 Rocket", ["u1f680", "rocket"]),
        ("co\u00adop A\u200dB", ["coop", "ab"]),
        ("one\ntwo\tthree\u00a0four", ["one", "two", "three", "four"]),
        ("jean.dupont@acme.fr", ["jean", "dupont", "acme", "fr"]),
        ('\' OR 1=1; -- "*" NEAR(a)', ["or", "1", "1", "near", "a"]),
        ("!?*\"'", []),
        ("", []),
    ],
)
def test_text_has_these_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text", ["L'Oréal S.A.", "🚀 Œuvre ﬁn", "e\u0301cole a\u0308b", "J.P. Morgan", "東京 Ltd"]
)
def test_a_word_knows_where_it_stands(text: str) -> None:
    for word in words_of(text):
        assert words(text[word.start : word.end]) == [word.text]


def test_words_are_plain_ascii_whatever_comes_in() -> None:
    everything = "".join(chr(code) for code in range(1, 0x20000) if not 0xD800 <= code < 0xE000)

    for start in range(0, len(everything), 1_000):
        for word in words(everything[start : start + 1_000]):
            assert word.isascii() and word.isalnum() and word == word.lower()


def test_an_endless_word_is_cut_in_pieces_and_an_endless_text_is_cut_off() -> None:
    assert [len(word) for word in words("x" * 150)] == [LONGEST_WORD, LONGEST_WORD, 22]
    assert len("".join(words("ab " * MOST_CHARACTERS))) <= MOST_CHARACTERS


def test_a_number_is_the_same_with_and_without_blanks() -> None:
    assert compact_of(words("552 032 534")) == compact_of(words("552.032-534")) == "552032534"
