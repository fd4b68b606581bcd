"""What one may not see is not found, and changes nothing about what is."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.query.asking import ALL, policy
from tests.core.query.rows import Writer
from tests.core.search.asking import Searched
from tests.installations import Templates
from xrm_core.access.book import PolicyBook
from xrm_core.identity.actor import Actor, Role
from xrm_core.ids import Id
from xrm_core.query.search.keeping import rebuild_all

HIDDEN_TEXT, CODE, REMARK, FACT = "quixotry", "zz99x", "xylograph", "zymurgy"


class Guarded(Searched):
    """A stand with a few rows of which rules speak, and many that crowd them."""

    ids: dict[str, Any]


@pytest.fixture(scope="module")
def guarded(templates: Templates, postgres_url: str) -> Iterator[Guarded]:
    """Two machines with a secret, one of our unit and one of another; an edge and a party with a remark; a crowd."""
    stand = Guarded(templates, postgres_url)
    writer = Writer(1, stand.unit)
    stand.ids = _few(writer, stand.unit)
    for number in range(400):
        _party(writer, f"Crowded {number:03}", "DE")
    stand.load(writer.rows)
    for installation in stand.installations.values():
        app = installation.app
        stand.runner.run(rebuild_all(app.database, app.host.enabled))
    yield stand
    stand.close()


def _few(writer: Writer, unit: Any) -> dict[str, Any]:
    seen, unseen = _party(writer, "Crowded seen party", "FR"), _party(writer, "Crowded unseen party", "XX")
    for party, number in ((seen, "7001"), (unseen, "7002")):
        writer.put("core.identifier", party_id=party, scheme="DUNS", value=number, is_checked=False)
        writer.put(
            "core.contact_point",
            party_id=party,
            channel="EMAIL",
            value=f"{number}@e.example",
            is_primary=True,
        )
    ours = _machine(writer, "Crowded machine of ours", seen, unit, is_old=True)
    theirs = _machine(writer, "Crowded machine of theirs", seen, unseen, is_old=False)
    writer.put("gauge.facts", id=seen, score=None, remark=FACT)
    _party(writer, "Wordsmith", "FR")
    for letter in "abcdefghijklmnopqrstuv":
        _party(writer, f"{letter}ordsmoth", "XX")
    return {"seen": seen, "unseen": unseen, "ours": ours, "theirs": theirs}


def _party(writer: Writer, name: str, country: str) -> Any:
    return writer.put(
        "core.party", name=name, kind="ORGANISATION", kind_uncertain=False, country=country, language=None,
        is_stub=False, source="manual",
    )["id"]  # fmt: skip


def _machine(writer: Writer, name: str, maker: Any, unit: Any, *, is_old: bool) -> Any:
    return writer.put(
        "probe.machine", name=name, code=CODE, kind="BIG", power=None, secret=HIDDEN_TEXT, weight=None, is_old=is_old,
        built_on=None, seen_at=None, settings={}, maker_id=maker, spare_id=None, unit_id=unit, keeper_id=None,
        part_of_id=None, price=None, price_currency=None,
    )["id"]  # fmt: skip


def somebody(stand: Guarded, *policies: Any, unit: Any = None) -> Actor:
    """Whom these policies concern."""
    stand.obey(PolicyBook([*ALL, *policies]))
    return Actor(1, None, "some", (Role("some", unit),), stand.unit)


PARTIES = policy("some", "core.party", '{country: {ne: "XX"}}')


def test_what_a_rule_hides_is_not_found(guarded: Guarded) -> None:
    actor = somebody(guarded, PARTIES)

    assert guarded.titles("crowded seen party", actor)[0] == "Crowded seen party"
    assert "Crowded unseen party" not in guarded.titles("crowded unseen party", actor, first=100)


def test_nobody_without_a_policy_finds_anything(guarded: Guarded) -> None:
    assert guarded.hits("crowded", somebody(guarded)) == []
    assert guarded.hits("crowded", somebody(guarded), types=["Party"]) == []


def test_a_number_or_an_address_finds_nothing_for_those_who_may_not_read_it(guarded: Guarded) -> None:
    without = somebody(guarded, PARTIES)
    assert guarded.hits("7001", without) == guarded.hits("7001@e.example", without) == []

    numbers = somebody(guarded, PARTIES, policy("some", "core.identifier"))
    assert guarded.titles("7001", numbers) == ["Crowded seen party"]
    assert guarded.hits("7001@e", numbers)[0]["snippet"] == "⟦7001⟧"

    both = somebody(guarded, PARTIES, policy("some", "core.identifier"), policy("some", "core.contact_point"))
    assert guarded.hits("7001@e", both)[0]["snippet"] == "⟦7001⟧@⟦e⟧.example"


def test_the_number_of_a_hidden_party_finds_nothing(guarded: Guarded) -> None:
    actor = somebody(
        guarded, PARTIES, policy("some", "core.identifier"), policy("some", "core.contact_point")
    )

    assert guarded.hits("7002", actor) == guarded.hits("7002@e.example", actor) == []


def test_a_hidden_field_is_not_searched(guarded: Guarded) -> None:
    open_ = somebody(guarded, PARTIES, policy("some", "probe.machine"))
    assert len(guarded.hits(HIDDEN_TEXT, open_)) == 2

    masked = somebody(guarded, PARTIES, policy("some", "probe.machine", fields="-secret"))
    assert guarded.hits(HIDDEN_TEXT, masked) == []
    assert guarded.hits(HIDDEN_TEXT[:4], masked) == guarded.hits("quixotri", masked) == []
    assert len(guarded.hits("crowded machine", masked)) == 2


def test_a_field_is_searched_in_the_rows_that_show_it(guarded: Guarded) -> None:
    actor = somebody(
        guarded,
        PARTIES,
        policy("some", "probe.machine", "{isOld: {eq: true}}"),
        policy("some", "probe.machine", fields="-secret"),
    )

    assert guarded.titles(HIDDEN_TEXT, actor) == ["Crowded machine of ours"]


def test_a_denied_field_is_not_searched(guarded: Guarded) -> None:
    denial = policy("some", "probe.machine", "{isOld: {eq: true}}", effect="deny", fields="secret")
    actor = somebody(guarded, PARTIES, policy("some", "probe.machine"), denial)

    assert guarded.titles(HIDDEN_TEXT, actor) == ["Crowded machine of theirs"]


def test_what_belongs_to_another_unit_is_not_found(guarded: Guarded) -> None:
    actor = somebody(
        guarded, PARTIES, policy("some", "probe.machine", unit="own"), unit=Id(str(guarded.unit))
    )

    assert guarded.titles(HIDDEN_TEXT, actor) == ["Crowded machine of ours"]


def test_a_text_that_leads_elsewhere_takes_both_ends(guarded: Guarded) -> None:
    both = somebody(guarded, PARTIES, policy("some", "probe.machine"))
    assert guarded.titles(CODE, both) == ["Crowded seen party"]

    assert guarded.hits(CODE, somebody(guarded, PARTIES)) == []
    assert guarded.hits(CODE, somebody(guarded, policy("some", "probe.machine"))) == []


def test_a_plugins_part_finds_its_party_for_those_who_see_the_part(guarded: Guarded) -> None:
    seen = somebody(guarded, PARTIES, policy("some", "gauge.facts"))
    assert guarded.titles(FACT, seen) == ["Crowded seen party"]

    assert guarded.hits(FACT, somebody(guarded, PARTIES)) == []
    assert (
        guarded.hits(FACT, somebody(guarded, PARTIES, policy("some", "gauge.facts", fields="-remark"))) == []
    )
    assert guarded.hits(FACT, somebody(guarded, policy("some", "gauge.facts"))) == []


def test_a_crowd_that_one_may_not_see_crowds_nothing_out(guarded: Guarded) -> None:
    actor = somebody(guarded, policy("some", "core.party", '{name: {eq: "Crowded unseen party"}}'))

    for text in ("crowded", "crow", "c", "crwoded", "crowded party"):
        assert guarded.titles(text, actor) == ["Crowded unseen party"]


def test_words_that_one_may_not_see_take_no_place_among_those_that_were_meant(guarded: Guarded) -> None:
    assert guarded.titles("wordsmoth", somebody(guarded, PARTIES)) == ["Wordsmith"]


def test_the_score_and_the_snippet_are_of_what_one_sees(guarded: Guarded) -> None:
    everything = somebody(guarded, policy("some", "*"))
    number = guarded.hits("7001", everything)[0]
    masked = somebody(guarded, PARTIES, policy("some", "core.contact_point"))
    address = guarded.hits("7001", masked)[0]

    assert (number["snippet"], number["score"]) == ("⟦7001⟧", 1)
    assert address["id"] == number["id"] and address["score"] < 1
    assert address["snippet"] == "⟦7001⟧@e.example"


def test_a_disabled_plugin_is_not_found_and_comes_back_as_it_was(guarded: Guarded) -> None:
    actor = somebody(guarded, policy("some", "*"))
    before = guarded.hits(FACT, actor), guarded.hits(HIDDEN_TEXT, actor), guarded.hits(CODE, actor)
    for plugin in ("gauge", "probe"):
        for installation in guarded.installations.values():
            guarded.runner.run(installation.app.disable_plugin(plugin))

    actor = somebody(guarded, policy("some", "*"))
    assert guarded.hits(FACT, actor) == guarded.hits(HIDDEN_TEXT, actor) == guarded.hits(CODE, actor) == []
    assert guarded.refused("crowded", types=["ProbeMachine"]) == ("VALIDATION", "types")

    for plugin in ("gauge", "probe"):
        for installation in guarded.installations.values():
            guarded.runner.run(installation.app.enable_plugin(plugin))
    actor = somebody(guarded, policy("some", "*"))
    assert (guarded.hits(FACT, actor), guarded.hits(HIDDEN_TEXT, actor), guarded.hits(CODE, actor)) == before
