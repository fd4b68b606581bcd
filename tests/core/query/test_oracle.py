"""Random questions have one answer: the oracle's, SQLite's and PostgreSQL's, for whoever asks."""

import datetime as dt
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.conftest import Filled
from tests.core.query.answers import Answerer
from tests.core.query.oracle import Oracle, Pick, Refusal
from tests.core.query.questions import Document, Grammar
from tests.core.query.rows import TODAY
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import Policy
from xrm_core.identity.actor import Actor, Role

EXAMPLES = int(os.environ.get("XRM_SOAK_EXAMPLES", "120"))
MODERATE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def policy(
    role: str, object_: str, rule: str = "{}", *, unit: str = "all", effect: str = "allow", fields: str = "*"
) -> Policy:
    """A policy on reading."""
    return Policy(role, unit, object_, "read", effect, rule, fields)


ALL = [
    policy("whole", "*"),
]
# Own unit, rules with $user and $today, rules through relations, denials, hidden fields of some rows and of all.
SOME = [
    policy("narrow", "core.party", "{not: {country: {eq: \"DE\"}}}"),
    policy("narrow", "core.party", "{relationships: {some: {ownerId: {eq: $user}}}}", effect="deny"),
    policy("narrow", "core.relationship", unit="own"),
    policy("narrow", "core.relationship", "{unitId: {isNull: true}}"),
    policy("narrow", "core.relationship_type"),
    policy("narrow", "core.user", "{id: {ne: $user}}"),
    policy("narrow", "core.dealing", unit="own"),
    policy("narrow", "core.dealing", "{occurredOn: {lt: $today}, kind: {in: [PAYMENT, CREDIT]}}"),
    policy("narrow", "core.dealing", "{amount: {gt: \"1000\"}}", effect="deny"),
    policy("narrow", "core.interaction", "{party: {country: {isNull: true}}}"),
    policy("narrow", "core.task", "{or: [{assigneeId: {eq: $user}}, {assigneeId: {isNull: true}}]}"),
    policy("narrow", "probe.machine", unit="own", fields="-secret spare"),
    policy("narrow", "probe.machine", "{isOld: {eq: true}}", fields="-secret"),
    policy("narrow", "probe.machine", "{weight: {lt: 0}}", effect="deny", fields="price"),
    policy("narrow", "probe.service"),
    policy("narrow", "probe.edge", fields="-remark"),
    policy("narrow", "gauge.facts", "{score: {gte: \"0\"}}"),
    policy("narrow", "gauge.reading", "{party: {dealings: {aggregate: {count: {gt: 0}}}}}"),
]  # fmt: skip
BOOK = PolicyBook([*ALL, *SOME])
HIDDEN = frozenset(
    {
        ("probe.machine", "secret"),
        ("probe.machine", "spare"),
        ("probe.machine", "price"),
        ("probe.edge", "remark"),
    }
)


def askers(filled: Filled) -> dict[str, tuple[Actor, frozenset[tuple[str, str]]]]:
    """Who asks, and what they may not ask about."""
    user = filled.rows["core.user"][0]["id"]
    whole = Actor(1, user, "whole", (Role("whole"),), filled.unit, "fr")
    narrow = Actor(1, user, "narrow", (Role("narrow", filled.unit),), filled.unit)
    return {"whole": (whole, frozenset()), "narrow": (narrow, HIDDEN)}


@pytest.fixture(scope="module")
def obeying(filled: Filled, monkeypatch_module: Any) -> Any:
    """Both installations under the policies of these tests, on a day that does not pass."""
    monkeypatch_module.setattr(Actor, "today", fixed_today)
    filled.obey(BOOK)
    yield filled
    filled.obey(None)


def fixed_today(actor: Actor, now: dt.datetime | None = None) -> dt.date:
    """The business date, which is the rows' day unless a moment is given."""
    from zoneinfo import ZoneInfo

    return TODAY if now is None else now.astimezone(ZoneInfo(actor.time_zone)).date()


@pytest.fixture(scope="module")
def monkeypatch_module() -> Any:
    """As monkeypatch, for a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_every_question_has_the_oracles_answer(obeying: Filled, who: str) -> None:
    actor, hidden = askers(obeying)[who]
    answerer = Answerer(Oracle(obeying.rows, actor, BOOK, today=TODAY))

    @MODERATE
    @given(st.data())
    def check(data: st.DataObject) -> None:
        grammar = Grammar(lambda low, high: data.draw(st.integers(low, high)), obeying.rows, hidden)
        picks = grammar.operation()
        document = Document(picks, lambda: grammar.chance(40))
        compare(obeying, actor, answerer, picks, document)

    check()


def compare(stand: Filled, actor: Actor, answerer: Answerer, picks: list[Pick], document: Document) -> None:
    """Both databases answer as the oracle does."""
    try:
        expected: Any = answerer.answer(picks)
    except Refusal:
        expected = "VALIDATION"
    for kind, answer in stand.answers(actor, document.text, document.variables):
        errors = answer.get("errors")
        found = errors[0]["extensions"]["code"] if errors else answer["data"]
        assert found == expected, (kind, document.text, document.variables, errors)
