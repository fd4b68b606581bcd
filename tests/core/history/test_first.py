"""What was known of a relationship."""

from typing import Any

from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation


async def test_smoke(xrm: Installation) -> None:
    a = await xrm.make(Party, name="A")
    b = await xrm.make(Party, name="B")
    edge = await xrm.make(Relationship, type=relationship_type_id(1, "OWNS"), source=a.id, target=b.id, share="0.1")
    got = await xrm.ask("query ($id: ID!) { relationship(id: $id) { version share recordedAt versions { totalCount nodes { version changed recordedAt knownTo object { share source {name} } } } } }", {"id": str(edge.id)})
    print(got)
    async with xrm.app.work(command="test") as ctx:
        e = await ctx.get(Relationship, edge.id)
        e.share = "0.2"
    got2 = await xrm.ask("query ($id: ID!) { relationship(id: $id) { version share recordedAt versions { totalCount edges { cursor } pageInfo {endCursor hasNextPage} nodes { version changed recordedAt knownTo object { share source {name} } } } } }", {"id": str(edge.id)})
    print(got2)
    first = got["relationship"]["recordedAt"]
    for q in ["query ($id: ID!, $k: DateTime) { relationship(id: $id, knownAt: $k) { version share } }",
              "query ($id: ID!, $k: DateTime) { relationships(knownAt: $k, where: {id: {eq: $id}}) { totalCount nodes { version share } edges { cursor node { share } } } }",
              "query ($k: DateTime) { party(id: \"%s\", knownAt: $k) { name relationships { nodes { version share counterparty { name } } } relationshipsAggregate { count sum { share } } } }" % a.id,
              "query ($k: DateTime) { parties(knownAt: $k, where: {relationships: {some: {share: {lt: \"0.15\"}}}}) { nodes { name } } }",
              "query ($k: DateTime) { parties(knownAt: $k, orderBy: [{relationships: {aggregate: {sum: {share: DESC}}}}]) { nodes { name } } }",
              "query ($k: DateTime) { relationshipsAggregate(knownAt: $k, groupBy: [{source: {field: NAME}}]) { keys count sum { share } share { count } } }",
              ]:
        var: dict[str, Any] = {"id": str(edge.id)} if "$id" in q else {}
        print(q)
        for k in (None, first, "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"):
            print("   ", k, await xrm.ask(q, {**var, "k": k}))
    async with xrm.app.work(command="test") as ctx:
        e = await ctx.get(Relationship, edge.id)
        await ctx.session.delete(e)
    print(await xrm.ask("query ($id: ID!, $k: DateTime) { relationship(id: $id, knownAt: $k) { version share versions { nodes { version knownTo } } } }", {"id": str(edge.id), "k": first}))
