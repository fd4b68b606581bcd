"""Template variables and the seal (rules.md C4, C10 R-C-42)."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.money import Money
from xrm_legal.rules import (
    Annex,
    ClauseText,
    ContractContent,
    UncanonicalValue,
    Variable,
    VariableKind,
    bind_variables,
    canonical_bytes,
    content_hash,
    declaration_refusals,
    short_hash,
)

FEE = Variable("fee", VariableKind.MONEY, minimum=Decimal(0))
START = Variable("start", VariableKind.DATE)
NOTE = Variable("note", VariableKind.TEXT, is_mandatory=False, default="none")


def codes(
    declared: list[Variable], given_: Mapping[str, object], used: set[str]
) -> list[tuple[str, str | None]]:
    """Code and variable of every refusal."""
    return [(r.code, r.field) for r in bind_variables(declared, given_, used=used).refusals]


def test_good_values_become_typed_ones_and_an_optional_one_falls_back() -> None:
    given_ = {"fee": {"amount": "1250.50", "currency": "EUR"}, "start": "2026-12-31"}

    binding = bind_variables([FEE, START, NOTE], given_, used={"fee", "start", "note"})

    assert binding.refusals == ()
    assert binding.values == {
        "fee": Money(Decimal("1250.50"), "EUR"),
        "start": date(2026, 12, 31),
        "note": "none",
    }


def test_all_errors_are_listed_at_once() -> None:
    declared = [FEE, START, NOTE, Variable("unused", VariableKind.TEXT, is_mandatory=False)]
    given_ = {"start": "31/12/2026", "stray": 1}

    assert codes(declared, given_, {"fee", "start", "note", "ghost"}) == [
        ("legal.variable_undeclared", "ghost"),
        ("legal.variable_unused", "unused"),
        ("legal.variable_unknown", "stray"),
        ("legal.variable_missing", "fee"),
        ("legal.variable_invalid", "start"),
    ]


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_value_of_a_mandatory_variable_is_missing(empty: object) -> None:
    assert codes([START], {"start": empty}, {"start"}) == [("legal.variable_missing", "start")]


def test_a_mandatory_variable_may_have_no_fallback_and_no_name_is_declared_twice() -> None:
    declared = [replace(START, default="2026-01-01"), START]

    found = [refusal.code for refusal in declaration_refusals(declared, used={"start"})]

    assert found == ["legal.fallback_forbidden", "legal.variable_twice"]


VALID: list[tuple[VariableKind, dict[str, Any], object, object]] = [
    (VariableKind.TEXT, {}, "word", "word"),
    (VariableKind.NUMBER, {}, "3.5", Decimal("3.5")),
    (VariableKind.NUMBER, {}, 3, Decimal(3)),
    (VariableKind.PERCENT, {"maximum": Decimal(1)}, "0.05", Decimal("0.05")),
    (VariableKind.MONEY, {}, Money(Decimal(1), "EUR"), Money(Decimal(1), "EUR")),
    (VariableKind.DATE, {}, date(2026, 1, 1), date(2026, 1, 1)),
    (VariableKind.ENUM, {"choices": ("monthly", "yearly")}, "yearly", "yearly"),
    (VariableKind.CLAUSE_REF, {"choices": ("liability",)}, "liability", "liability"),
    (VariableKind.BOOL, {}, False, False),
    (VariableKind.PARTY, {}, {"name": "Example", "city": "Lyon"}, {"name": "Example", "city": "Lyon"}),
    (VariableKind.TABLE, {"columns": ("item",)}, [{"item": "desk"}], [{"item": "desk"}]),
]
INVALID: list[tuple[VariableKind, dict[str, Any], object]] = [
    (VariableKind.TEXT, {}, 3),
    (VariableKind.NUMBER, {}, 3.5),
    (VariableKind.NUMBER, {}, True),
    (VariableKind.NUMBER, {}, "three"),
    (VariableKind.NUMBER, {}, "NaN"),
    (VariableKind.NUMBER, {}, "1e999999"),
    (VariableKind.NUMBER, {"minimum": Decimal(1)}, "0.99"),
    (VariableKind.PERCENT, {"maximum": Decimal(1)}, "1.01"),
    (VariableKind.MONEY, {}, {"amount": "1", "currency": "euro"}),
    (VariableKind.MONEY, {}, {"amount": "1"}),
    (VariableKind.MONEY, {"minimum": Decimal(0)}, Money(Decimal(-1), "EUR")),
    (VariableKind.DATE, {}, "2026-02-30"),
    (VariableKind.DATE, {}, 20260101),
    (VariableKind.ENUM, {"choices": ("monthly",)}, "weekly"),
    (VariableKind.CLAUSE_REF, {"choices": ("liability",)}, "penalty"),
    (VariableKind.BOOL, {}, "yes"),
    (VariableKind.PARTY, {}, {"city": "Lyon"}),
    (VariableKind.PARTY, {}, {"name": "Example", "score": 0.5}),
    (VariableKind.TABLE, {"columns": ("item",)}, [{"item": "desk", "extra": 1}]),
    (VariableKind.TABLE, {"columns": ("item",)}, "desk"),
]


@pytest.mark.parametrize(("kind", "more", "raw", "expected"), VALID)
def test_a_value_of_its_kind_is_taken(
    kind: VariableKind, more: dict[str, Any], raw: object, expected: object
) -> None:
    binding = bind_variables([Variable("v", kind, **more)], {"v": raw}, used={"v"})

    assert (binding.values, binding.refusals) == ({"v": expected}, ())


@pytest.mark.parametrize(("kind", "more", "raw"), INVALID)
def test_a_value_of_another_kind_or_out_of_bounds_is_refused(
    kind: VariableKind, more: dict[str, Any], raw: object
) -> None:
    assert codes([Variable("v", kind, **more)], {"v": raw}, {"v"}) == [("legal.variable_invalid", "v")]


CONTENT = ContractContent(
    language="fr",
    template_key="framework",
    template_version=3,
    body="Entre {{ customer.name }} et nous.",
    variables={
        "fee": Money(Decimal("1250.50"), "EUR"),
        "start": date(2026, 12, 31),
        "rate": Decimal("0.0500"),
        "customer": {"name": "Société Exemple", "city": "Lyon"},
        "lines": [{"item": "bureau", "quantity": 2}],
        "exclusive": False,
    },
    clauses=(
        ClauseText("object", "fr", 1, "STANDARD", "Objet."),
        ClauseText("liability", "fr", 4, "FALLBACK_1", "Plafond."),
    ),
    annexes=(Annex("Tarifs", "ab" * 32, 3),),
)
# Written once by hand from the rule; a change of it breaks every seal that was ever printed.
WRITTEN = (
    '{"annexes":[["Tarifs","' + "ab" * 32 + '"]],"body":"Entre {{ customer.name }} et nous.",'
    '"clauses":[["object","fr",1,"STANDARD","Objet."],["liability","fr",4,"FALLBACK_1","Plafond."]],'
    '"format":"xrm.contract.1","language":"fr","template":["framework",3],'
    '"variables":{"customer":{"city":"Lyon","name":"Société Exemple"},"exclusive":false,'
    '"fee":{"$money":["1250.5","EUR"]},"lines":[{"item":"bureau","quantity":2}],'
    '"rate":{"$decimal":"0.05"},"start":{"$date":"2026-12-31"}}}'
)


def test_content_has_one_written_form() -> None:
    assert canonical_bytes(CONTENT).decode() == WRITTEN
    assert len(content_hash(CONTENT)) == 64
    assert short_hash(content_hash(CONTENT)) == content_hash(CONTENT)[:16]


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_the_seal_is_the_same_in_another_process(hash_seed: str) -> None:
    program = (
        "from decimal import Decimal\n"
        "from xrm_legal.rules import ContractContent, content_hash\n"
        "names = {'b', 'a', 'zebra', 'c'}\n"
        "print(content_hash(ContractContent('fr', 't', 1, 'x', {n: Decimal(len(n)) for n in names}, ())))"
    )
    here = content_hash(
        ContractContent("fr", "t", 1, "x", {n: Decimal(len(n)) for n in ("a", "b", "c", "zebra")}, ())
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout.strip() == here


def test_order_of_variables_and_trailing_zeros_do_not_matter() -> None:
    turned = dict(reversed(list(CONTENT.variables.items())))
    turned["rate"], turned["fee"] = Decimal("0.050000"), Money(Decimal("1250.500000"), "EUR")

    assert content_hash(replace(CONTENT, variables=turned)) == content_hash(CONTENT)


CHANGES: list[dict[str, Any]] = [
    {"body": "Entre {{ customer.name }} et nous. "},
    {"language": "en"},
    {"template_version": 4},
    {"variables": {**CONTENT.variables, "start": "2026-12-31"}},
    {"variables": {**CONTENT.variables, "exclusive": 0}},
    {"variables": {**CONTENT.variables, "fee": Money(Decimal("1250.51"), "EUR")}},
    {"variables": {**CONTENT.variables, "extra": None}},
    {"variables": {**CONTENT.variables, "start": {"date": "2026-12-31"}}},
    {"variables": {**CONTENT.variables, "start": {"$date": "2026-12-31"}}},
    {"clauses": CONTENT.clauses[::-1]},
    {"clauses": (replace(CONTENT.clauses[0], version=2), CONTENT.clauses[1])},
    {"clauses": (replace(CONTENT.clauses[0], text="Objet"), CONTENT.clauses[1])},
    {"annexes": (Annex("Tarifs", "ac" * 32, 3),)},
    {"annexes": ()},
]


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_what_is_agreed_changes_the_seal(change: dict[str, Any]) -> None:
    assert content_hash(replace(CONTENT, **change)) != content_hash(CONTENT)


@given(st.text(), st.text())
def test_the_seal_changes_with_any_character_of_the_text(one: str, other: str) -> None:
    seals = [content_hash(replace(CONTENT, body=body)) for body in (one, other)]

    assert (seals[0] == seals[1]) is (one == other)


@pytest.mark.parametrize("value", [0.5, object(), b"x", Decimal("NaN"), [{"deep": 0.1}], {1: "x"}])
def test_a_value_without_one_written_form_cannot_be_sealed(value: object) -> None:
    with pytest.raises(UncanonicalValue) as caught:
        content_hash(replace(CONTENT, variables={"v": value}))

    assert caught.value.field is not None and caught.value.field.startswith("variables.v")
