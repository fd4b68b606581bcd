"""The tutorial is followed to the letter, in an empty folder."""

from pathlib import Path

from tests.architecture.source import ROOT
from tests.docs.likeness import differences, is_like
from tests.docs.page import blocks
from tests.docs.reader import Reader
from tests.postgres import fresh_database

TUTORIAL = ROOT / "docs/plugin-author.md"


def test_who_follows_the_tutorial_has_a_working_plugin(tmp_path: Path, postgres_url: str) -> None:
    with fresh_database(postgres_url) as scratch:
        reader = Reader(tmp_path, SCRATCH=scratch)
        try:
            reader.follow(blocks(TUTORIAL))
        finally:
            reader.stop()


def test_output_that_is_not_as_shown_is_noticed() -> None:
    assert is_like("Written: …/a.py\n…\ndone\n", "Written: here/a.py\nmore\nand more\ndone\n")
    assert not is_like("Written: …\n", "Nothing to write.\n")
    assert not is_like("", "something\n")


def test_an_answer_that_is_not_as_shown_is_noticed_and_names_are_remembered() -> None:
    names: dict[str, str] = {}

    same = differences({"id": "<car>", "at": "…"}, {"id": "7", "at": "now"}, names)
    other = differences({"state": "free"}, {"state": "lent"}, names)

    assert (same, names) == ([], {"<car>": "7"})
    assert other == ["answer.state: 'lent' instead of 'free'"]
