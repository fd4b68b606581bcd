"""Identifiers, contact points and addresses are checked when they are written."""

import pytest

from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation

_CREATE = (
    "mutation ($input: CreateIdentifierInput!) { createIdentifier(input: $input) { scheme value isChecked } }"
)


@pytest.mark.parametrize(
    ("scheme", "written", "stored"),
    [
        ("siren", "732 829 320", "732829320"),
        ("SIRET", "73282932000074", "73282932000074"),
        ("LEI", "549300YX4S1LLSMK2627", "549300YX4S1LLSMK2627"),
        ("VAT", "FR 40 303 265 045", "FR40303265045"),
    ],
)
async def test_a_number_with_right_check_digits_is_stored_in_its_form(
    xrm: Installation, scheme: str, written: str, stored: str
) -> None:
    party = await xrm.make(Party, name="Acme")

    data = await xrm.ask(_CREATE, {"input": {"party": str(party.id), "scheme": scheme, "value": written}})

    assert data["createIdentifier"] == {"scheme": scheme.upper(), "value": stored, "isChecked": True}


async def test_a_number_with_wrong_check_digits_is_refused_and_nothing_is_stored(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Acme")

    answer = await xrm.answer(
        _CREATE, {"input": {"party": str(party.id), "scheme": "SIREN", "value": "732829321"}}
    )

    extensions = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["field"]) == ("VALIDATION", "value")
    assert extensions["problems"][0]["code"] == "core.identifier_invalid"
    data = await xrm.ask(
        "query ($id: ID!) { party(id: $id) { identifiers { value } } }", {"id": str(party.id)}
    )
    assert data["party"]["identifiers"] == []


async def test_an_email_address_and_a_phone_number_are_put_in_their_form(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Acme")
    create = "mutation ($i: CreateContactPointInput!) { createContactPoint(input: $i) { channel value } }"

    phone = await xrm.ask(
        create, {"i": {"party": str(party.id), "channel": "phone", "value": "+33 1 42 68 53 00"}}
    )
    wrong = await xrm.answer(
        create, {"i": {"party": str(party.id), "channel": "EMAIL", "value": "not an address"}}
    )

    assert phone["createContactPoint"] == {"channel": "PHONE", "value": "+33142685300"}
    assert wrong["errors"][0]["extensions"]["problems"][0]["code"] == "core.contact_invalid"


async def test_a_country_that_does_not_exist_is_refused(xrm: Installation) -> None:
    answer = await xrm.answer('mutation { createParty(input: {name: "Acme", country: "XX"}) { id } }')

    assert answer["errors"][0]["extensions"]["problems"][0]["code"] == "core.country_unknown"
