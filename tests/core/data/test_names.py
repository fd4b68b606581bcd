"""Normalised names: what is spelling and what is the name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.data.legal_forms import without_forms
from xrm_core.data.names import normalised_name, tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("POSTURITE (UK)  LTD", "Posturite UK Limited"),
        ("PAKFLATT (UK) LTD.", "PAKFLATT (UK) LTD"),
        ("Royal Mail Group Public Limited Company", "ROYAL MAIL GROUP P.L.C."),
        ("INFORMATION COMMISSIONER'S OFFICE", "Information Commissioner’s Office"),
        ("GREENWICH (COUNCIL)", "Greenwich Council"),
        ("BOLTON & QUINN LIMITED", "BOLTON  & QUINN LTD"),
        ("Électricité Générale S.A.R.L.", "ELECTRICITE GENERALE SARL"),
        ("Müller Gesellschaft mit beschränkter Haftung", "MULLER GMBH"),
        ("ACME INCORPORATED", "Acme, Inc."),
        ("MESSRS SMITH & COMPANY LTD", "Messrs. Smith & Co Limited"),
        ("ACME PRIVATE LIMITED", "Acme Pvt. Ltd."),
        ("ＡＣＭＥ ＬＴＤ", "acme ltd"),
    ],
)
def test_two_spellings_of_a_name_are_equal(one: str, other: str) -> None:
    assert normalised_name(one) == normalised_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME LTD", "ACME"),
        ("ACME LTD", "ACME PLC"),
        ("ACME LLP", "ACME LTD"),
        ("ACME SA", "ACME SARL"),
        ("BOLTON AND QUINN LTD", "BOLTON QUINN LTD"),
        ("THE HUB", "HUB"),
        ("THE COMPANY SHED", "THE CO SHED"),
        ("CO-OPERATIVE GROUP", "COMPANY OPERATIVE GROUP"),
    ],
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert normalised_name(one) != normalised_name(other)


@given(st.text(max_size=60))
def test_a_normalised_name_stays_as_it_is_whatever_its_case(name: str) -> None:
    normalised = normalised_name(name)

    assert normalised_name(normalised.upper().lower()) == normalised_name(normalised)
    assert normalised_name(f"  {name}. ") == normalised
    assert normalised == tidy(normalised)


@given(
    st.lists(
        st.sampled_from(
            [
                "acme",
                "limited",
                "ltd",
                "public",
                "private",
                "company",
                "co",
                "p",
                "l",
                "c",
                "sa",
                "&",
                ".",
                "society",
            ]
        ),
        max_size=8,
    )
)
def test_normalising_twice_changes_nothing(words: list[str]) -> None:
    once = normalised_name(" ".join(words))

    assert normalised_name(once) == once


def test_a_name_without_letters_is_empty() -> None:
    assert normalised_name(" -&- ...") == ""


def test_a_name_loses_its_forms_at_the_end_only() -> None:
    assert without_forms("wcrs co ltd") == "wcrs"
    assert without_forms("mitie ltd gla") == "mitie ltd gla"
    assert without_forms("ltd") == "ltd"
