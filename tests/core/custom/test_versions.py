"""Custom fields of what is historical: as they were known, and in what a version changed."""

from tests.core.custom.asking import define
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import Policy
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

SET = "mutation($i: SetCustomFieldsInput!) { setCustomFields(input: $i) { objectId } }"
VERSIONS = "{ relationships { nodes { versions { nodes { changed recordedAt object { customFields } } } } } }"


async def edge(xrm: Installation) -> None:
    """A relationship whose two fields were each set once more than once."""
    for key in ("region", "score"):
        await define(xrm, key, resource="core.relationship", kind="TEXT")
    other = await xrm.make(Party, name="A")
    made = await xrm.make(
        Relationship, type=relationship_type_id(1, "OWNS"), source=xrm.unit, target=other.id
    )
    for values in ({"region": "Nord", "score": "1"}, {"region": "Sud"}):
        given = {"type": "Relationship", "objectId": str(made.id), "customFields": values}
        await xrm.ask(SET, {"i": given})


async def test_a_version_has_the_values_of_its_time_and_says_which_changed(xrm: Installation) -> None:
    await edge(xrm)

    versions = (await xrm.ask(VERSIONS))["relationships"]["nodes"][0]["versions"]["nodes"]
    text = 'query($t: DateTime) { relationships(knownAt: $t, where: {customFields: [{key: "region", eq: "Nord"}]}) { totalCount } }'
    counts = [
        (await xrm.ask(text, {"t": moment}))["relationships"]["totalCount"]
        for moment in (version["recordedAt"] for version in versions)
    ]

    assert [version["object"]["customFields"] for version in versions] == [
        {"region": "Sud", "score": "1"},
        {"region": "Nord", "score": "1"},
        {},
    ]
    assert [version["changed"] for version in versions] == [
        ["customFields.region"],
        ["customFields.region", "customFields.score"],
        [],
    ]
    assert counts == [0, 1, 0]


async def test_a_change_of_what_is_hidden_is_hidden(xrm: Installation) -> None:
    await edge(xrm)
    allow = Policy("some", "all", "*", "read", "allow", "{}", "*")
    deny = Policy("some", "all", "core.relationship", "read", "deny", "{}", "custom_fields.region")
    xrm.app.snapshot.book = PolicyBook([allow, deny])

    answer = await xrm.answer(VERSIONS, role="some")

    versions = answer["data"]["relationships"]["nodes"][0]["versions"]["nodes"]
    assert [version["changed"] for version in versions] == [[], ["customFields.score"], []]
    assert [version["object"]["customFields"] for version in versions] == [{"score": "1"}, {"score": "1"}, {}]
    assert answer["extensions"]["hidden"] == ["relationships.nodes.versions.nodes.object.customFields.region"]
