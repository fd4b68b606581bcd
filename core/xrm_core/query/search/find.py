"""Searching: the words a text may mean, the statement that finds, the ranking of what it found."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLField, GraphQLString
from sqlalchemy.engine import Dialect

from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.errors import Invalid, LimitExceeded, TooComplex
from xrm_core.ids import Id
from xrm_core.query.binds import Request
from xrm_core.query.compiler import NESTINGS, Access, Compiler, Nesting
from xrm_core.query.custom import OtherCustomFields
from xrm_core.query.plan import Plan, compile_plan
from xrm_core.query.search.declared import searched_by
from xrm_core.query.search.guessing import with_guesses
from xrm_core.query.search.question import MOST_HITS, Question, question_of
from xrm_core.query.search.ranking import Match, match
from xrm_core.query.search.snippets import snippet
from xrm_core.query.search.statement import QUESTION, WORDS, SearchRoot, SeenWordsRoot
from xrm_core.query.selection import Selected
from xrm_core.text import text_key

_ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Hit:
    """An object that was found: what it is called, the text that was found, and how well it answers."""

    resource: str
    id: Id[Any]
    title: str
    snippet: str
    score: float


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose search it is, where, and what their statements are kept in."""

    dialect: Dialect
    reader: Any
    access: Access
    plugins: frozenset[str]
    plans: Any
    request: Request


async def find(asker: Asker, text: str, types: Sequence[str] | None, first: int) -> list[Hit]:
    """The best hits, the best first; among equals by title, type and id.

    Raises: Invalid for an empty text or an unknown type, LimitExceeded for a text or `first` beyond the limit.
    """
    question = question_of(text)
    targets = _targets(asker, types)
    _check_size(first)
    if not first or not question.words or not targets:
        return []
    request = asker.request
    searched = [one for one in searched_by(REGISTRY.enabled(asker.plugins)) if one.target.name in targets]

    async def seen(words: list[str]) -> Collection[str]:
        given: Any = {**request.context, WORDS: words}
        found: list[str] = await _answer(asker, (WORDS, targets), SeenWordsRoot(searched), given)
        return found

    question = await with_guesses(question, asker.reader, asker.dialect, request.actor.tenant_id, seen)
    is_short = len(question.compact) < 2
    rows = await _answer(
        asker,
        (QUESTION, targets, is_short),
        SearchRoot(searched, is_short),
        {**request.context, QUESTION: question},
    )
    return _hits(question, rows, first)


def _targets(asker: Asker, types: Sequence[str] | None) -> frozenset[str]:
    """The resources to be found. Raises: Invalid."""
    enabled = {info.type_name: info for info in REGISTRY.enabled(asker.plugins) if not info.extends}
    for name in types or ():
        if name not in enabled:
            raise Invalid(
                f"There is no type {name!r}; types are named as in the schema: Party.", field="types"
            )
    found = {one.target.name for one in searched_by(enabled.values())}
    found |= {one.target.name for one in searched_by(_parts(asker))}
    return frozenset(found if types is None else found & {enabled[name].name for name in types})


def _parts(asker: Asker) -> list[ResourceInfo]:
    return [info for info in REGISTRY.enabled(asker.plugins) if info.extends]


def _check_size(first: int) -> None:
    if first < 0:
        raise Invalid("first is not negative.", field="first")
    if first > MOST_HITS:
        raise LimitExceeded(f"first is at most {MOST_HITS}.", field="first")


async def _answer(asker: Asker, what: Hashable, root: Any, context: dict[str, Any]) -> Any:
    """What a statement answers; it is kept for askers of the same rules."""
    request = Request(asker.request.actor, {}, context)
    known = (what, asker.access.shape, asker.access.custom_fields.identity)
    plan: Plan | None = asker.plans.get(known)
    ways = NESTINGS if plan is None else NESTINGS[NESTINGS.index(plan.nesting) :]
    for nesting in ways:
        plan = plan or _compiled(asker, root, nesting)
        try:
            text = await asker.reader.fetch(plan.sql, plan.values(request))
        except TooComplex:
            if nesting is ways[-1]:
                raise
            plan = None
            continue
        if not text:
            # A rule asks about custom fields, and they are others by now.
            raise OtherCustomFields()
        asker.plans.put(known, plan)
        break
    return orjson.loads(text)[_ROWS]


def _compiled(asker: Asker, root: Any, nesting: Nesting) -> Plan:
    asked = Selected(_ROWS, QUESTION, GraphQLField(GraphQLString), {}, [], None)  # type: ignore[arg-type]
    compiler = Compiler(asker.dialect, asker.access, asker.plugins, nesting=nesting)
    return compile_plan(compiler, [asked], root_of=root)


def _hits(question: Question, rows: list[dict[str, Any]], first: int) -> list[Hit]:
    best: dict[tuple[str, str], tuple[Match, dict[str, Any]]] = {}
    for row in rows:
        key, matched = (row["resource"], row["id"]), match(question, row["terms"])
        if key not in best or best[key][0].score < matched.score:
            best[key] = matched, row
    ranked = sorted(best.values(), key=lambda pair: _order(*pair))[:first]
    return [_hit(matched, row) for matched, row in ranked]


def _title(row: dict[str, Any]) -> str:
    return row["title"] or REGISTRY[row["resource"]].type_name


def _order(matched: Match, row: dict[str, Any]) -> tuple[Any, ...]:
    return -matched.score, text_key(_title(row)), row["resource"], row["id"]


def _hit(matched: Match, row: dict[str, Any]) -> Hit:
    shown = snippet(row["shown"], matched.words)
    return Hit(row["resource"], Id(row["id"]), _title(row), shown, matched.score)
