"""The limit: the questions answered by SQL that was written by hand, behind the product's own door.

Everything before and after the statement is the product's: uvicorn, Starlette, compression, reading the body, who the
token stands for, the connection pool. What is left out is GraphQL: its text is only looked up.
"""

from typing import Any

from benchmarks.questions import FLAT, ONE, PAGE
from xrm_core.api.context import ApiContext
from xrm_core.api.execute import Answer
from xrm_core.api.leaving import unless_gone
from xrm_core.identity.actor import Actor

_MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# $1 language, $2 today, $3 tenant; in braces are the asker's access predicates. Measured: rows written out as records
# are a sixth cheaper than json_build_object, and links looked up in subselects an eighth cheaper on one party than
# joined (on a page the same).
_LISTS = (
    """
  (SELECT json_build_object('nodes', coalesce(json_agg(x), '[]')) FROM (
    SELECT e.id, e.stage, e.valid_from AS "validFrom",
      (SELECT row_to_json(y) FROM (
        SELECT t.code, CASE WHEN $1 = 'fr' THEN t.label_fr ELSE t.label_en END AS label
        FROM core_relationship_type t WHERE t.tenant_id = $3 AND t.id = e.type_id) y) AS type,
      (SELECT row_to_json(y) FROM (
        SELECT o.id, o.name FROM core_party o
        WHERE o.tenant_id = $3
          AND o.id = CASE WHEN e.source_id = p.id THEN e.target_id ELSE e.source_id END) y) AS counterparty
    FROM core_relationship e
    WHERE e.tenant_id = $3 AND (e.source_id = p.id OR e.target_id = p.id)
      AND (e.valid_from IS NULL OR e.valid_from <= $2) AND (e.valid_to IS NULL OR e.valid_to > $2) {edges}
    ORDER BY e.id LIMIT {first}) x) AS relationships,
  (SELECT json_build_object('nodes', coalesce(json_agg(x), '[]')) FROM (
    SELECT i.id, i.channel, i.direction, i.subject, """
    + _MOMENT.format("i.occurred_at")
    + """ AS "occurredAt"
    FROM core_interaction i WHERE i.tenant_id = $3 AND i.party_id = p.id {interactions}
    ORDER BY i.occurred_at DESC, i.id DESC LIMIT {first}) x) AS interactions,
  (SELECT json_build_object('nodes', coalesce(json_agg(x), '[]')) FROM (
    SELECT d.id, d.kind, d.occurred_on AS "occurredOn", d.reference,
      json_build_object('amount', trim_scale(d.amount)::text, 'currency', d.amount_currency) AS amount
    FROM core_dealing d WHERE d.tenant_id = $3 AND d.party_id = p.id {dealings}
    ORDER BY d.occurred_on DESC, d.id DESC LIMIT {first}) x) AS dealings"""
)
_TASKS = (
    """,
  (SELECT json_build_object('nodes', coalesce(json_agg(x), '[]')) FROM (
    SELECT k.id, k.subject, k.status, k.priority, """
    + _MOMENT.format("k.due_at")
    + """ AS "dueAt"
    FROM core_task k WHERE k.tenant_id = $3 AND k.party_id = p.id {tasks}
    ORDER BY k.due_at, k.id LIMIT {first}) x) AS tasks"""
)
_PAGE = (
    "SELECT coalesce(json_agg(r), '[]')::text FROM (SELECT p.id, p.name, p.kind, p.country,"
    + _LISTS
    + _TASKS
    + """
  FROM core_party p WHERE p.tenant_id = $3 AND p.name_key >= $4 COLLATE "C"
  ORDER BY p.name_key, p.id LIMIT 50) r"""
)
_ONE = (
    "SELECT row_to_json(r)::text FROM (SELECT p.id, p.name, p.kind, p.country, "
    + _MOMENT.format("p.created_at")
    + """ AS "createdAt","""
    + _LISTS
    + """
  FROM core_party p WHERE p.tenant_id = $3 AND p.id = $4) r"""
)

_FLAT = (
    "SELECT coalesce(json_agg(r), '[]')::text FROM (SELECT p.id, p.name, p.kind, p.country, p.language, p.source,"
    ' p.is_stub AS "isStub", '
    + _MOMENT.format("p.created_at")
    + """ AS "createdAt"
  FROM core_party p WHERE p.tenant_id = $1 AND p.name_key >= $2 COLLATE "C"
  ORDER BY p.name_key, p.id LIMIT 50) r"""
)


def _statement(text: str, *, first: int, restricted: bool) -> str:
    """The SQL for whoever sees everything, or for whoever sees the units in $5."""
    tables = {"interactions": "i", "dealings": "d", "tasks": "k"}
    seen = {
        name: f"AND {alias}.unit_id = ANY ($5::uuid[])" if restricted else ""
        for name, alias in tables.items()
    }
    edges = "AND (e.unit_id = ANY ($5::uuid[]) OR e.unit_id IS NULL)" if restricted else ""
    return text.format(first=first, edges=edges, **seen)


_STATEMENTS = {
    (PAGE, False): _statement(_PAGE, first=5, restricted=False),
    (PAGE, True): _statement(_PAGE, first=5, restricted=True),
    (ONE, False): _statement(_ONE, first=10, restricted=False),
    (ONE, True): _statement(_ONE, first=10, restricted=True),
}


async def answer(context: ApiContext, text: str, variables: dict[str, Any], _operation: str | None) -> Answer:
    """The answer, as `xrm_core.api.execute.answer` gives it for the same question."""
    return Answer(await _body(context, text, variables))


async def _body(context: ApiContext, text: str, variables: dict[str, Any]) -> bytes:
    actor = context.actor
    assert actor is not None, "the benchmark signs in"
    if text == FLAT:
        found = await _fetched(context, _FLAT, [actor.tenant_id, variables["from"].lower()])
        return f'{{"data":{{"parties":{{"nodes":{found}}}}}}}'.encode()
    units = _units(actor)
    key = variables["id"] if text == ONE else variables["from"].lower()
    values = [actor.language, actor.today(), actor.tenant_id, key]
    if units is not None:
        values.append(units)
    rows = await _fetched(context, _STATEMENTS[text, units is not None], values)
    if text == ONE:
        return f'{{"data":{{"party":{rows or "null"}}}}}'.encode()
    return f'{{"data":{{"parties":{{"nodes":{rows}}}}}}}'.encode()


async def _fetched(context: ApiContext, statement: str, values: list[Any]) -> str:
    # A client that goes away stops its reading: that is the door's, not GraphQL's.
    reading = context.app.database.reader.fetch(statement, values)
    return await (reading if context.gone is None else unless_gone(reading, context.gone))


def _units(actor: Actor) -> list[Any] | None:
    return None if actor.roles[0].unit is None else [role.unit for role in actor.roles]
