"""Random rows for the read path: nasty texts, nulls, ties, negative and huge amounts, old dates, several currencies."""

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from xrm_core.graph.activity import DealingKind
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import PartyKind
from xrm_core.graph.relationship import RelationshipStage

Row = dict[str, Any]
Rows = dict[str, list[Row]]
TODAY = dt.date(2026, 11, 24)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
NAMES = (
    "Élan", "elan", "ELAN ", "Straße", "STRASSE", "İstanbul", "istanbul", "ﬁn", "fin", "Zoë", "zoe", "東京", "한국",
    "🙂 smile", "100%", "1_0", "back\\slash", "quo'te", 'dou"ble', "", " lead", "ﬀ™", "Ⅷ", "Ünïcödé", "e\u0301", "é",
    "Ω", "ω", "ß", "ss", "a\u0308", "ä", "!bang", "new\nline", "tab\tbed", "\u200bzero", "Łódź", "lodz", "{json}",
    "[1]", "null", "true", "ǅ", "ẞ", "\U0001d4d0", "Å", "Å", "ﷺ", "Null O'Neil", "--", "; DROP TABLE core_party",
)  # fmt: skip
CODES = ("FR", "fr", "DE", "GB", "É", "", "a%b", "a_b", "z")
CURRENCIES = ("EUR", "EUR", "EUR", "GBP", "JPY")
AMOUNTS = tuple(
    Decimal(text)
    for text in (
        "0", "0.01", "-0.01", "1", "-1", "0.000001", "-0.000001", "1234.5", "999999999999.999999",
        "-999999999999.999999", "0.5", "1.5", "2.5", "3.333333", "-3.333333", "10", "10", "10", "-250.10", "99999.99",
    )
)  # fmt: skip
DAYS = ("1969-12-31", "1970-01-01", "0999-03-04", "2012-02-29", "2011-12-31", "2012-01-01", "2020-12-31", "2021-01-03",
        "2021-01-04", "2026-11-23", "2026-11-24", "2026-11-25", "9999-12-31")  # fmt: skip
MOMENTS = (
    "1969-12-31T23:59:59.999999+00:00", "1970-01-01T00:00:00+00:00", "1950-06-01T12:00:00.000001+00:00",
    "2012-02-29T23:59:59.5+00:00", "2021-01-03T23:30:00+00:00", "2026-11-24T10:00:00.123456+00:00",
    "2026-11-24T10:00:00.123457+00:00", "0999-01-01T00:00:00+00:00",
)  # fmt: skip


