"""A client's aliases come back as they were written, whatever the database makes of them on the way."""

import pytest

from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation

# As names of columns: the longest PostgreSQL keeps, longer ones, words of SQL, names of ours.
ALIASES = ("a" * 63, "b" * 64, "c" * 200, "select", "row", "t1", "mixedCase", "_under", "__x", "the_row")


@pytest.mark.parametrize("alias", ALIASES)
async def test_an_alias_of_any_length_and_kind_is_the_key_of_the_answer(
    xrm: Installation, alias: str
) -> None:
    party = await xrm.make(Party, name="Aliased")

    one = await xrm.ask(
        f"query One($id: ID!) {{ party(id: $id) {{ {alias}: name }} }}", {"id": str(party.id)}
    )
    many = await xrm.ask(
        f'{{ parties(where: {{name: {{eq: "Aliased"}}}}) {{ {alias}: nodes {{ {alias}: name id }} }} }}'
    )

    assert one == {"party": {alias: "Aliased"}}
    assert many == {"parties": {alias: [{alias: "Aliased", "id": str(party.id)}]}}


async def test_more_fields_than_the_database_takes_in_one_call_are_answered(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Many")
    asked = " ".join(f"n{number}: name" for number in range(150))

    answer = await xrm.ask(f"query One($id: ID!) {{ party(id: $id) {{ {asked} }} }}", {"id": str(party.id)})

    assert answer["party"] == {f"n{number}": "Many" for number in range(150)}
