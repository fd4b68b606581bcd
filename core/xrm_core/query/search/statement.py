"""The statement that finds: candidates from the index, those the asker may see, the best of each object, their titles.

What the asker may not see is left out before anything is ordered or cut off, so it changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import CodeType
from xrm_core.declare.registry import ResourceInfo
from xrm_core.query import guard
from xrm_core.query.binds import Request, from_context
from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.jsonsql import literal
from xrm_core.query.scope import Scope
from xrm_core.query.search import matching
from xrm_core.query.search.declared import Searched, title_of
from xrm_core.query.search.tables import ENTRIES, FULL_TEXT, LEXEMES
from xrm_core.query.selection import Selected

# Objects that are ranked for one answer.
MOST_RANKED = 200
# Where the question, and words that it may have meant, stand in the request's context.
QUESTION, WORDS = "search", "search_words_near"
_LAST = "{"  # follows z
_KEYS = ("number", "resource", "object_id", "kind", "source_id", "compact")
# As text, so that it is the one of the row around, however deep it is named.
_WORD: Any = sa.literal_column("n.value", sa.Text())
_WANTED = ("resource", "object_id", "shown", "terms")


@dataclass(frozen=True, slots=True)
class SearchRoot:
    """The answer to a question among these fields, as rows; `is_short`: for a single letter, in alphabetical order."""

    searched: Sequence[Searched]
    is_short: bool

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """A JSON list of the best entry of each object: resource, id, text, terms, title."""
        seen = _seen(compiler, self.searched)
        found = _alphabetical(compiler, seen) if self.is_short else _by_rank(compiler, seen)
        targets = {one.target.name: one.target for one in self.searched}
        pairs = [(name, found.c[name]) for name in ("resource", "shown", "terms")]
        pairs.append(("id", sa.cast(found.c.object_id, sa.Text())))
        pairs.append(("title", _title(compiler, found, list(targets.values()))))
        row = compiler.json.object(pairs)
        # An entry outlives its object only where rows were deleted past the product.
        there = _is_there(compiler, found, list(targets.values()))
        query = sa.select(compiler.json.array_of(row)).select_from(found).where(there)
        return compiler.json.nest(query.scalar_subquery())


@dataclass(frozen=True, slots=True)
class SeenWordsRoot:
    """Those of the words in the context that stand in an entry of these fields that the asker sees."""

    searched: Sequence[Searched]

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """A JSON list of words."""
        listed = compiler.binds.listed(from_context(WORDS), CodeType())
        words = _words_of(compiler, listed)
        e = ENTRIES.alias("e")
        own = e.c.tenant_id == compiler.context("tenant")
        found: Any = sa.select(sa.literal_column("1")).select_from(e)
        found = found.where(own, _has_word(compiler, e), _seen(compiler, self.searched)).limit(_number(1))
        # No EXISTS: PostgreSQL may make it a join that reads every entry.
        there = found.scalar_subquery() == _number(1)
        query = sa.select(compiler.json.array_of(_WORD, plain=True)).select_from(words).where(there)
        return compiler.json.nest(query.scalar_subquery())


def _words_of(compiler: Compiler, listed: Any) -> Any:
    if compiler.json.sqlite:
        return sa.func.json_each(listed).table_valued("value").alias("n")
    return sa.func.unnest(listed).table_valued("value").render_derived(name="n")


def _has_word(compiler: Compiler, e: Any) -> Any:
    """The entry has this very word, which is of letters only."""
    if compiler.json.sqlite:
        return e.c.number.in_(_full_text(literal('" ').concat(_WORD).concat(literal(' "'))))
    has: Any = sa.literal_column(LEXEMES.format(terms=f"{e.name}.terms"))
    return has.op("@@", is_comparison=True)(sa.cast(_WORD, _TsQuery()))


def _by_rank(compiler: Compiler, seen: Any) -> Any:
    """Each object by its best entry; the best objects. As exact as `ranking`, which has the last word."""
    first = _first(compiler, seen)
    others = _others(compiler, seen, first)
    both = sa.union_all(sa.select(*first.c), sa.select(*others.c)).subquery(compiler.alias("u"))
    best = _best(compiler, both)
    wide = ENTRIES.alias("w")
    found = sa.and_(wide.c.tenant_id == compiler.context("tenant"), wide.c.number == best.c.number)
    joined = wide.join(best, found)
    return sa.select(*(wide.c[name] for name in _WANTED)).select_from(joined).subquery(compiler.alias("f"))


def _first(compiler: Compiler, seen: Any) -> Any:
    """Entries that begin as the question: 0 the very text, 1 begins with its words, 2 with its letters."""
    e = ENTRIES.alias("e")
    words = _asked(compiler, lambda question: f" {' '.join(question.words)} ", "search_words")
    leads = sa.func.substr(e.c.terms, 1, sa.func.length(words)) == words
    rank = sa.case((e.c.compact == _compact(compiler), _number(0)), (leads, _number(1)), else_=_number(2))
    own = e.c.tenant_id == compiler.context("tenant")
    chosen = sa.select(*(e.c[name] for name in _KEYS), rank.label("rank"))
    return _once(compiler, chosen.where(own, *_begins(compiler, e), seen))


def _others(compiler: Compiler, seen: Any, first: Any) -> Any:
    """Other entries: 3 has all required words, 4 whatever else was found. None where the first fill the answer."""
    e = ENTRIES.alias("e")
    objects = sa.select(first.c.resource, first.c.object_id).distinct()
    several: Any = objects.limit(_number(MOST_RANKED)).subquery(compiler.alias("d"))
    count = sa.select(sa.func.count()).select_from(several).scalar_subquery()
    rank = sa.case((_holds(compiler, e, "strict"), _number(3)), else_=_number(4))
    chosen = sa.select(*(e.c[name] for name in _KEYS), rank.label("rank"))
    return _once(
        compiler,
        chosen.where(
            e.c.tenant_id == compiler.context("tenant"),
            _is_candidate(compiler, e),
            sa.not_(sa.and_(*_begins(compiler, e))),
            seen,
            count < _number(MOST_RANKED),
        ),
    )


def _once(compiler: Compiler, ranked: Any) -> Any:
    """Worked out once: SQLite would ask its full text again wherever the rank is named."""
    return ranked.cte(compiler.alias("ranked")).prefix_with("MATERIALIZED")


def _number(value: int) -> Any:
    return sa.literal_column(str(value), sa.Integer())


def _best(compiler: Compiler, ranked: Any) -> Any:
    size = sa.func.length(ranked.c.compact)
    place = sa.func.row_number().over(
        partition_by=(ranked.c.resource, ranked.c.object_id),
        order_by=(ranked.c.rank, size, ranked.c.kind, ranked.c.source_id),
    )
    inner = sa.select(*ranked.c, size.label("size"), place.label("place")).subquery(compiler.alias("m"))
    order = (inner.c.rank, inner.c.size, inner.c.compact, inner.c.resource, inner.c.object_id)
    return (
        sa.select(inner.c.number)
        .where(inner.c.place == sa.literal_column("1"))
        .order_by(*order)
        .limit(_number(MOST_RANKED))
        .subquery(compiler.alias("b"))
    )


def _alphabetical(compiler: Compiler, seen: Any) -> Any:
    """The first entries that begin so, as the index has them."""
    e = ENTRIES.alias("e")
    return (
        sa.select(*(e.c[name] for name in _WANTED))
        .where(e.c.tenant_id == compiler.context("tenant"), *_begins(compiler, e), seen)
        .order_by(e.c.tenant_id, e.c.compact)
        .limit(_number(MOST_RANKED))
        .subquery(compiler.alias("f"))
    )


def _is_candidate(compiler: Compiler, e: Any) -> Any:
    """Full text finds the entry."""
    loose = _holds(compiler, e, "loose")
    if compiler.json.sqlite:
        return loose
    # On the rows themselves, not by their numbers: a join would go by statistics, which lag behind a large import.
    return sa.or_(loose, *(e.c.terms.like(_part(compiler, position)) for position in (0, 1)))


def _part(compiler: Compiler, position: int) -> Any:
    return _asked(compiler, lambda question: matching.pattern(question, position), f"search_part_{position}")


def _holds(compiler: Compiler, e: Any, how: str) -> Any:
    """The entry has the words of the question."""
    if compiler.json.sqlite:
        phrases = _asked(compiler, getattr(matching, f"{how}_phrases"), f"search_{how}")
        return e.c.number.in_(_full_text(phrases))
    lexemes = _asked(compiler, getattr(matching, f"{how}_lexemes"), f"search_{how}")
    has: Any = sa.literal_column(LEXEMES.format(terms=f"{e.name}.terms"))
    return has.op("@@", is_comparison=True)(sa.cast(lexemes, _TsQuery()))


class _TsQuery(sa.types.UserDefinedType[Any]):
    """Only ever seen by CAST."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        """The type's name."""
        return "tsquery"


