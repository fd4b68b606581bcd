"""What it is measured against, 1: the same questions answered by Strawberry, SQLAlchemy and dataloaders.

Written as their documentation advises and then made fast: one statement for each list and level, which takes the top
rows of every party in a lateral join; only the columns that are shown; parsed and validated documents are kept; orjson
writes the answer; uvloop, httptools and asyncpg. It asks nobody for a token and knows no access rules.
`python -m benchmarks.dataloaders PORT`, settings by environment.
"""

import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import orjson
import sqlalchemy as sa
import strawberry
import uvicorn
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.http import GraphQLHTTPResponse
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from xrm_core.settings import settings

TENANT = 1
Rows = dict[Any, list[Any]]
_ID = UUID(as_uuid=False)
_CODE = sa.Text(collation="C")


def _table(name: str, ids: str, rest: str) -> Any:
    # Ids stay texts: making objects of them that are written out again takes a tenth of the time.
    columns = [sa.column(one, _ID) for one in ids.split()]
    return sa.table(name, *columns, *(sa.column(one, _types.get(one, sa.Text())) for one in rest.split())).c


_types: dict[str, Any] = {
    "tenant_id": sa.Integer(),
    "name_key": _CODE,
    "valid_from": sa.Date(),
    "valid_to": sa.Date(),
    "occurred_on": sa.Date(),
    "occurred_at": sa.DateTime(timezone=True),
    "due_at": sa.DateTime(timezone=True),
    "created_at": sa.DateTime(timezone=True),
    "amount": sa.Numeric(),
}
PARTY = _table("core_party", "id", "tenant_id name name_key kind country language source is_stub created_at")
KIND = _table("core_relationship_type", "id", "tenant_id code label_en")
EDGE = _table("core_relationship", "id source_id target_id type_id", "tenant_id stage valid_from valid_to")
INTERACTION = _table("core_interaction", "id party_id", "tenant_id channel direction subject occurred_at")
DEALING = _table("core_dealing", "id party_id", "tenant_id kind occurred_on reference amount amount_currency")
TASK = _table("core_task", "id party_id", "tenant_id subject status priority due_at")


