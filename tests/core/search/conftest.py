"""Two installations with the same parties, machines and random rows, searched and never written to."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.query.asking import ALL
from tests.core.query.rows import LONG_AGO, Writer, random_rows
from tests.core.search.asking import Searched
from tests.installations import Templates
from xrm_core.access.book import PolicyBook
from xrm_core.query.search.keeping import rebuild_all

PARTIES = (
    "SHELL PLC", "SHELL INTERNATIONAL TRADING AND SHIPPING COMPANY LIMITED", "ROYAL DUTCH SHELL", "SHELLEY'S SHOES LTD",
    "Société Générale", "SOCIETE GENERALE DE BANQUE SA", "L'Oréal", "AT&T Inc.", "J.P. Morgan", "Œuvre Straße GmbH",
    "Газпром", "中国银行", "🚀 Rocket Labs", "Sony", "Somerset", "Microsoft Corporation", "BP P.L.C.", "BPP Courses",
    "Telecommunications Partners", "Meyer & Söhne", "OR", "NEAR \"you\"", "<b>Bold</b> & Sons", "⟦Brackets⟧ Bros",
)  # fmt: skip
IDENTIFIERS = (
    ("SHELL PLC", "LEI", "21380068P1DRHMJ8KU70"),
    ("Société Générale", "SIREN", "552120222"),
    ("Société Générale", "VAT", "FR27552120222"),
    ("L'Oréal", "SIREN", "632012100"),
)
CONTACTS = (
    ("L'Oréal", "PHONE", "+33147567000"),
    ("L'Oréal", "EMAIL", "jean.dupont@loreal-paris.example"),
    ("Sony", "WEB", "https://www.sony.example/contact"),
)


@pytest.fixture(scope="session")
def searched(templates: Templates, postgres_url: str) -> Iterator[Searched]:
    """Both databases with these parties, forty random ones, and what hangs on them."""
    stand = Searched(templates, postgres_url)
    stand.rows = random_rows(5, stand.unit)
    writer = Writer(6, stand.unit)
    writer.rows = stand.rows
    ids = {name: _party(writer, name) for name in PARTIES}
    for name, scheme, value in IDENTIFIERS:
        writer.put("core.identifier", party_id=ids[name], scheme=scheme, value=value, is_checked=True)
    for name, channel, value in CONTACTS:
        writer.put("core.contact_point", party_id=ids[name], channel=channel, value=value, is_primary=False)
    stand.load(stand.rows)
    stand.take_in(stand.rows, LONG_AGO)
    for installation in stand.installations.values():
        app = installation.app
        stand.runner.run(rebuild_all(app.database, app.host.enabled))
    stand.obey(PolicyBook(ALL))
    yield stand
    stand.close()


def _party(writer: Writer, name: str) -> Any:
    return writer.put(
        "core.party", name=name, kind="ORGANISATION", kind_uncertain=False, country="FR", language=None,
        is_stub=False, source="manual",
    )["id"]  # fmt: skip
