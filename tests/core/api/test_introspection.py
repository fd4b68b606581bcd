"""Somebody who looks at the schema sees what some role of theirs may read or do, and a sound schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    build_client_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    print_schema,
    validate_schema,
)

from tests.core.conftest import Filled
from tests.core.query.asking import policy
from xrm_core.access.book import PolicyBook
from xrm_core.identity.actor import Actor, Role

WHOLE = get_introspection_query()


def looked_at(stand: Filled, actor: Actor | None) -> Any:
    schema = build_client_schema(stand.same(actor, WHOLE)["data"])
    assert validate_schema(schema) == []
    return schema


@pytest.fixture
def ruled(filled: Filled) -> Iterator[Any]:
    """Somebody with one role of these policies."""

    def obey(*policies: Any) -> Actor:
        filled.obey(PolicyBook(policies))
        return Actor(1, None, "somebody", (Role("some"),), filled.unit)

    yield obey
    filled.obey(None)


@pytest.mark.parametrize("role", ["admin", "sales", "legal", "credit", "governance", "auditor"])
def test_every_shipped_role_looks_at_a_sound_schema(filled: Filled, role: str) -> None:
    schema = looked_at(filled, Actor(1, None, role, (Role(role),), filled.unit))

    assert {"Party", "Relationship", "Node", "PageInfo"} <= set(schema.type_map)
    assert ("auditEvents" in schema.query_type.fields) == (role in ("admin", "auditor", "governance"))


def test_an_admin_looks_at_everything(filled: Filled) -> None:
    admin = looked_at(filled, Actor(1, None, "admin", (Role("admin"),), filled.unit))

    everything = looked_at(filled, None)
    assert print_schema(lexicographic_sort_schema(admin)) == print_schema(
        lexicographic_sort_schema(everything)
    )


def test_what_no_role_reads_is_left_out_with_all_that_names_it(filled: Filled, ruled: Any) -> None:
    schema = looked_at(
        filled, ruled(policy("some", "core.party"), policy("some", "probe.machine", fields="-secret price"))
    )
    text = print_schema(schema)

    assert "parties" in schema.query_type.fields and "probeMachines" in schema.query_type.fields
    for absent in ("Dealing", "Relationship", "AuditEvent", "ProbeService", "ProbeSheet", "createParty"):
        assert absent not in text, absent
    assert {"secret", "price"} & set(schema.type_map["ProbeMachine"].fields) == set()
    assert {"secret", "price", "priceCurrency"} & set(schema.type_map["ProbeMachineWhere"].fields) == set()
    assert {"SECRET", "PRICE", "PRICE_CURRENCY"} & set(
        schema.type_map["ProbeMachineGroupField"].values
    ) == set()
    assert {"power", "maker", "makerId", "label"} <= set(schema.type_map["ProbeMachineWhere"].fields)
    assert "dealings" not in schema.type_map["Party"].fields
    assert "machines" in schema.type_map["PartyProbe"].fields
    assert "grade" not in schema.type_map["PartyProbe"].fields
    assert set(schema.mutation_type.fields) <= {
        "login", "logout", "enablePlugin", "disablePlugin", "transition", "setCustomFields",
    }  # fmt: skip


def test_what_a_role_may_do_is_shown(filled: Filled, ruled: Any) -> None:
    reads = policy("some", "probe.machine")
    renames = reads.__class__("some", "all", "probe.machine", "rename", "allow", "{}", "-")

    schema = looked_at(filled, ruled(policy("some", "core.party"), reads, renames))

    assert "renameProbeMachine" in schema.mutation_type.fields
    assert "RenameProbeMachineInput" in schema.type_map
    assert "createProbeMachine" not in schema.mutation_type.fields


def test_a_question_is_validated_alike_for_everybody(filled: Filled, ruled: Any) -> None:
    actor = ruled(policy("some", "core.party"))

    answer = filled.same(actor, "{ dealings { totalCount nodes { amount { amount } } } }")

    assert answer == {"data": {"dealings": {"totalCount": 0, "nodes": []}}}


def test_one_type_is_looked_at_by_its_name(filled: Filled, ruled: Any) -> None:
    actor = ruled(policy("some", "core.party"))
    text = "query ($n: String!) { __type(name: $n) { name fields { name } } }"

    assert filled.same(actor, text, {"n": "Dealing"})["data"]["__type"] is None
    assert filled.same(actor, text, {"n": "Party"})["data"]["__type"]["name"] == "Party"
