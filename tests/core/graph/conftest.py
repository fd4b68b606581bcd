"""Small graphs for tests: parties by one letter, edges as words."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation


@dataclass
class Graph:
    """An installation with a few parties and edges."""

    xrm: Installation
    ids: dict[str, Any] = field(default_factory=dict)
    edges: dict[str, Any] = field(default_factory=dict)

    async def parties(self, names: str, **values: Any) -> None:
        """Parties with these one-letter names."""
        made = [Party(name=name, **values) for name in names]
        await self.xrm.add(*made)
        self.ids |= {party.name: party.id for party in made}

    def edge(self, text: str, **values: Any) -> Relationship:
        """An edge: `A 60 B` of votes, `A > B` of control, `A < B` of a subsidiary, `A - B` of another type."""
        source, how, target = text.split()
        code = {">": "CONTROLS", "<": "SUBSIDIARY_OF", "-": "REFERS", "?": "OWNS"}.get(how, "OWNS")
        share = Decimal(how) / 100 if how[0].isdigit() else None
        made = Relationship(
            type=relationship_type_id(1, code),
            source=self.ids[source],
            target=self.ids[target],
            share=share,
            **values,
        )
        self.edges[text] = made.id
        return made

    async def connect(self, text: str, **values: Any) -> None:
        """Edges, made in one unit of work; parties that are not there are made."""
        parts = [part.strip() for part in text.split(",")]
        missing = {name for part in parts for name in part.split()[::2]} - set(self.ids)
        if missing:
            await self.parties("".join(sorted(missing)))
        await self.xrm.add(*(self.edge(part, **values) for part in parts))

    async def ask(self, document: str, variables: dict[str, Any] | None = None, **who: Any) -> Any:
        """The data of a question; letters in variables become ids."""
        given = {name: str(self.ids.get(value, value)) if isinstance(value, str) else value
                 for name, value in (variables or {}).items()}  # fmt: skip
        return await self.xrm.ask(document, given, **who)

    async def controlled(self, name: str, day: dt.date | None = None, **who: Any) -> dict[str, str]:
        """What a party controls, by name, with the basis."""
        moment = None if day is None else f"{day.isoformat()}T12:00:00Z"
        data = await self.ask(
            "query ($id: ID!, $day: DateTime) { party(id: $id) { controls(asOf: $day) { basis party { name } } } }",
            {"id": name, "day": moment},
            **who,
        )
        return {one["party"]["name"]: one["basis"] for one in data["party"]["controls"]}


@pytest.fixture
def graph(xrm: Installation) -> Graph:
    """A graph without parties but our unit."""
    return Graph(xrm)
