"""Custom fields in exports: row by row, and never for other definitions than there are."""

from tests.core.api.test_exporting import exported
from tests.core.custom.asking import define
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings

EXPORT = '{ parties(first: 5000, where: {name: {startsWith: "p"}}) { nodes { customFields } } }'


async def test_rows_read_one_by_one_have_them_as_another_process_defines_them(
    xrm: Installation, xrm_settings: Settings
) -> None:
    parties = [Party(name=f"p{number}") for number in range(3)]
    for number, party in enumerate(parties):
        party.custom_fields = {"staff~i": number}
    await xrm.add(*parties)
    before, was_streamed = await exported(xrm, EXPORT)

    other = await Installation.open(xrm_settings)
    await define(other, "staff", kind="INTEGER")
    await other.close()
    after, is_streamed = await exported(xrm, EXPORT)

    assert was_streamed and is_streamed
    assert [node["customFields"] for node in before["data"]["parties"]["nodes"]] == [{}] * 3
    found = [node["customFields"] for node in after["data"]["parties"]["nodes"]]
    assert sorted(found, key=lambda fields: fields["staff"]) == [{"staff": number} for number in range(3)]


async def test_an_order_by_them_is_the_order_of_an_export(xrm: Installation) -> None:
    await define(xrm, "staff", kind="INTEGER")
    parties = [Party(name=f"p{number}") for number in range(3)]
    for party, staff in zip(parties, (2, 0, 1), strict=True):
        party.custom_fields = {"staff~i": staff}
    await xrm.add(*parties)

    answer, is_streamed = await exported(
        xrm, '{ parties(first: 5000, orderBy: [{customField: "staff"}]) { nodes { name } } }'
    )

    assert is_streamed
    assert [node["name"] for node in answer["data"]["parties"]["nodes"]] == ["p1", "p2", "p0", "Our Company"]
