"""Running one operation: the database's part in one statement, the hand-written part through GraphQL's executor."""

import uuid
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.execution import execute
from graphql.language import DocumentNode

from xrm_core.access.gate import request_context
from xrm_core.api.context import ApiContext
from xrm_core.api.errors import shown
from xrm_core.api.loader import ObjectLoader
from xrm_core.api.prepared import Prepared, Refused, prepare
from xrm_core.api.schema import Snapshot
from xrm_core.api.virtuals import fill
from xrm_core.errors import DomainError, Invalid, Unauthenticated
from xrm_core.query.binds import Request
from xrm_core.query.plan import Plan, compile_plan
from xrm_core.query.selection import Selected

# What answers without signing in; everything else wants a user first.
OPEN_FIELDS = frozenset({"login", "__schema", "__type", "__typename"})


async def run(context: ApiContext, text: str, variables: dict[str, Any], operation: str | None) -> bytes:
    """The body of the answer: JSON with data, errors and extensions."""
    snapshot: Snapshot = context.app.snapshot
    try:
        prepared = _prepared(context, snapshot, text, operation)
        return await _answer(context, snapshot, prepared, variables)
    except Refused as refused:
        return _failed([shown(error, context.request_id) for error in refused.errors], with_data=False)
    except DomainError as refused:
        return _failed([shown(_as_error(refused), context.request_id)], with_data=True)
    except Exception as wrong:
        return _failed([shown(_as_error(wrong), context.request_id)], with_data=True)


def _as_error(wrong: Exception) -> GraphQLError:
    return GraphQLError(str(wrong), original_error=wrong)


def _failed(errors: list[dict[str, Any]], *, with_data: bool) -> bytes:
    return orjson.dumps({"data": None, "errors": errors} if with_data else {"errors": errors})


def _prepared(context: ApiContext, snapshot: Snapshot, text: str, operation: str | None) -> Prepared:
    known = (text, operation)
    prepared = snapshot.documents.get(known)
    if prepared is None:
        prepared = prepare(snapshot.schema, text, operation, context.app.settings)
        snapshot.documents.put(known, prepared)
    return prepared  # type: ignore[no-any-return]


async def _answer(context: ApiContext, snapshot: Snapshot, prepared: Prepared, given: dict[str, Any]) -> bytes:
    if context.reads_only and not prepared.is_query:
        raise Invalid("GET only asks: send mutations by POST.")
    values = prepared.coerce(given)
    shape = prepared.shaper.shape(values.coerced)
    if context.actor is not None and prepared.is_query:
        view = snapshot.book.view(context.actor)
        plan = snapshot.plans.get((prepared.text, prepared.name, shape, view.shape))
        if plan is not None:
            return await _planned(context, prepared, values, plan, view)
    roots = prepared.roots(prepared.walker(values))
    by_sql = [root for root in roots if "sql" in root.definition.extensions]
    by_hand = [root for root in roots if "sql" not in root.definition.extensions]
    if context.actor is None and any(root.name not in OPEN_FIELDS for root in roots):
        raise Unauthenticated("Sign in first.")
    if by_hand and all(root.name in ("__schema", "__type", "__typename") for root in by_hand) and not by_sql:
        return _introspected(snapshot, prepared, values, context)
    if not by_hand:
        view = snapshot.book.view(context.actor)  # type: ignore[arg-type]
        plan = _compile(context, snapshot, by_sql, view)
        snapshot.plans.put((prepared.text, prepared.name, shape, view.shape), plan)
        return await _planned(context, prepared, values, plan, view)
    return await _mixed(context, snapshot, prepared, values, by_sql, by_hand)


def _compile(context: ApiContext, snapshot: Snapshot, roots: list[Selected], view: Any) -> Plan:
    dialect = context.app.database.dialect
    return compile_plan(roots, dialect=dialect, access=view, plugins=snapshot.plugins)


async def _fetch(context: ApiContext, values: Any, plan: Plan, view: Any) -> str:
    given = request_context(context.actor, view) | {"cursor_key": context.app.cursor_key}  # type: ignore[arg-type]
    request = Request(context.actor, values.coerced, given)  # type: ignore[arg-type]
    return await context.app.database.reader.fetch(plan.sql, plan.values(request))  # type: ignore[no-any-return]


