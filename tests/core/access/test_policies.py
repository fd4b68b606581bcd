"""Policies are read strictly: what they name exists, and what they compare is of the right kind."""

from typing import Any

import pytest

from tests.core.probe.models import ProbeMachine
from tests.core.query.asking import policy
from xrm_core.access.check import policy_problems
from xrm_core.access.policies import BadPolicy, parse_rule
from xrm_core.query.binds import ContextValue

PLUGINS = frozenset({"probe", "gauge"})


def problems(rule: str, **more: Any) -> list[str]:
    """The codes of what is wrong with a policy on machines."""
    assert ProbeMachine.__resource__ == "probe.machine"
    return [
        one.code for one in policy_problems("probe", [policy("some", "probe.machine", rule, **more)], PLUGINS)
    ]


def test_a_rule_is_a_filter_in_which_the_asker_is_named() -> None:
    rule = parse_rule('{keeperId: {in: [$user]}, unitId: {eq: $unit}, name: {eq: "$user"}, weight: {gt: 5}}')

    assert rule == {
        "keeperId": {"in": [ContextValue("user")]},
        "unitId": {"eq": ContextValue("unit")},
        "name": {"eq": "$user"},
        "weight": {"gt": 5},
    }


@pytest.mark.parametrize(
    "text", ["", "[]", '"x"', "{", "{a: $nobody}", "{a: {eq: $user}} {}", "$user", "{a: }"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(BadPolicy):
        parse_rule(text)


@pytest.mark.parametrize(
    "rule",
    [
        "{}",
        "{keeperId: {eq: $user}}",
        "{builtOn: {lt: $today}}",
        '{builtOn: {lt: "2026-01-31"}, seenAt: {gt: "2026-01-31T12:00:00Z"}}',
        "{isOld: {eq: true}, weight: {in: [1, 2]}, kind: {eq: BIG}}",
        '{maker: {dealings: {aggregate: {where: {amountCurrency: {eq: "EUR"}}, sum: {amount: {gt: "1000"}}}}}}',
        '{secret: {contains: "x"}}',
    ],
)
def test_a_sound_rule_is_sound(rule: str) -> None:
    assert problems(rule) == []


@pytest.mark.parametrize(
    "rule",
    [
        "{colour: {eq: 1}}",
        "{name: {like: 1}}",
        '{name: "x"}',
        "{name: {eq: 5}}",
        '{weight: {gt: "5"}}',
        "{weight: {gt: 5.5}}",
        '{isOld: {eq: "yes"}}',
        '{builtOn: {lt: "31.1.2026"}}',
        '{seenAt: {lt: "2026-01-31T12:00:00"}}',
        '{keeperId: {eq: "somebody"}}',
        '{power: {gt: "0.0000001"}}',
        '{power: {gt: "much"}}',
        "{settings: {eq: {}}}",
        '{isOld: {contains: "x"}}',
        '{maker: {dealings: {aggregate: {sum: {amount: {gt: "1000"}}}}}}',
    ],
)
def test_a_rule_that_cannot_hold_is_refused_before_anyone_is_ruled_by_it(rule: str) -> None:
    assert problems(rule) == ["core.bad_policy"]


@pytest.mark.parametrize(
    ("fields", "effect", "code"),
    [
        ("-secret price", "allow", []),
        ("name", "allow", []),
        ("-name", "allow", ["core.not_hideable"]),
        ("name", "deny", ["core.not_hideable"]),
        ("secret", "deny", []),
        ("-colour", "allow", ["core.unknown_policy_field"]),
    ],
)
def test_a_policy_hides_only_what_is_declared_hideable(fields: str, effect: str, code: list[str]) -> None:
    assert problems("{}", fields=fields, effect=effect) == code