def _full_text(phrases: Any) -> Any:
    index: Any = sa.literal_column(FULL_TEXT)
    table = sa.table(FULL_TEXT, sa.column("rowid"))
    return sa.select(table.c.rowid).where(index.op("MATCH", is_comparison=True)(phrases))


def _begins(compiler: Compiler, e: Any) -> list[Any]:
    start = _compact(compiler)
    end = _asked(
        compiler, lambda question: question.compact + _LAST if question.compact else "", "search_end"
    )
    return [e.c.compact >= start, e.c.compact < end]


def _compact(compiler: Compiler) -> Any:
    return _asked(compiler, lambda question: question.compact, "search_compact")


def _asked(compiler: Compiler, part: Any, name: str) -> Any:
    """A parameter made of the question."""

    def source(request: Request) -> Any:
        return part(request.context[QUESTION])

    return compiler.binds.bind(source, CodeType(), name=name)


def _seen(compiler: Compiler, searched: Sequence[Searched]) -> Any:
    """The entry is of a field that the asker sees, of a row that they see, and finds an object that they see."""
    kind = sa.literal_column("e.kind", CodeType())
    freely: list[str] = []
    under_rules: list[Any] = []
    for one in searched:
        verdict, row = _verdict(compiler, one)
        if verdict is True:
            freely.append(one.kind)
        elif verdict is not False:
            under_rules.append(sa.and_(kind == literal(one.kind), row))
    if freely:
        under_rules.append(kind.in_([literal(name) for name in freely]))
    return sa.or_(*under_rules) if under_rules else sa.false()


