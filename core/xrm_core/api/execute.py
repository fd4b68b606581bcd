"""Running one operation: the database's part in one statement, the hand-written part through GraphQL's executor."""

import itertools
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.execution import ExecutionResult, execute
from graphql.language import DocumentNode

from xrm_core.api.context import ApiContext, ResolveInfo
from xrm_core.api.errors import AskedByGet, shown, shown_alone, status_of
from xrm_core.api.faults import settle
from xrm_core.api.introspect import LOOKS, META, check_may_look, looked_at
from xrm_core.api.limits import check_variables
from xrm_core.api.loader import ObjectLoader
from xrm_core.api.prepared import Prepared, Refused, prepare
from xrm_core.api.running import Found, Roots, Running
from xrm_core.api.schema import Snapshot
from xrm_core.errors import Invalid, Unauthenticated
from xrm_core.query.selection import Selected

# What answers without signing in; everything else wants a user first.
OPEN_FIELDS = frozenset({"login", "__schema", "__type", "__typename"})
# What a plan for a whole operation is kept under.
_WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, JSON with data, errors and extensions, and the status of one that has no data."""

    body: bytes
    status: int = 200


async def run(context: ApiContext, text: str, variables: dict[str, Any], operation: str | None) -> bytes:
    """The body of the answer."""
    return (await answer(context, text, variables, operation)).body


async def answer(context: ApiContext, text: str, variables: dict[str, Any], operation: str | None) -> Answer:
    """The answer to one operation; whatever goes wrong is in it."""
    try:
        running = ready(context, text, variables, operation)
    except Exception as wrong:
        return refused(wrong, context.request_id)
    try:
        return Answer(await _answer(running))
    except Exception as wrong:
        return broken(wrong, context.request_id)


def ready(context: ApiContext, text: str, variables: dict[str, Any], operation: str | None) -> Running:
    """The operation, valid and admitted. Raises: Refused, LimitExceeded, AskedByGet, Unauthenticated."""
    snapshot: Snapshot = context.app.snapshot
    prepared = prepared_for(context, text, operation)
    if prepared.is_subscription:
        raise Invalid("Subscriptions are streamed: ask for text/event-stream, or over a websocket.")
    if context.reads_only and not prepared.is_query:
        raise AskedByGet()
    check_variables(variables, context.app.settings)
    running = Running(context, snapshot, prepared, variables, prepared.coerce(variables))
    _admit(running)
    return running


async def answer_event(running: Running) -> bytes:
    """The execution result of a subscription for one event, which stands in the context."""
    roots = running.prepared.roots(running.prepared.walker(running.values))
    return await _mixed(running, [], roots)


def failure(wrong: Exception, request: str) -> list[dict[str, Any]]:
    """What went wrong, as clients see it."""
    if isinstance(wrong, Refused):
        return [shown(error, request) for error in wrong.errors]
    return [shown_alone(wrong, request)[0]]


def refused(wrong: Exception, request_id: str) -> Answer:
    """The answer to an operation that was not even begun."""
    if isinstance(wrong, Refused):
        entries = [shown(error, request_id) for error in wrong.errors]
        return Answer(orjson.dumps({"errors": entries}), status_of(entries[0]))
    entry, status = shown_alone(wrong, request_id)
    return Answer(orjson.dumps({"errors": [entry]}), status)


def broken(wrong: Exception, request_id: str) -> Answer:
    """The answer to an operation that was begun and has no data."""
    failed = refused(wrong, request_id)
    # What broke or is down may work the next time, and proxies and clients should see that.
    return failed if failed.status >= 500 else Answer(failed.body.replace(b"{", b'{"data":null,', 1))


def _admit(running: Running) -> None:
    """Without signing in there is only what answers then. Raises: Unauthenticated, Forbidden."""
    context, prepared = running.context, running.prepared
    if context.actor is not None and context.app.settings.introspection == "open":
        return
    roots = prepared.roots(prepared.walker(running.values))
    if context.actor is None and any(root.name not in OPEN_FIELDS for root in roots):
        raise Unauthenticated("Sign in first.")
    check_may_look(running, roots)


def prepared_for(context: ApiContext, text: str, operation: str | None) -> Prepared:
    """The operation, read against the present schema or kept from before. Raises: Refused, LimitExceeded."""
    snapshot: Snapshot = context.app.snapshot
    settings = context.app.settings
    # Where the schema is not open to everybody, what is wrong must not tell of what is right.
    is_outside = context.actor is None and settings.introspection != "open"
    known = (text, operation, is_outside)
    prepared: Prepared | None = snapshot.documents.get(known)
    if prepared is None:
        only, known_outside = (OPEN_FIELDS, snapshot.door) if is_outside else (None, None)
        prepared = prepare(snapshot.schema, text, operation, settings, only=only, door=known_outside)
        if prepared.is_kept:
            snapshot.documents.put(known, prepared)
    return prepared


async def _answer(running: Running) -> bytes:
    prepared, snapshot = running.prepared, running.snapshot
    signed_in = running.context.actor is not None
    if signed_in and prepared.is_query:
        body = await running.straight(_WHOLE)
        if body is not None:
            return body
        if (_WHOLE, *running.plan_key) in snapshot.plans:
            return await _planned(running, lambda: prepared.roots(prepared.walker(running.values)))
    roots = prepared.roots(prepared.walker(running.values))
    if roots and all(root.name in META for root in roots):
        return b'{"data":' + await looked_at(running, roots) + b"}"
    by_sql = [root for root in roots if "sql" in root.definition.extensions]
    by_hand = [root for root in roots if "sql" not in root.definition.extensions]
    if prepared.is_query and (not by_hand or (by_sql and _only_typenames(by_hand))):
        return await _planned(running, lambda: roots)
    return await _mixed(running, by_sql, by_hand)


def _faulty(running: Running, found: Found, roots: Sequence[Selected]) -> bytes:
    data, errors = settle(found.as_tree(), roots, found.faults)
    running.context.hidden.update(dict.fromkeys(found.plan.hidden))
    return orjson.dumps(_whole_answer(running, data, errors), default=str)


def _only_typenames(roots: list[Selected]) -> bool:
    return all(root.name == "__typename" for root in roots)


async def _planned(running: Running, roots: Roots) -> bytes:
    found = await running.read(_WHOLE, roots)
    if found.faults:
        return _faulty(running, found, roots())
    text = found.as_json()
    if found.plan.hidden or running.context.shows_cost:
        extensions = orjson.dumps(extensions_of(running.context, found.plan.hidden)).decode()
        return f'{{"data":{text},"extensions":{extensions}}}'.encode()
    return f'{{"data":{text}}}'.encode()


def extensions_of(context: ApiContext, hidden: Iterable[str]) -> dict[str, Any]:
    """What an answer says beside its data: what a policy hides, and what it cost if that was asked."""
    found: dict[str, Any] = {"hidden": list(hidden)} if hidden else {}
    if context.shows_cost:
        found["cost"] = {"estimated": context.cost, "limit": context.most_cost}
    return found


async def _mixed(running: Running, by_sql: list[Selected], by_hand: list[Selected]) -> bytes:
    return orjson.dumps(await answer_of(running, by_sql, by_hand), default=str)


async def answer_of(running: Running, by_sql: list[Selected], by_hand: list[Selected]) -> dict[str, Any]:
    """What the database answers and what is written by hand, as one answer."""
    context = running.context
    context.loader = ObjectLoader(running)
    tree, errors = await _sql_part(running, by_sql) if by_sql else ({}, [])
    looks = [root for root in by_hand if root.name in LOOKS]
    if looks and tree is not None:
        # As the asker may see it: the executor would show the whole schema.
        tree |= orjson.loads(await looked_at(running, looks))
    others = [root for root in by_hand if root.name not in LOOKS]
    if others:
        result = await _executed(running, others)
        tree = None if tree is None or result.data is None else {**tree, **result.data}
        errors += result.errors or []
    return _whole_answer(running, None if tree is None else _in_order(running, tree), errors)


def _whole_answer(
    running: Running, data: dict[str, Any] | None, errors: Sequence[GraphQLError]
) -> dict[str, Any]:
    context = running.context
    answer: dict[str, Any] = {"data": data}
    if errors:
        answer["errors"] = [shown(error, context.request_id) for error in errors]
    extensions = extensions_of(context, context.hidden)
    return answer | ({"extensions": extensions} if extensions else {})


async def _executed(running: Running, by_hand: list[Selected]) -> ExecutionResult:
    result: Any = execute(
        running.snapshot.schema,
        _only(running.prepared, by_hand),
        variable_values=running.given,
        context_value=running.context,
        field_resolver=read_member,
        operation_name=running.prepared.name or None,
    )
    executed: ExecutionResult = await result if hasattr(result, "__await__") else result
    return executed


async def _sql_part(
    running: Running, roots: list[Selected]
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    found = await running.read("part", lambda: roots)
    running.context.hidden.update(dict.fromkeys(found.plan.hidden))
    return settle(found.as_tree(), roots, found.faults)


def _in_order(running: Running, data: dict[str, Any]) -> dict[str, Any]:
    keys = [root.key for root in running.prepared.roots(running.prepared.walker(running.values))]
    return {key: data[key] for key in keys if key in data}


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


def read_member(source: Any, info: ResolveInfo, **_arguments: Any) -> Any:
    """What the read path answered is found by the key it was asked under; anything else by the field's name."""
    if isinstance(source, dict):
        return source.get(info.path.key, source.get(info.field_name))
    return getattr(source, info.field_name)


# Nobody gains by guessing an id, so the process draws once and counts.
_PROCESS = secrets.token_hex(10)
_requests = itertools.count(secrets.randbits(40))


def request_id() -> str:
    """A fresh id that finds a request in the log."""
    return f"{_PROCESS}{next(_requests):012x}"