class Writer:
    """Makes rows of one seed; the same seed makes the same rows."""

    def __init__(self, seed: int, unit: Any) -> None:
        self.random = random.Random(seed)
        self.unit = unit
        self.rows: Rows = {}

    def id(self) -> UUID:
        """A random id, so that order by id is an order of its own."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def maybe(self, value: Any, chance: float = 0.3) -> Any:
        """The value, or None."""
        return None if self.random.random() < chance else value

    def one(self, values: Sequence[Any]) -> Any:
        """Any of them."""
        return self.random.choice(values)

    def day(self) -> dt.date:
        """A date, often one of few."""
        if self.random.random() < 0.6:
            return dt.date.fromisoformat(self.one(DAYS))
        return TODAY - dt.timedelta(days=self.random.randrange(-400, 4000))

    def moment(self) -> dt.datetime:
        """A moment, often one of few."""
        if self.random.random() < 0.6:
            return dt.datetime.fromisoformat(self.one(MOMENTS))
        return LONG_AGO + dt.timedelta(microseconds=self.random.randrange(10**15))

    def amount(self) -> Decimal:
        """An amount, often one of few."""
        if self.random.random() < 0.7:
            return Decimal(self.one(AMOUNTS))
        return Decimal(self.random.randrange(-(10**9), 10**9)).scaleb(-self.random.choice((0, 2, 6)))

    def put(self, resource: str, /, **values: Any) -> Row:
        """A row with what every row has."""
        base = {
            "tenant_id": 1,
            "id": self.id(),
            "version": self.random.randrange(1, 4),
            "created_at": self.moment(),
            "updated_at": self.moment(),
        }
        row = {**base, **values}
        self.rows.setdefault(resource, []).append(row)
        return row

    def money(self, name: str, *, chance: float = 0.0) -> dict[str, Any]:
        """The two columns of an amount."""
        if self.random.random() < chance:
            return {name: None, f"{name}_currency": None}
        return {name: self.amount(), f"{name}_currency": self.one(CURRENCIES)}


def random_rows(seed: int, unit: Any, *, size: int = 40) -> Rows:
    """A small world: units, users, parties, edges and what hangs on them. Rows of another tenant lie between."""
    writer = Writer(seed, unit)
    users = [_user(writer, f"user{number}@xrm.example", unit) for number in range(4)]
    other_unit = _party(writer, "Other unit")["id"]
    writer.put("core.unit", party_id=other_unit, parent_id=unit, code="OTHER")
    parties = [_party(writer, writer.one(NAMES)) for _ in range(size)]
    units = (unit, unit, other_unit, None)
    edges = [_edge(writer, parties, users, units) for _ in range(size * 2)]
    for _ in range(size * 3):
        _happened(writer, parties, edges, users, units)
    _of_the_tests(writer, parties, edges, users, units)
    _other_tenant(writer)
    _superseded(Writer(seed + 1_000, unit), writer.rows, users)
    return writer.rows


def _user(writer: Writer, email: str, unit: Any) -> Row:
    return writer.put(
        "core.user", email=email, name=writer.one(NAMES), language=writer.maybe("fr"), time_zone=None,
        home_unit_id=unit, is_active=True,
    )  # fmt: skip


def _party(writer: Writer, name: str, **more: Any) -> Row:
    return writer.put(
        "core.party", name=name, kind=str(writer.one(list(PartyKind))), kind_uncertain=writer.random.random() < 0.3,
        country=writer.maybe(writer.one(CODES)), language=writer.maybe(writer.one(("fr", "en"))), is_stub=False,
        source=writer.one(("gla", "manual")), **more,
    )  # fmt: skip


def _edge(writer: Writer, parties: list[Row], users: list[Row], units: Sequence[Any]) -> Row:
    kind = writer.one(("CUSTOMER", "SUPPLIER", "OWNS", "EMPLOYS"))
    source, target = writer.one(parties)["id"], writer.one(parties)["id"]
    owner = writer.maybe(writer.one(users)["id"])
    return writer.put(
        "core.relationship", type_id=relationship_type_id(1, kind), source_id=source, target_id=target,
        unit_id=writer.one(units), share=writer.maybe(Decimal(writer.random.randrange(101)).scaleb(-2)),
        strength=None, basis=None, stage=writer.maybe(str(writer.one(list(RelationshipStage)))),
        substage=writer.maybe(writer.one(("GREETING", "COURTSHIP"))), status=None, episode=writer.maybe(1),
        level=writer.maybe(writer.random.randrange(1, 7)), health=writer.maybe(writer.amount()),
        deterioration_index=None, locked_until=writer.maybe(writer.day()), is_strategic=writer.random.random() < 0.5,
        owner_id=owner, lawful_basis=None, fed_through=None, valid_from=writer.maybe(writer.day(), 0.5),
        valid_to=writer.maybe(writer.day(), 0.7), recorded_at=writer.moment(),
    )  # fmt: skip


def _superseded(writer: Writer, rows: Rows, users: list[Row]) -> None:
    """What was known of edges before, of some that are gone, and of some for an instant only."""
    past = rows.setdefault("core.relationship:past", [])
    for edge in list(rows["core.relationship"]):
        known_to = edge["recorded_at"]
        if writer.random.random() < 0.15:
            edge = {**edge, "id": writer.id()}
            known_to = edge["recorded_at"] + dt.timedelta(microseconds=writer.one((1, 10**9, 10**15)))
        for _ in range(writer.one((0, 1, 1, 2))):
            recorded_at = known_to - dt.timedelta(microseconds=writer.one((1, 10**9, 3 * 10**14)))
            if recorded_at.year < 1000:
                break
            past.append(_version(writer, edge, users, recorded_at, known_to))
            known_to = recorded_at


def _version(
    writer: Writer, edge: Row, users: list[Row], recorded_at: dt.datetime, known_to: dt.datetime
) -> Row:
    return {
        **edge,
        "share": writer.maybe(Decimal(writer.random.randrange(101)).scaleb(-2)),
        "stage": writer.maybe(str(writer.one(list(RelationshipStage)))),
        "level": writer.maybe(writer.random.randrange(1, 7)),
        "owner_id": writer.maybe(writer.one(users)["id"]),
        "valid_from": writer.maybe(writer.day(), 0.5),
        "valid_to": writer.maybe(writer.day(), 0.7),
        "recorded_at": recorded_at,
        "known_to": known_to,
    }


def _happened(
    writer: Writer, parties: list[Row], edges: list[Row], users: list[Row], units: Sequence[Any]
) -> None:
    party, edge = writer.one(parties)["id"], writer.maybe(writer.one(edges)["id"])
    writer.put(
        "core.dealing", party_id=party, relationship_id=edge, unit_id=writer.one(units),
        kind=str(writer.one(list(DealingKind))), occurred_on=writer.day(), category=writer.maybe(writer.one(NAMES)),
        reference=writer.maybe(writer.one(CODES)), source="test", source_row=str(writer.id()),
        possible_duplicate=writer.random.random() < 0.2, **writer.money("amount"),
    )  # fmt: skip
    writer.put(
        "core.interaction", party_id=party, relationship_id=edge, unit_id=writer.one(units),
        channel=writer.one(("EMAIL", "PHONE")), direction="OUT", subject=writer.one(NAMES),
        body=writer.maybe(writer.one(NAMES)), occurred_at=writer.moment(), outcome=None,
        duration_seconds=writer.maybe(writer.random.randrange(0, 10_000)),
        satisfaction=writer.maybe(writer.random.randrange(0, 101)),
        author_id=writer.maybe(writer.one(users)["id"]), **writer.money("cost", chance=0.5),
    )  # fmt: skip
    if writer.random.random() < 0.5:
        writer.put(
            "core.task", subject=writer.one(NAMES), party_id=writer.maybe(party), relationship_id=edge,
            unit_id=writer.one(units), assignee_id=writer.maybe(writer.one(users)["id"]),
            due_at=writer.maybe(writer.moment()), status=writer.one(("OPEN", "DONE")),
            priority=writer.random.randrange(1, 6), origin="manual", outcome=writer.maybe(writer.one(NAMES)),
        )  # fmt: skip


def _of_the_tests(
    writer: Writer, parties: list[Row], edges: list[Row], users: list[Row], units: Sequence[Any]
) -> None:
    machines: list[Row] = []
    for _ in range(len(parties)):
        machines.append(
            writer.put(
                "probe.machine", name=writer.one(NAMES), code=writer.maybe(writer.one(CODES)),
                kind=writer.one(("BIG", "SMALL")), power=writer.maybe(writer.amount()),
                secret=writer.maybe(writer.one(NAMES)), weight=writer.maybe(writer.random.randrange(-50, 50)),
                is_old=writer.random.random() < 0.5, built_on=writer.maybe(writer.day()),
                seen_at=writer.maybe(writer.moment()),
                settings=writer.one(({}, {"a": [1, None, "é"]}, {"b": {"c": True}})),
                maker_id=writer.one(parties)["id"], spare_id=writer.maybe(writer.one(parties)["id"]),
                unit_id=writer.one(units), keeper_id=writer.maybe(writer.one(users)["id"]),
                part_of_id=writer.one(machines)["id"] if machines and writer.random.random() < 0.4 else None,
                **writer.money("price", chance=0.4),
            )
        )  # fmt: skip
        if writer.random.random() < 0.7:
            writer.put(
                "probe.service", machine_id=writer.one(machines)["id"], done_on=writer.day(),
                rating=writer.maybe(writer.random.randrange(1, 6)), **writer.money("cost"),
            )  # fmt: skip
    for edge in edges:
        if writer.random.random() < 0.5:
            writer.put(
                "probe.edge", id=edge["id"], grade=writer.maybe(writer.random.randrange(1, 4)),
                remark=writer.maybe(writer.one(NAMES)), **writer.money("ceiling", chance=0.5),
            )  # fmt: skip
    for party in parties:
        if writer.random.random() < 0.5:
            score, remark = writer.maybe(writer.amount()), writer.maybe(writer.one(NAMES))
            writer.put("gauge.facts", id=party["id"], score=score, remark=remark)
        if writer.random.random() < 0.5:
            text = writer.maybe(writer.one(NAMES))
            writer.put("gauge.reading", party_id=party["id"], value=writer.amount(), text=text)


def _other_tenant(writer: Writer) -> None:
    for _ in range(5):
        party = _party(writer, writer.one(NAMES), tenant_id=2)
        writer.put(
            "core.task", tenant_id=2, subject="elsewhere", party_id=party["id"], relationship_id=None, unit_id=None,
            assignee_id=None, due_at=None, status="OPEN", priority=1, origin="manual", outcome=None,
        )  # fmt: skip
