"""Made-up rows of a large installation: parties, edges, interactions, invoices. The same seed gives the same rows."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from uuid import UUID

from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.text import text_key

TENANT = 1
UNITS = ("NORTH", "SOUTH", "EAST", "WEST")
_NOW = dt.datetime(2026, 9, 30, 12, tzinfo=dt.UTC)
_STAMP = _NOW.isoformat()
_FIRST_MS = 1_600_000_000_000
_SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "zo",
    "bra",
    "cle",
    "dri",
)
_ENDINGS = ("flo", "gru", "pla", "tre", "vin", "ster", "mont", "val", "ton", "dor", "lux", "mar")
_FORMS = ("SA", "SAS", "SARL", "GmbH", "Ltd", "SpA", "BV", "AG")
_COUNTRIES = ("FR", "FR", "FR", "DE", "GB", "IT", "NL", "BE", "ES", "CH")
_MANAGED = ("CUSTOMER", "CUSTOMER", "CUSTOMER", "SUPPLIER", "PARTNER")
_STRUCTURAL = ("OWNS", "CONTROLS", "EMPLOYS", "REFERS", "BUYS_THROUGH")
_STAGES = ("CONTACT", "INVOLVEMENT", "INTIMACY", "DETERIORATION", "REPAIR", "DISSOLUTION")
_CHANNELS = ("EMAIL", "PHONE", "MEETING", "LETTER", "CHAT")
_SUBJECTS = ("Offer", "Delivery", "Invoice", "Complaint", "Renewal", "Visit", "Question")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows of each kind there are."""

    parties: int = 200_000
    relationships: int = 500_000
    interactions: int = 1_000_000
    dealings: int = 500_000
    tasks: int = 150_000
    contact_points: int = 250_000

    def over(self, divisor: int) -> "Sizes":
        """All of it, so many times smaller."""
        return Sizes(*(max(100, getattr(self, name) // divisor) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Table:
    """One table's rows as lines of CSV, with the columns they fill."""

    name: str
    columns: str
    lines: Iterator[str]


def _recorded(number: int) -> str:
    return dt.datetime.fromtimestamp((_FIRST_MS + 7 * number) / 1000, dt.UTC).isoformat()


class Books:
    """The rows of one seed and size, for one set of units. Party 0 is the best known one: edges are skewed."""

    def __init__(self, sizes: Sizes, seed: int, units: list[UUID]) -> None:
        self.sizes, self._random = sizes, Random(seed)
        self.units = [unit.hex for unit in units]
        self.parties = self._ids(sizes.parties)
        self._types = {code: relationship_type_id(TENANT, code).hex for code in {*_MANAGED, *_STRUCTURAL}}

    def tables(self) -> list[Table]:
        """Everything, in an order in which each row's links are there before it."""
        base = "tenant_id,id,version,created_at,updated_at"
        return [
            Table(
                "core_party",
                f"{base},kind,kind_uncertain,name,name_key,country,is_stub,source",
                self._parties(),
            ),
            Table(
                "core_relationship",
                f"{base},type_id,source_id,target_id,unit_id,stage,status,level,is_strategic,valid_from,valid_to,"
                "recorded_at",
                self._relationships(),
            ),
            Table(
                "core_interaction",
                f"{base},party_id,unit_id,channel,direction,subject,subject_key,occurred_at,satisfaction",
                self._interactions(),
            ),
            Table(
                "core_dealing",
                f"{base},party_id,unit_id,kind,amount,amount_currency,occurred_on,reference,source,source_row,"
                "possible_duplicate",
                self._dealings(),
            ),
            Table(
                "core_task",
                f"{base},subject,subject_key,party_id,unit_id,due_at,status,priority,origin",
                self._tasks(),
            ),
            Table(
                "core_contact_point",
                f"{base},party_id,channel,value,value_key,is_primary",
                self._contact_points(),
            ),
        ]

    def _ids(self, count: int) -> list[str]:
        """UUIDv7 in the order of their times, as hexadecimal digits."""
        bits = self._random.getrandbits
        return [
            f"{_FIRST_MS + 7 * number:012x}7{bits(12):03x}{0x8 | bits(2):x}{bits(60):015x}"
            for number in range(count)
        ]

    def _starts(self, count: int) -> Iterator[str]:
        for number, found in enumerate(self._ids(count)):
            yield f"{TENANT},{found},1,{_recorded(number)},{_STAMP}"

    def _party(self) -> str:
        # A few are known to many: one in a thousand of the parties has a thirtieth of the rows.
        return self.parties[int(len(self.parties) * self._random.random() ** 2)]

    def _unit(self) -> str:
        return self.units[int(4 * self._random.random() ** 2)]

    def _day(self) -> str:
        return (_NOW - dt.timedelta(days=int(3_000 * self._random.random()))).date().isoformat()

    def _moment(self) -> str:
        return (_NOW - dt.timedelta(seconds=int(2.5e8 * self._random.random()))).isoformat()

    def _parties(self) -> Iterator[str]:
        random, choice = self._random.random, self._random.choice
        for number, party in enumerate(self.parties):
            name = (
                "".join(choice(_SYLLABLES) for _ in range(4)).capitalize()
                + choice(_ENDINGS)
                + " "
                + choice(_FORMS)
            )
            kind = "PERSON" if random() < 0.2 else "ORGANISATION"
            start = f"{TENANT},{party},1,{_recorded(number)},{_STAMP}"
            yield f"{start},{kind},f,{name},{text_key(name)},{choice(_COUNTRIES)},f,books"

    def _relationships(self) -> Iterator[str]:
        random, choice = self._random.random, self._random.choice
        for start in self._starts(self.sizes.relationships):
            ended = self._day() if random() < 0.15 else ""
            began = "2010-01-01" if ended else self._day()
            if random() < 0.4:
                unit = self._unit()
                edge = f"{self._types[choice(_MANAGED)]},{unit},{self._party()},{unit},{choice(_STAGES)},ACTIVE,2"
            else:
                edge = f"{self._types[choice(_STRUCTURAL)]},{self._party()},{self._party()},,,,"
            yield f"{start},{edge},f,{began},{ended},{_STAMP}"

    def _interactions(self) -> Iterator[str]:
        random, choice = self._random.random, self._random.choice
        for number, start in enumerate(self._starts(self.sizes.interactions)):
            subject = f"{choice(_SUBJECTS)} {number}"
            way = f"{choice(_CHANNELS)},{'IN' if random() < 0.4 else 'OUT'},{subject},{subject.lower()}"
            said = int(100 * random()) if random() < 0.1 else ""
            yield f"{start},{self._party()},{self._unit()},{way},{self._moment()},{said}"

    def _dealings(self) -> Iterator[str]:
        random = self._random.random
        for number, start in enumerate(self._starts(self.sizes.dealings)):
            amount = f"{int(2_000_000 * random()) / 100:.2f}"
            kind = "INVOICE" if random() < 0.8 else "CREDIT"
            fact = f"{kind},{amount},EUR,{self._day()},F-{number:07d},books,{number},f"
            yield f"{start},{self._party()},{self._unit()},{fact}"

    def _tasks(self) -> Iterator[str]:
        random, choice = self._random.random, self._random.choice
        for number, start in enumerate(self._starts(self.sizes.tasks)):
            subject = f"{choice(_SUBJECTS)} {number}"
            status = "OPEN" if random() < 0.5 else "DONE"
            work = f"{status},{int(1 + 5 * random())},books"
            yield f"{start},{subject},{subject.lower()},{self._party()},{self._unit()},{self._moment()},{work}"

    def _contact_points(self) -> Iterator[str]:
        random = self._random.random
        for number, start in enumerate(self._starts(self.sizes.contact_points)):
            party = self.parties[number % len(self.parties)]
            address = f"contact{number}@xrm.example"
            yield f"{start},{party},EMAIL,{address},{address},{'t' if random() < 0.7 else 'f'}"
