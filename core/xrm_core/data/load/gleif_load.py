"""Legal entities and who controls whom, from GLEIF's answers, in the graph: parties known by their LEI."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xrm_core.data.gleif import ControlEdge, GleifAddress, GleifEntity, GleifGraph, read_graph
from xrm_core.data.load.progress import QUIET, Progress
from xrm_core.data.load.trace import is_imported, trace_import
from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Address, Identifier, Party, PartyKind
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id, derived_id

if TYPE_CHECKING:
    from xrm_core.app import Application

SOURCE = "gleif"
# GLEIF's codes for "in no register" and "in a register GLEIF does not list".
_NO_REGISTER = ("RA888888", "RA999999")


@dataclass(slots=True)
class GleifOutcome:
    """What an import of GLEIF's answers did; `filled` stubs got their record, `changed` edges other days."""

    entities: int
    edges: int
    stubs: int
    new_parties: int = 0
    new_stubs: int = 0
    new_edges: int = 0
    filled: int = 0
    changed: int = 0


async def load_gleif(app: "Application", folder: Path, progress: Progress = QUIET) -> GleifOutcome:
    """The answers of the folder in one unit of work; a party that has the LEI already is used as it is.

    Answers that were imported before change nothing, so that what people changed since stays.
    Raises: BrokenFile or WrongLei, before anything is written.
    """
    progress.phase("Reading GLEIF's answers")
    graph = read_graph(folder)
    outcome = GleifOutcome(len(graph.entities), len(graph.edges), len(graph.stubs))
    async with app.work(command="core.import.gleif") as ctx:
        identity = import_id(ctx.tenant_id, folder)
        if await is_imported(ctx, identity):
            return outcome
        await _Load(ctx, graph, outcome).run(progress)
        await ctx.session.flush()
        trace_import(ctx, identity, {"source": SOURCE, "folder": folder.name, **asdict(outcome)})
    return outcome


def import_id(tenant_id: int, folder: Path) -> Id[Any]:
    """The id of the import of these answers: the same for the same files with the same bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.json")):
        digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return derived_id(tenant_id, "import", SOURCE, digest.hexdigest())


@dataclass(slots=True)
class _Load:
    """The writing of one graph, inside its unit of work."""

    ctx: Context
    graph: GleifGraph
    outcome: GleifOutcome
    parties: dict[str, Id[Any]] = field(default_factory=dict)
    # Written after the parties: while a row waits for what it refers to, SQLite looks for others that do, with
    # every row that comes in, through all of core_dealing.
    parts: list[Resource] = field(default_factory=list)

    async def run(self, progress: Progress) -> None:
        """Write all of it."""
        progress.phase("Writing legal entities", len(self.graph.entities) + len(self.graph.stubs))
        await self.find_parties()
        for entity in self.graph.entities:
            await self.take_entity(entity)
            progress.advance()
        for lei in self.graph.stubs:
            self.take_stub(lei)
            progress.advance()
        await self.ctx.session.flush()
        self.ctx.add(*self.parts)
        await self.ctx.session.flush()
        progress.phase("Writing who controls whom", len(self.graph.edges))
        for edge in self.graph.edges:
            await self.take_edge(edge)
            progress.advance()

    async def find_parties(self) -> None:
        """Note who has which LEI already; of several the one whose identifier was stored first."""
        t = REGISTRY.of(Identifier).table
        rows = await self.ctx.session.execute(
            sa.select(t.c.value, t.c.party_id)
            .where(t.c.tenant_id == self.ctx.tenant_id, t.c.scheme == "LEI")
            .order_by(t.c.created_at, t.c.id)
        )
        for lei, party in rows:
            self.parties.setdefault(lei, party)

    async def take_entity(self, entity: GleifEntity) -> None:
        """The entity has a party; one known by its LEI alone gets its record."""
        if entity.lei in self.parties:
            await self._fill(entity)
            return
        party = Party(id=self._id("party", entity.lei), source=SOURCE, **_facts(entity))
        self.ctx.add(party)
        self.parts.append(self._lei(party.id, entity.lei))
        self._describe(party.id, entity)
        self.parties[entity.lei] = party.id
        self.outcome.new_parties += 1

    def take_stub(self, lei: str) -> None:
        """A LEI without a record is a party named by it."""
        if lei in self.parties:
            return
        party = Party(id=self._id("party", lei), name=lei, is_stub=True, source=SOURCE)
        self.ctx.add(party)
        self.parts.append(self._lei(party.id, lei))
        self.parties[lei] = party.id
        self.outcome.new_stubs += 1

    async def take_edge(self, edge: ControlEdge) -> None:
        """The parent CONTROLS the child, one edge a pair; the days are those of the answers read last."""
        source, target = self.parties[edge.parent], self.parties[edge.child]
        identity = derived_id(self.ctx.tenant_id, SOURCE, "controls", source, target)
        known = await self.ctx.session.get(Relationship, (self.ctx.tenant_id, identity))
        if known is None:
            self.ctx.add(
                Relationship(
                    id=identity,
                    type=relationship_type_id(self.ctx.tenant_id, "CONTROLS"),
                    source=source,
                    target=target,
                    basis=edge.basis,
                    valid_from=edge.valid_from,
                    valid_to=edge.valid_to,
                    recorded_at=self.ctx.now,
                )
            )
            self.outcome.new_edges += 1
        elif _days(edge) != (known.basis, known.valid_from, known.valid_to):
            known.basis, known.valid_from, known.valid_to = _days(edge)
            self.outcome.changed += 1

    async def _fill(self, entity: GleifEntity) -> None:
        party = await self.ctx.session.get(Party, (self.ctx.tenant_id, self.parties[entity.lei]))
        if party is None or not party.is_stub:
            return
        for name, value in _facts(entity).items():
            setattr(party, name, value)
        party.is_stub = False
        self._describe(party.id, entity)
        self.outcome.filled += 1

    def _describe(self, party: Id[Any], entity: GleifEntity) -> None:
        """Where it is registered and where it works, and its number in its register."""
        places = {"LEGAL": entity.legal_address, "HEADQUARTERS": entity.headquarters}
        for kind, address in places.items():
            values = _address(address)
            self.parts.append(
                Address(id=self._id("address", entity.lei, kind), party=party, kind=kind, **values)
            )
        if entity.registered_as and entity.registered_at and entity.registered_at not in _NO_REGISTER:
            number = Identifier(
                id=self._id("register", entity.lei),
                party=party,
                scheme=entity.registered_at,
                value=entity.registered_as,
            )
            self.parts.append(number)

    def _lei(self, party: Id[Any], lei: str) -> Identifier:
        return Identifier(id=self._id("lei", lei), party=party, scheme="LEI", value=lei, is_checked=True)

    def _id(self, *key: str) -> Id[Any]:
        return derived_id(self.ctx.tenant_id, SOURCE, *key)


def _facts(entity: GleifEntity) -> Mapping[str, Any]:
    # A sole proprietor is a natural person who trades, and protected as one (rules.md F8).
    kind = PartyKind.PERSON if entity.category == "SOLE_PROPRIETOR" else PartyKind.ORGANISATION
    return {"kind": kind, "name": entity.name, "country": entity.country}


def _address(address: GleifAddress) -> Mapping[str, Any]:
    return {
        "lines": "\n".join(address.lines),
        "postal_code": address.postal_code,
        "city": address.city,
        "region": address.region,
        "country": address.country,
    }


def _days(edge: ControlEdge) -> tuple[str, dt.date | None, dt.date | None]:
    return edge.basis, edge.valid_from, edge.valid_to