def _verdict(compiler: Compiler, one: Searched) -> tuple[Any, Any]:
    """True, False or a condition for the row the text is of; and that there is such a row."""
    source = compiler.scope(one.source)
    shown = [guard.may(compiler, source), _shows(compiler, source, one.field)]
    if one.link is not None:
        shown += [_shows(compiler, source, one.link), _target_is_seen(compiler, one, source)]
    elif one.source.extends:
        shown.append(_target_is_seen(compiler, one, source))
    conditions = [condition for part in shown for condition in guard.conditions(part)]
    if any(part is False for part in shown):
        return False, None
    if not conditions:
        return True, None
    e = ENTRIES.alias("e")
    same = (
        source.tenant == sa.literal_column("e.tenant_id"),
        source.id == sa.literal_column("e.source_id", e.c.source_id.type),
    )
    return None, _there_is(source, *same, *conditions)


def _there_is(scope: Scope, *conditions: Any) -> Any:
    """There is such a row, which the conditions name by its key.

    No EXISTS: within an OR PostgreSQL may prefer to read the whole table first and look each row up in that.
    """
    row: Any = sa.select(sa.literal_column("1")).select_from(scope.table()).where(*conditions)
    return row.scalar_subquery() == sa.literal_column("1")


def _shows(compiler: Compiler, scope: Scope, spec: Any) -> Any:
    return guard.shows(compiler, scope, spec.name) if spec.hideable else True


def _target_is_seen(compiler: Compiler, one: Searched, source: Scope) -> Any:
    target = compiler.scope(one.target)
    verdict = guard.may(compiler, target)
    if isinstance(verdict, bool):
        return verdict
    same = sa.and_(target.tenant == source.tenant, target.id == source.column(one.object_column))
    return _there_is(target, same, verdict)


def _is_there(compiler: Compiler, found: Any, targets: list[ResourceInfo]) -> Any:
    ways = []
    for info in targets:
        scope = compiler.scope(info)
        same = (scope.tenant == compiler.context("tenant"), scope.id == found.c.object_id)
        ways.append(sa.and_(found.c.resource == literal(info.name), _there_is(scope, *same)))
    return sa.or_(*ways)


def _title(compiler: Compiler, found: Any, targets: list[ResourceInfo]) -> Any:
    """What the object is called, if the asker sees it; null where it has no name."""
    ways = []
    for info in targets:
        spec = title_of(info)
        if spec is None:
            continue
        scope = compiler.scope(info)
        verdict = _shows(compiler, scope, spec)
        if verdict is False:
            continue
        named = sa.select(scope.column(spec.name)).select_from(scope.table())
        named = named.where(
            scope.tenant == compiler.context("tenant"),
            scope.id == found.c.object_id,
            *guard.conditions(verdict),
        )
        ways.append((found.c.resource == literal(info.name), named.scalar_subquery()))
    return sa.case(*ways, else_=sa.null()) if ways else sa.null()