def _moment(value: dt.datetime | None) -> str | None:
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@strawberry.enum
class Direction(Enum):
    """Which way a list is sorted."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class Order:
    """What a list is sorted by."""

    name: Direction | None = None
    occurred_at: Direction | None = None
    occurred_on: Direction | None = None
    due_at: Direction | None = None


@strawberry.input
class TextFilter:
    """A text from here on."""

    gte: str


@strawberry.input
class PartyFilter:
    """Which parties."""

    name: TextFilter


@strawberry.type
class Money:
    """An amount."""

    amount: str
    currency: str


@strawberry.type
class Kind:
    """The type of a relationship."""

    code: str
    label: str


@strawberry.type
class Interaction:
    """Something that was said."""

    id: strawberry.ID
    channel: str
    direction: str
    subject: str
    occurred_at: str


@strawberry.type
class Dealing:
    """Business done."""

    id: strawberry.ID
    kind: str
    occurred_on: str
    reference: str | None
    amount: Money


@strawberry.type
class Task:
    """Work to do."""

    id: strawberry.ID
    subject: str
    status: str
    priority: int
    due_at: str | None


@strawberry.type
class Edge:
    """A relationship as one of its parties sees it."""

    id: strawberry.ID
    stage: str | None
    valid_from: str | None
    type_id: strawberry.Private[Any]
    other_id: strawberry.Private[Any]

    @strawberry.field
    async def type(self, info: Info["Loaders", None]) -> Kind:
        """Its type."""
        kind: Kind = await info.context.kinds.load(self.type_id)
        return kind

    @strawberry.field
    async def counterparty(
        self, info: Info["Loaders", None]
    ) -> Annotated["Party", strawberry.lazy(__name__)]:
        """Its other end."""
        party: Party = await info.context.parties.load(self.other_id)
        return party


@strawberry.type
class EdgeList:
    """A page."""

    nodes: list[Edge]


@strawberry.type
class InteractionList:
    """A page."""

    nodes: list[Interaction]


@strawberry.type
class DealingList:
    """A page."""

    nodes: list[Dealing]


@strawberry.type
class TaskList:
    """A page."""

    nodes: list[Task]


@strawberry.type
class Party:
    """An organisation or a person."""

    id: strawberry.ID
    name: str
    kind: str
    country: str | None
    language: str | None
    source: str
    is_stub: bool
    created_at: str

    @strawberry.field
    async def relationships(self, info: Info["Loaders", None], first: int) -> EdgeList:
        """The first by id, today."""
        return EdgeList(nodes=await info.context.edges(first).load(self.id))

    @strawberry.field
    async def interactions(
        self, info: Info["Loaders", None], first: int, order_by: list[Order]
    ) -> InteractionList:
        """The latest."""
        return InteractionList(nodes=await info.context.interactions(first).load(self.id))

    @strawberry.field
    async def dealings(self, info: Info["Loaders", None], first: int, order_by: list[Order]) -> DealingList:
        """The latest."""
        return DealingList(nodes=await info.context.dealings(first).load(self.id))

    @strawberry.field
    async def tasks(self, info: Info["Loaders", None], first: int, order_by: list[Order]) -> TaskList:
        """The next."""
        return TaskList(nodes=await info.context.tasks(first).load(self.id))


@strawberry.type
class PartyList:
    """A page."""

    nodes: list[Party]


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    async def parties(
        self, info: Info["Loaders", None], first: int, where: PartyFilter, order_by: list[Order]
    ) -> PartyList:
        """Parties from a name on."""
        start = sa.literal(where.name.gte.lower(), _CODE)
        query = _parties().where(PARTY.name_key >= start).order_by(PARTY.name_key, PARTY.id).limit(first)
        return PartyList(nodes=[_party(row) for row in await info.context.rows(query)])

    @strawberry.field
    async def party(self, info: Info["Loaders", None], id: strawberry.ID) -> Party | None:
        """One party."""
        party: Party | None = await info.context.parties.load(id)
        return party


def _parties() -> Any:
    row = PARTY
    shown = (row.id, row.name, row.kind, row.country, row.language, row.source, row.is_stub, row.created_at)
    return sa.select(*shown).where(row.tenant_id == TENANT)


def _party(row: Any) -> Party:
    return Party(
        id=row.id,
        name=row.name,
        kind=row.kind,
        country=row.country,
        language=row.language,
        source=row.source,
        is_stub=row.is_stub,
        created_at=_moment(row.created_at) or "",
    )


@dataclass
class Loaders:
    """The dataloaders of one request."""

    engine: AsyncEngine

    def __post_init__(self) -> None:
        self.parties: DataLoader[Any, Any] = DataLoader(self._load_parties)
        self.kinds: DataLoader[Any, Any] = DataLoader(self._load_kinds)
        self._lists: dict[tuple[str, int], DataLoader[Any, Any]] = {}

    async def rows(self, query: Any) -> Sequence[Any]:
        """What the database answers."""
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).all()

    def edges(self, first: int) -> DataLoader[Any, Any]:
        """The first edges of each party."""
        return self._list("edges", first, self._load_edges)

    def interactions(self, first: int) -> DataLoader[Any, Any]:
        """The latest interactions of each party."""
        return self._list("interactions", first, self._load_interactions)

    def dealings(self, first: int) -> DataLoader[Any, Any]:
        """The latest dealings of each party."""
        return self._list("dealings", first, self._load_dealings)

    def tasks(self, first: int) -> DataLoader[Any, Any]:
        """The next tasks of each party."""
        return self._list("tasks", first, self._load_tasks)

    def _list(
        self, name: str, first: int, load: Callable[[list[Any], int], Awaitable[Any]]
    ) -> DataLoader[Any, Any]:
        known = (name, first)
        if known not in self._lists:
            self._lists[known] = DataLoader(lambda keys: load(keys, first))
        return self._lists[known]

    async def _load_parties(self, keys: list[Any]) -> list[Any]:
        row = PARTY
        found = {party.id: party for party in await self.rows(_parties().where(row.id.in_(keys)))}
        return [_party(found[key]) if key in found else None for key in keys]

    async def _load_kinds(self, keys: list[Any]) -> list[Kind]:
        row = KIND
        query = sa.select(row.id, row.code, row.label_en).where(row.tenant_id == TENANT, row.id.in_(keys))
        found = {kind.id: Kind(code=kind.code, label=kind.label_en) for kind in await self.rows(query)}
        return [found[key] for key in keys]

    async def _load_edges(self, keys: list[Any], first: int) -> list[list[Edge]]:
        row = EDGE
        today = dt.datetime.now(dt.UTC).date()

        def top(party: Any) -> Any:
            other = sa.case((row.source_id == party, row.target_id), else_=row.source_id)
            return (
                sa.select(row.id, row.stage, row.valid_from, row.type_id, other.label("other_id"))
                .where(
                    row.tenant_id == TENANT,
                    sa.or_(row.source_id == party, row.target_id == party),
                    sa.or_(row.valid_from.is_(None), row.valid_from <= today),
                    sa.or_(row.valid_to.is_(None), row.valid_to > today),
                )
                .order_by(row.id)
                .limit(first)
            )

        found = await self._top(keys, top)
        return [[self._edge(edge) for edge in found[key]] for key in keys]

    @staticmethod
    def _edge(row: Any) -> Edge:
        began = None if row.valid_from is None else row.valid_from.isoformat()
        return Edge(
            id=row.id,
            stage=row.stage,
            valid_from=began,
            type_id=row.type_id,
            other_id=row.other_id,
        )

    async def _load_interactions(self, keys: list[Any], first: int) -> list[list[Interaction]]:
        row = INTERACTION
        shown = sa.select(row.id, row.channel, row.direction, row.subject, row.occurred_at)
        found = await self._top(keys, _latest(shown, row, row.occurred_at, first))
        return [
            [
                Interaction(
                    id=said.id,
                    channel=said.channel,
                    direction=said.direction,
                    subject=said.subject,
                    occurred_at=_moment(said.occurred_at) or "",
                )
                for said in found[key]
            ]
            for key in keys
        ]

    async def _load_dealings(self, keys: list[Any], first: int) -> list[list[Dealing]]:
        row = DEALING
        shown = sa.select(row.id, row.kind, row.occurred_on, row.reference, row.amount, row.amount_currency)
        found = await self._top(keys, _latest(shown, row, row.occurred_on, first))
        return [[_dealing(done) for done in found[key]] for key in keys]

    async def _load_tasks(self, keys: list[Any], first: int) -> list[list[Task]]:
        row = TASK
        shown = sa.select(row.id, row.subject, row.status, row.priority, row.due_at)

        def top(party: Any) -> Any:
            of = (row.tenant_id == TENANT, row.party_id == party)
            return shown.where(*of).order_by(row.due_at.nulls_last(), row.id).limit(first)

        found = await self._top(keys, top)
        return [
            [
                Task(
                    id=work.id,
                    subject=work.subject,
                    status=work.status,
                    priority=work.priority,
                    due_at=_moment(work.due_at),
                )
                for work in found[key]
            ]
            for key in keys
        ]

    async def _top(self, keys: list[Any], top: Callable[[Any], Any]) -> Rows:
        """The top rows of each party, one statement for all of them."""
        given = sa.func.unnest(sa.bindparam("parties", keys, ARRAY(_ID)))
        asked = given.table_valued(sa.column("party", _ID)).render_derived(name="asked")
        rows = top(asked.c.party).lateral("top")
        query = sa.select(asked.c.party.label("asked_party"), rows).select_from(asked.join(rows, sa.true()))
        found: Rows = defaultdict(list)
        for row in await self.rows(query):
            found[row.asked_party].append(row)
        return found


def _latest(shown: Any, row: Any, moment: Any, first: int) -> Callable[[Any], Any]:
    def top(party: Any) -> Any:
        of = (row.tenant_id == TENANT, row.party_id == party)
        return shown.where(*of).order_by(moment.desc(), row.id.desc()).limit(first)

    return top


def _dealing(row: Any) -> Dealing:
    amount: Decimal = row.amount
    return Dealing(
        id=row.id,
        kind=row.kind,
        occurred_on=row.occurred_on.isoformat(),
        reference=row.reference,
        amount=Money(amount=format(amount.normalize(), "f"), currency=row.amount_currency),
    )


class _View(GraphQL[Any, None]):
    def __init__(self, schema: strawberry.Schema, engine: AsyncEngine) -> None:
        super().__init__(schema, graphql_ide=None)
        self._engine = engine

    async def get_context(self, request: Any, response: Any) -> Loaders:
        return Loaders(self._engine)

    def encode_json(self, data: GraphQLHTTPResponse | object) -> bytes:
        return orjson.dumps(data)


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok")


def main() -> None:
    """Serve until stopped."""
    given = settings()
    engine = create_async_engine(
        given.sqlalchemy_url(),
        pool_size=given.pool_size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": {"jit": "off", "timezone": "UTC"}},
    )
    schema = strawberry.Schema(
        Query, extensions=[ParserCache, ValidationCache], config=StrawberryConfig(auto_camel_case=True)
    )
    view: Any = _View(schema, engine)
    app = Starlette(routes=[Route("/healthz", healthz), Route("/graphql", view)])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)


if __name__ == "__main__":
    main()
