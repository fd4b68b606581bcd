"""Plain data, and the one JSON text and hash that it has."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.documents import DocumentDataInvalid, Plain, canonical_json, check_plain, content_sha256

LEAVES = st.one_of(
    st.text(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.dates(),
    st.booleans(),
    st.none(),
)
PLAIN = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


class LoudText(str):
    """A text with behaviour of its own."""


def reversed_keys(value: Any) -> Any:
    """The same data with the keys of every dict written in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(inner) for inner in value] if isinstance(value, list) else value


@given(PLAIN)
def test_the_order_of_keys_never_changes_the_hash(data: Any) -> None:
    assert content_sha256(reversed_keys(data)) == content_sha256(data)


@given(PLAIN)
def test_canonical_json_is_json_that_anyone_can_read(data: Any) -> None:
    text = canonical_json(data)

    parsed = json.loads(text, parse_float=Decimal)
    assert canonical_json(parsed) == text


def test_canonical_json_writes_each_kind_of_value_one_way() -> None:
    data: Plain = {
        "z": Decimal("1.10"),
        "a": [date(2026, 9, 30), True, None, 12, Decimal("-0.0"), Decimal("1E+3")],
        "é": "é\n",
    }

    text = canonical_json(data)

    assert text.decode() == '{"a":["2026-09-30",true,null,12,0,1000],"z":1.1,"é":"é\\n"}'


def test_a_changed_letter_changes_the_hash() -> None:
    assert content_sha256({"text": "30 jours"}) != content_sha256({"text": "31 jours"})


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1.5, "data.lines[1].amount"),
        (datetime(2026, 9, 30, tzinfo=UTC), "data.lines[1].amount"),
        ((1, 2), "data.lines[1].amount"),
        ({1}, "data.lines[1].amount"),
        (b"bytes", "data.lines[1].amount"),
        (object(), "data.lines[1].amount"),
        (LoudText("x"), "data.lines[1].amount"),
        (Decimal("NaN"), "data.lines[1].amount"),
        (Decimal("1E+999999"), "data.lines[1].amount"),
        (10**100, "data.lines[1].amount"),
        ("\ud800", "data.lines[1].amount"),
        ({2: "x"}, "data.lines[1].amount"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_place(value: object, path: str) -> None:
    data = {"lines": [{"amount": 1}, {"amount": value}]}

    with pytest.raises(DocumentDataInvalid) as refusal:
        check_plain(data)

    assert refusal.value.field == path


def test_data_that_contains_itself_is_refused() -> None:
    data: dict[str, Any] = {}
    data["again"] = data

    with pytest.raises(DocumentDataInvalid):
        check_plain(data)
