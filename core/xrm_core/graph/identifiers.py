"""Identifiers, contact points and addresses, checked: each scheme by its own check digits or grammar."""

from collections.abc import Callable
from typing import Any

import pycountry
from stdnum import lei
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from xrm_core.errors import Refusal

# Schemes with check digits we can verify: how to write the number, and how to check it (python-stdnum).
_CHECKED: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "LEI": (lei.compact, lei.validate),
    "SIREN": (siren.compact, siren.validate),
    "SIRET": (siret.compact, siret.validate),
    "VAT": (vat.compact, vat.validate),
}


def settled_identifier(scheme: str, value: str) -> tuple[str, bool]:
    """The number as it is stored, and whether its check digits were verified.

    Raises: ValueError if the scheme has check digits and they are wrong.
    """
    if scheme not in _CHECKED:
        return value.strip(), False
    compact, validate = _CHECKED[scheme]
    try:
        validate(value)
    except ValidationError as wrong:
        raise ValueError(str(wrong)) from wrong
    return compact(value), True


def identifier_refusals(identifier: Any) -> list[Refusal]:
    """Why an identifier cannot be stored; what can be is put in its form."""
    identifier.scheme = (identifier.scheme or "").strip().upper()
    if not identifier.scheme:
        return [Refusal("core.required", "A scheme is required.", "scheme")]
    try:
        identifier.value, identifier.is_checked = settled_identifier(
            identifier.scheme, identifier.value or ""
        )
    except ValueError as wrong:
        message = f"{identifier.value} is not a {identifier.scheme}: {wrong}."
        return [Refusal("core.identifier_invalid", message, "value")]
    return [] if identifier.value else [Refusal("core.required", "A value is required.", "value")]


def contact_refusals(contact: Any) -> list[Refusal]:
    """Why a contact point cannot be stored; e-mail addresses and phone numbers are put in their form."""
    contact.channel = (contact.channel or "").strip().upper()
    try:
        if contact.channel == "EMAIL":
            contact.value = _email(contact.value or "")
        elif contact.channel == "PHONE":
            contact.value = _phone(contact.value or "")
    except ValueError as wrong:
        return [Refusal("core.contact_invalid", str(wrong), "value")]
    return []


def _email(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email  # loaded only where addresses are written

    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as wrong:
        raise ValueError(f"{value} is not an e-mail address: {wrong}") from wrong


def _phone(value: str) -> str:
    import phonenumbers  # 30 MB of metadata, loaded only where numbers are written

    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException as wrong:
        raise ValueError(f"{value} is not a phone number: write it with its country, +33 1 …") from wrong
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{value} is not a phone number in use.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def country_refusals(country: str | None) -> list[Refusal]:
    """Why a country cannot be stored."""
    if country is None or pycountry.countries.get(alpha_2=country) is not None:
        return []
    return [Refusal("core.country_unknown", f"{country} is not an ISO 3166-1 alpha-2 country.", "country")]
