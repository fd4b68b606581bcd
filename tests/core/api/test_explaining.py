"""What `xrm explain` tells: the statement, who put which condition there, what it costs, how the database goes about it."""

import json

import pytest

from xrm_core.api.explaining import Question, explained
from xrm_core.errors import Invalid, NotFound
from xrm_core.graph.party import Party
from xrm_core.identity.actor import Actor, Role
from xrm_core.identity.users import actor_of
from xrm_core.plugins.testing import Installation
from xrm_core.query.readable import readable

TEXT = """query ($name: String) { parties(first: 7, where: {name: {startsWith: $name}}) { totalCount nodes {
    relationships(first: 3) { nodes { stage dealings { nodes { id } } availableTransitions { event } } } } } me { name } }"""


async def told(xrm: Installation, text: str = TEXT, *, role: str = "sales", analyze: bool = False) -> str:
    question = Question(text, xrm.actor(role), {"name": "A"} if "$name" in text else {}, None, analyze)
    return "\n".join(await explained(xrm.app, question))


async def test_each_condition_says_who_put_it_there(xrm: Installation) -> None:
    found = await told(xrm)

    assert "sales allow core.relationship.* in the units the role is held in (xrm_core/policies.csv:" in found
    assert (
        "sales allow core.relationship.read in every unit, where {unitId:{isNull:true}} (xrm_core/" in found
    )
    assert "core.party: asked for by the question's where" in found
    assert "core.relationship: hidden where its target is hidden: for every row" in found
    statement, _, reasons = found.partition("-- who put which condition there")
    for number in range(1, reasons.count("-- [") - reasons.count("-- [-]") + 1):
        assert f"/* [{number}] */" in statement + reasons and f"-- [{number}] " in reasons


async def test_marks_change_nothing_of_the_statement_but_brackets(xrm: Installation) -> None:
    found = await told(xrm)

    assert "*/ (" in found and ") = 1" not in found.partition("-- $1")[0]


async def test_it_tells_the_cost_the_values_and_the_rest_of_the_work(xrm: Installation) -> None:
    found = await told(xrm)
    answer = await xrm.answer(TEXT, {"name": "A"}, role="sales")

    assert "errors" not in answer or answer["errors"][0]["path"] == ["me"]
    assert "-- estimated cost: 1259 rows; 1000000 are allowed" in found
    assert "'a'" in found and "-- who" in found
    assert "in Python for all rows at once: parties.nodes.relationships.nodes.availableTransitions" in found
    assert "not asked of the database by this statement: me" in found


async def test_the_databases_own_plan_is_there_and_it_is_run_only_if_asked(
    xrm: Installation, database_kind: str
) -> None:
    plain, measured = await told(xrm), await told(xrm, analyze=True)

    assert ("SEARCH t" in plain) if database_kind == "sqlite" else ("cost=" in plain)
    ran = "bytes of answer" if database_kind == "sqlite" else "Execution Time"
    assert ran in measured and ran not in plain


async def test_what_is_nested_too_deeply_for_one_statement_is_told_too(
    xrm: Installation, database_kind: str
) -> None:
    found = await told(xrm)

    assert ("-- then, for the rows found, parties.nodes.relationships" in found) is (
        database_kind == "sqlite"
    )


WRONG = ['{ party(id: "x") { id } }', '{ parties(first: 1, after: "x") { nodes { id } } }']


@pytest.mark.parametrize("text", ["{ me { name } }", "{ nothing }", "{", *WRONG])
async def test_what_is_asked_wrongly_or_not_of_the_database_is_refused(xrm: Installation, text: str) -> None:
    with pytest.raises(Invalid):
        await told(xrm, text)


async def test_a_user_is_found_by_address_or_id(xrm: Installation) -> None:
    user_id = await xrm.user("sales")

    by_address, by_id = await actor_of(xrm.app, "sales@xrm.example"), await actor_of(xrm.app, str(user_id))

    assert by_address == by_id and by_address.roles == (Role("sales", xrm.unit),)
    for nobody in ("nobody@xrm.example", "00000000-0000-0000-0000-000000000000", ""):
        with pytest.raises(NotFound):
            await actor_of(xrm.app, nobody)


async def test_explaining_shows_no_row(xrm: Installation) -> None:
    await xrm.make(Party, name="Secret Firm")

    found = await told(xrm, "{ parties { nodes { name } } }", analyze=True)

    assert "Secret" not in found


async def test_explaining_changes_nothing(xrm: Installation) -> None:
    actor: Actor = xrm.actor()

    with pytest.raises(Invalid):
        await explained(xrm.app, Question("mutation { logout }", actor))


def test_a_statement_is_laid_out_by_subquery_and_texts_stay_as_they_are() -> None:
    sql = "SELECT a, ' FROM (SELECT ' FROM (SELECT b FROM c WHERE d IS DISTINCT FROM e AND f = 1) AS t WHERE (x AND y)"

    lines = readable(sql).splitlines()

    assert lines == [
        "SELECT a, ' FROM (SELECT '", "FROM (", "  SELECT b", "  FROM c", "  WHERE d IS DISTINCT FROM e", "  AND f = 1",
        ") AS t", "WHERE (x AND y)",
    ]  # fmt: skip
    assert json.dumps(readable(sql)).count("AND") == 2
