"""Organisation or person: what a name alone says."""

import pytest

from xrm_core.data.csv_rows import Reject
from xrm_core.data.gla import bundled_file, read_payments
from xrm_core.data.kinds import ORGANISATION, PERSON, guess_kind


@pytest.mark.parametrize(
    "name",
    [
        "JOHN SMITH",
        "Mr J Howard",
        "MRS LORRAINE EXAMPLE - FREESPORT GRANT",
        "DR JANICE EXAMPLE",
        "Dupont, Marie",
        "O'REILLY, SALLY",
        "HANS DE KRETSER",
        "RICHARD EXAMPLE,QC",
        "Élodie Exemple",
        "HARRY J EXAMPLE",
    ],
)
def test_a_persons_name_makes_a_person_of_uncertain_kind(name: str) -> None:
    assert guess_kind(name) == PERSON
    assert guess_kind(name).is_uncertain


@pytest.mark.parametrize(
    "name",
    [
        "DANIEL J EDELMAN LTD",
        "GARY COX CONSULTING LTD",
        "ERNEST & YOUNG",
        "JOHN LEWIS PARTNERSHIP",
        "CAPITA",
        "LONDON BOROUGH OF HACKNEY",
        "VICTORIA AND ALBERT MUSEUM",
        "WILLIAM MORRIS SCHOOL - FREESPORT GRANT",
        "CHELSEA PEDLARS",
        "ST MUNGOS",
        "MARK 2 PRINT",
        "THE ROYAL SOCIETY OF ST GEORGE",
        "EDWARD SMITH (BUILDERS)",
        "MR PRINT LIMITED",
        "LADY OF LOURDES SCHOOL",
        "",
    ],
)
def test_anything_else_is_an_organisation_for_certain(name: str) -> None:
    assert guess_kind(name) == ORGANISATION
    assert not guess_kind(name).is_uncertain


def test_of_the_real_vendors_a_few_are_persons_and_none_has_a_legal_form() -> None:
    vendors = {row.vendor for row in read_payments(bundled_file()) if not isinstance(row, Reject)}

    persons = {vendor for vendor in vendors if guess_kind(vendor) == PERSON}

    assert 150 < len(persons) < 250
    endings = {vendor.upper().split()[-1] for vendor in persons}
    assert not endings & {"LTD", "LIMITED", "PLC", "LLP", "COUNCIL", "SCHOOL", "TRUST", "CLUB", "SERVICES"}