async def _planned(context: ApiContext, prepared: Prepared, values: Any, plan: Plan, view: Any) -> bytes:
    text = await _fetch(context, values, plan, view)
    if not plan.is_answer:
        tree = orjson.loads(text)
        walker = prepared.walker(values)
        await fill(context, plan, tree, walker, prepared.roots(walker))
        text = orjson.dumps(tree).decode()
    if plan.hidden:
        extensions = orjson.dumps({"hidden": plan.hidden}).decode()
        return f'{{"data":{text},"extensions":{extensions}}}'.encode()
    return f'{{"data":{text}}}'.encode()


async def _mixed(
    context: ApiContext,
    snapshot: Snapshot,
    prepared: Prepared,
    values: Any,
    by_sql: list[Selected],
    by_hand: list[Selected],
) -> bytes:
    context.loader = ObjectLoader(snapshot, prepared, values, context)
    tree: dict[str, Any] = {}
    if by_sql:
        view = snapshot.book.view(context.actor)  # type: ignore[arg-type]
        plan = _compile(context, snapshot, by_sql, view)
        tree = orjson.loads(await _fetch(context, values, plan, view))
        await fill(context, plan, tree, prepared.walker(values), by_sql)
        context.hidden.update(dict.fromkeys(plan.hidden))
    result = execute(
        snapshot.schema,
        _only(prepared, by_hand),
        variable_values=_raw(values),
        context_value=context,
        field_resolver=read_member,
        operation_name=prepared.name or None,
    )
    if hasattr(result, "__await__"):
        result = await result
    data = None if result.data is None else _in_order(prepared, values, {**tree, **result.data})
    answer: dict[str, Any] = {"data": data}
    if result.errors:
        answer["errors"] = [shown(error, context.request_id) for error in result.errors]
    if context.hidden:
        answer["extensions"] = {"hidden": list(context.hidden)}
    return orjson.dumps(answer, default=str)


def _in_order(prepared: Prepared, values: Any, data: dict[str, Any]) -> dict[str, Any]:
    keys = [root.key for root in prepared.roots(prepared.walker(values))]
    return {key: data[key] for key in keys if key in data}


def _raw(values: Any) -> dict[str, Any]:
    return {name: source.value for name, source in values.sources.items() if name in values.coerced
            and source.value is not ... and type(source.value).__name__ != "UndefinedType"}  # fmt: skip


def _only(prepared: Prepared, roots: list[Selected]) -> DocumentNode:
    """The document with just these root fields: the rest is answered already."""
    nodes: list[FieldNode] = [node for root in roots for node in root.nodes]
    old = prepared.operation
    operation = OperationDefinitionNode(
        operation=old.operation,
        name=old.name,
        variable_definitions=old.variable_definitions,
        directives=old.directives,
        selection_set=SelectionSetNode(selections=tuple(nodes)),
        loc=old.loc,
    )
    return DocumentNode(definitions=(operation, *prepared.fragments.values()))


def read_member(source: Any, info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    """What the read path answered is found by the key it was asked under; anything else by the field's name."""
    if isinstance(source, dict):
        return source.get(info.path.key, source.get(info.field_name))
    return getattr(source, info.field_name)


def _introspected(snapshot: Snapshot, prepared: Prepared, values: Any, context: ApiContext) -> bytes:
    known = prepared.text + "\x00" + prepared.name if not values.coerced else ""
    if known and known in snapshot.introspections:
        return snapshot.introspections[known]
    result: Any = execute(snapshot.schema, prepared.document, variable_values=_raw(values))
    body = orjson.dumps({"data": result.data} if not result.errors else {
        "data": result.data, "errors": [shown(error, context.request_id) for error in result.errors]
    })  # fmt: skip
    if known and len(snapshot.introspections) < 20:
        snapshot.introspections[known] = body
    return body


def request_id() -> str:
    """A fresh id that finds a request in the log."""
    return uuid.uuid4().hex
