"""Legal entities and who consolidates them, from answers of the GLEIF API (bundled/gleif/SOURCE.txt).

A record is the same wherever it stands in the answers; of records with different content the later one counts
(by its last update).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from stdnum import lei as lei_number

from xrm_core.data.csv_rows import BrokenFile
from xrm_core.errors import DomainError

Basis = Literal["DIRECT", "ULTIMATE"]

_BASES: dict[str, Basis] = {
    "IS_DIRECTLY_CONSOLIDATED_BY": "DIRECT",
    "IS_ULTIMATELY_CONSOLIDATED_BY": "ULTIMATE",
}


class WrongLei(DomainError):
    """An identifier that should be an LEI fails its check digits (ISO 17442, ISO 7064 mod 97-10)."""

    code = "core.import_wrong_lei"


@dataclass(frozen=True, slots=True)
class OtherName:
    """Another name of the entity and what kind it is, as GLEIF codes it (PREVIOUS_LEGAL_NAME, …)."""

    name: str
    kind: str
    language: str | None


@dataclass(frozen=True, slots=True)
class GleifAddress:
    """A postal address: its lines, city, region (ISO 3166-2), postal code and country (ISO 3166-1)."""

    lines: tuple[str, ...]
    city: str
    region: str | None
    postal_code: str | None
    country: str


@dataclass(frozen=True, slots=True)
class GleifEntity:
    """A legal entity as its LEI record tells it.

    `legal_form` is the code of ISO 20275, or the form in words where the code is 8888 or 9999.
    `registered_as` is its number in the register `registered_at` (GLEIF's RA code). `status` is the entity's
    (ACTIVE, INACTIVE), `registration_status` that of its LEI (ISSUED, LAPSED, RETIRED, …).
    """

    lei: str
    name: str
    language: str | None
    other_names: tuple[OtherName, ...]
    country: str
    jurisdiction: str
    category: str
    legal_form: str | None
    legal_address: GleifAddress
    headquarters: GleifAddress
    status: str
    registration_status: str
    registered_as: str | None
    registered_at: str | None
    created_on: date | None
    updated_at: str


@dataclass(frozen=True, slots=True)
class ControlEdge:
    """The parent consolidates the child in its accounts: parent CONTROLS child, one edge per pair.

    DIRECT if there is a direct consolidation, else ULTIMATE; its days are those of that record's
    RELATIONSHIP_PERIOD, in UTC. An open end is None.
    """

    parent: str
    child: str
    basis: Basis
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class GleifGraph:
    """Entities by LEI, edges by parent and child, and the LEIs that edges name without a record: stubs."""

    entities: tuple[GleifEntity, ...]
    edges: tuple[ControlEdge, ...]
    stubs: tuple[str, ...]


def bundled_folder() -> Path:
    """The folder of answers that comes with the product."""
    return Path(str(files("xrm_core.data").joinpath("bundled/gleif")))


def read_graph(folder: Path) -> GleifGraph:
    """What the answers in the folder and its subfolders say, in an order that does not depend on the files'.

    Raises: BrokenFile if there is no answer, one is not JSON, or a record lacks what GLEIF's schema requires;
    WrongLei for an LEI with a wrong check digit.
    """
    entities: dict[str, GleifEntity] = {}
    edges: dict[tuple[str, str], ControlEdge] = {}
    paths = sorted(folder.rglob("*.json"))
    if not paths:
        raise BrokenFile(f"{folder} holds no answer of the GLEIF API.")
    for path in paths:
        for record in _records(path):
            try:
                _take(record, entities, edges)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise BrokenFile(
                    f"{path.name}: record {record.get('id')} is not as expected ({error!r})."
                ) from error
    stubs = {lei for pair in edges for lei in pair} - set(entities)
    return GleifGraph(
        tuple(entities[lei] for lei in sorted(entities)),
        tuple(edges[pair] for pair in sorted(edges)),
        tuple(sorted(stubs)),
    )


def checked_lei(text: str) -> str:
    """The LEI without blanks, in capitals. Raises: WrongLei."""
    if not lei_number.is_valid(text) or len(lei_number.compact(text)) != 20:
        raise WrongLei(f"{text!r} is not an LEI: its check digits are wrong.", field="lei")
    return lei_number.compact(text)


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        answer = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise BrokenFile(f"{path.name} is not JSON: {error}.") from error
    data = answer.get("data") if isinstance(answer, dict) else None
    for record in data if isinstance(data, list) else [data]:
        if isinstance(record, dict):
            yield record


def _take(
    record: Mapping[str, Any],
    entities: dict[str, GleifEntity],
    edges: dict[tuple[str, str], ControlEdge],
) -> None:
    if record.get("type") == "lei-records":
        entity = _entity(record["attributes"])
        known = entities.get(entity.lei)
        if known is None or known.updated_at < entity.updated_at:
            entities[entity.lei] = entity
    elif record.get("type") == "relationship-records":
        edge = _edge(record["attributes"]["relationship"])
        known_edge = edges.get((edge.parent, edge.child)) if edge else None
        if edge and (known_edge is None or _strength(edge) > _strength(known_edge)):
            edges[edge.parent, edge.child] = edge


def _strength(edge: ControlEdge) -> tuple[bool, date, date]:
    """Of two records of a pair the direct one counts, then the one begun later, then the one that lasts."""
    return edge.basis == "DIRECT", edge.valid_from or date.min, edge.valid_to or date.max


def _edge(relationship: Mapping[str, Any]) -> ControlEdge | None:
    """None for relations of other kinds (branches, funds) and those that never took effect."""
    basis = _BASES.get(relationship["type"])
    if basis is None or relationship["status"] == "NULL":
        return None
    parent, child = (checked_lei(relationship[end]["id"]) for end in ("endNode", "startNode"))
    periods = [p for p in relationship["periods"] if p["type"] == "RELATIONSHIP_PERIOD"]
    starts = [day for p in periods if (day := _day(p.get("startDate")))]
    ends = [_day(p.get("endDate")) for p in periods]
    valid_to = None if None in ends else max((day for day in ends if day), default=None)
    return ControlEdge(parent, child, basis, min(starts, default=None), valid_to)


def _entity(attributes: Mapping[str, Any]) -> GleifEntity:
    entity, registration = attributes["entity"], attributes["registration"]
    form, register = entity["legalForm"], entity["registeredAt"]
    return GleifEntity(
        lei=checked_lei(attributes["lei"]),
        name=entity["legalName"]["name"],
        language=entity["legalName"]["language"],
        other_names=tuple(_other_names(entity["otherNames"] + entity["transliteratedOtherNames"])),
        country=entity["legalAddress"]["country"],
        jurisdiction=entity["jurisdiction"],
        category=entity["category"],
        legal_form=form["other"] or form["id"],
        legal_address=_address(entity["legalAddress"]),
        headquarters=_address(entity["headquartersAddress"]),
        status=entity["status"],
        registration_status=registration["status"],
        registered_as=entity["registeredAs"],
        registered_at=register["id"],
        created_on=_day(entity["creationDate"]),
        updated_at=registration["lastUpdateDate"],
    )


def _other_names(names: Iterable[Mapping[str, Any]]) -> Iterator[OtherName]:
    for name in names:
        yield OtherName(name["name"], name["type"], name["language"])


def _address(address: Mapping[str, Any]) -> GleifAddress:
    return GleifAddress(
        tuple(address["addressLines"]),
        address["city"],
        address["region"],
        address["postalCode"],
        address["country"],
    )


def _day(instant: str | None) -> date | None:
    return date.fromisoformat(instant[:10]) if instant else None
