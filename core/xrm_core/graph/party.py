"""Parties: the organisations and people we deal with, and how they are identified and reached."""

from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare.resource import Resource
from xrm_core.declare.specs import field, link
from xrm_core.errors import Refusal
from xrm_core.graph.identifiers import contact_refusals, country_refusals, identifier_refusals
from xrm_core.ids import Id


class PartyKind(StrEnum):
    """Whether a party is an organisation or a natural person."""

    ORGANISATION = "ORGANISATION"
    PERSON = "PERSON"


class Party(Resource):
    """An organisation or a person that someone in the company deals with."""

    __resource__ = "core.party"
    __plural__ = "parties"

    kind: Mapped[PartyKind] = field(default=PartyKind.ORGANISATION, description="Organisation or person.")
    kind_uncertain: Mapped[bool] = field(
        default=False, read_only=True, description="The kind was guessed from the name."
    )
    name: Mapped[str] = field(search=True, description="The name it goes by.")
    country: Mapped[str | None] = field(default=None, code=True, description="ISO 3166-1 alpha-2.")
    language: Mapped[str | None] = field(
        default=None, code=True, description="Language we write to it in: fr, en."
    )
    is_stub: Mapped[bool] = field(
        default=False, read_only=True, description="Known by reference only; no record of its own was read."
    )
    source: Mapped[str] = field(
        default="manual", code=True, read_only=True, description="Where the record comes from."
    )

    def settle(self) -> list[Refusal]:
        """A party has a name, and lives in a country that exists."""
        blank = [] if (self.name or "").strip() else [Refusal("core.required", "A name is required.", "name")]
        return blank + country_refusals(self.country)


class Unit(Resource, root=False, crud=set()):
    """A part of our own company that relationships belong to: the domain in which roles are held."""

    __resource__ = "core.unit"

    party: Mapped[Id[Party]] = link(description="The party that this unit is.")
    parent: Mapped[Id[Party] | None] = link(default=None, description="The unit above it.")
    code: Mapped[str] = field(code=True, unique=True, description="Short name, in numbers of documents.")


class Identifier(Resource):
    """A number that identifies a party in some scheme, checked by its check digits."""

    __resource__ = "core.identifier"
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "scheme", "value"),)

    party: Mapped[Id[Party]] = link(
        inverse="identifiers", inverse_list=True, immutable=True, on_delete="cascade"
    )
    scheme: Mapped[str] = field(
        code=True, immutable=True, description="LEI, SIREN, SIRET, VAT, DUNS, INTERNAL …"
    )
    value: Mapped[str] = field(code=True, search="party", description="The number, without spaces.")
    is_checked: Mapped[bool] = field(
        default=False, read_only=True, description="Its check digits were verified."
    )

    def settle(self) -> list[Refusal]:
        """Its check digits are right, where the scheme has any."""
        return identifier_refusals(self)


class ContactPoint(Resource):
    """A way to reach a party."""

    __resource__ = "core.contact_point"

    party: Mapped[Id[Party]] = link(inverse="contactPoints", immutable=True, on_delete="cascade")
    channel: Mapped[str] = field(code=True, description="EMAIL, PHONE, WEB …")
    value: Mapped[str] = field(
        search="party", description="Address or number in that channel.", purpose="contact"
    )
    is_primary: Mapped[bool] = field(default=False, description="The first one to use.")

    def settle(self) -> list[Refusal]:
        """E-mail addresses and phone numbers are well-formed."""
        return contact_refusals(self)


class Address(Resource):
    """A place where a party is registered, works or receives post."""

    __resource__ = "core.address"

    party: Mapped[Id[Party]] = link(inverse="addresses", immutable=True, on_delete="cascade")
    kind: Mapped[str] = field(
        code=True, default="POSTAL", description="LEGAL, HEADQUARTERS, POSTAL, DELIVERY."
    )
    lines: Mapped[str] = field(default="", description="Street lines, one a line.")
    postal_code: Mapped[str | None] = field(default=None, code=True)
    city: Mapped[str | None] = field(default=None)
    region: Mapped[str | None] = field(default=None, code=True, description="ISO 3166-2.")
    country: Mapped[str | None] = field(default=None, code=True, description="ISO 3166-1 alpha-2.")

    def settle(self) -> list[Refusal]:
        """Its country exists."""
        return country_refusals(self.country)
