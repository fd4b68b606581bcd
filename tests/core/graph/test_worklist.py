"""The worklist: tasks under the name people know."""

from xrm_core.graph.activity import Task
from xrm_core.plugins.testing import Installation


async def test_the_worklist_is_the_tasks_that_one_may_see(xrm: Installation) -> None:
    await xrm.make(Task, subject="Call back", unit=xrm.unit, priority=1)
    await xrm.make(Task, subject="File", unit=xrm.unit, priority=5)

    data = await xrm.ask(
        "{ worklist(where: { priority: { lt: 5 } }) { nodes { subject } } tasks { totalCount } }",
        role="sales",
    )

    assert data == {"worklist": {"nodes": [{"subject": "Call back"}]}, "tasks": {"totalCount": 2}}


async def test_the_kinds_of_edges_are_named_in_the_readers_language(xrm: Installation) -> None:
    question = '{ relationshipTypes(where: { code: { eq: "CUSTOMER" } }) { nodes { label inverseLabel } } }'

    english = await xrm.ask(question)
    french = await xrm.ask(question, actor=xrm.actor(language="fr"))

    assert english["relationshipTypes"]["nodes"] == [
        {"label": "has as customer", "inverseLabel": "is a customer of"}
    ]
    assert french["relationshipTypes"]["nodes"] == [
        {"label": "a pour client", "inverseLabel": "est client de"}
    ]


async def test_shares_of_nothing_are_zero(xrm: Installation) -> None:
    data = await xrm.ask("{ dealingsAggregate { count share { count amount } } }")

    assert data["dealingsAggregate"] == [{"count": 0, "share": {"count": "0", "amount": None}}]
