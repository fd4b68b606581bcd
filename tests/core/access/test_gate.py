"""Commands are guarded by the same rules as reading."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.conftest import Filled
from tests.core.probe.models import ProbeEdge, ProbeMachine
from tests.core.query.asking import askers, policy
from tests.core.query.oracle import Oracle
from tests.core.query.rows import TODAY
from xrm_core.access.book import PolicyBook
from xrm_core.access.gate import SqlGate
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.party import Party
from xrm_core.identity.actor import Actor, Role


def seen(stand: Filled, actor: Actor, book: PolicyBook, model: Any, action: str = "read") -> set[str]:
    """The ids of the rows a command of the actor could read, the same on both databases."""

    async def look(app: Any) -> set[str]:
        async with app.reading() as session:
            ctx = app.context(actor, session)
            ctx.gate = SqlGate(app.database.dialect, book.view(actor), app.snapshot.plugins)
            return {
                str(found)
                for found in await session.scalars(sa.select(model.id).where(ctx.may(model, action)))
            }

    first, second = (stand.runner.run(look(one.app)) for one in stand.installations.values())
    assert first == second
    return first


def somebody(stand: Filled, language: str = "en", **more: Any) -> Actor:
    return Actor(1, None, "somebody", (Role("some", more.get("unit")),), stand.unit, language)


@pytest.mark.parametrize("who", ["whole", "narrow"])
@pytest.mark.parametrize(
    "resource", ["core.party", "core.relationship", "core.dealing", "probe.machine", "probe.edge"]
)
def test_a_command_sees_what_its_actor_reads(obeying: Filled, who: str, resource: str) -> None:
    actor = askers(obeying)[who][0]
    book, info = obeying.installations["sqlite"].app.snapshot.book, REGISTRY[resource]
    oracle = Oracle(obeying.rows, actor, book, today=TODAY)

    found = seen(obeying, actor, book, info.model)

    assert found == {str(row["id"]) for row in oracle.rows[resource] if oracle.sees(info, row)}


def test_a_rule_may_name_what_is_computed_from_today(obeying: Filled) -> None:
    book = PolicyBook(
        [policy("some", "core.party"), policy("some", "probe.machine", "{ageDays: {gt: 5000}}")]
    )
    old = {
        str(row["id"])
        for row in obeying.rows["probe.machine"]
        if row["built_on"] is not None and (TODAY - row["built_on"]).days > 5000
    }

    assert seen(obeying, somebody(obeying), book, ProbeMachine) == old
    assert old


def test_a_rule_may_name_what_is_computed_for_the_reader(obeying: Filled) -> None:
    rule = '{label: {startsWith: "la "}}'
    book = PolicyBook([policy("some", "core.party"), policy("some", "probe.machine", rule)])

    french = seen(obeying, somebody(obeying, "fr"), book, ProbeMachine)
    english = seen(obeying, somebody(obeying, "en"), book, ProbeMachine)

    assert len(french) == len(obeying.rows["probe.machine"])
    assert english == set()


def test_a_part_of_a_relationship_belongs_to_its_unit(obeying: Filled) -> None:
    rest = [
        policy("some", "core.party"),
        policy("some", "core.relationship_type"),
        policy("some", "probe.edge"),
    ]
    book = PolicyBook([*rest, policy("some", "core.relationship", unit="own")])
    actor = somebody(obeying, unit=obeying.unit)
    edges = {row["id"] for row in obeying.rows["core.relationship"] if row["unit_id"] == obeying.unit}

    found = seen(obeying, actor, book, ProbeEdge)

    assert found == {str(row["id"]) for row in obeying.rows["probe.edge"] if row["id"] in edges}
    assert found


@pytest.mark.parametrize("fields", ["*", "-"])
def test_a_denied_action_is_denied_whatever_fields_stand_beside_it(obeying: Filled, fields: str) -> None:
    allow = policy("some", "core.party")
    may_update = allow.__class__("some", "all", "core.party", "update", "allow", "{}", "-")
    may_not = allow.__class__("some", "all", "core.party", "update", "deny", '{country: {eq: "FR"}}', fields)
    parties = [row for row in obeying.rows["core.party"] if row["tenant_id"] == 1]

    found = seen(obeying, somebody(obeying), PolicyBook([allow, may_update, may_not]), Party, "update")

    assert found == {str(row["id"]) for row in parties if row["country"] != "FR"}


def test_a_hidden_field_denies_no_action(obeying: Filled) -> None:
    allow = policy("some", "core.party")
    anything = allow.__class__("some", "all", "probe.machine", "*", "allow", "{}", "*")
    hides = allow.__class__("some", "all", "probe.machine", "*", "deny", "{}", "secret")

    found = seen(obeying, somebody(obeying), PolicyBook([allow, anything, hides]), ProbeMachine, "rename")

    assert len(found) == len(obeying.rows["probe.machine"])
