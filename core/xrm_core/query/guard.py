"""Access rules as SQL: which rows of a resource the asker sees, and which of their fields."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import UuidType
from xrm_core.declare.registry import InverseInfo, ResourceInfo
from xrm_core.query.compiler import Axes, Clause, Compiler
from xrm_core.query.scope import Scope

_CURRENCY = "_currency"
Verdict = Any  # True, False or an SQL condition


def may(compiler: Compiler, scope: Scope, action: str = "read") -> Verdict:
    """The condition under which the asker may do `action` with the row: OR of allows, AND NOT OR of denies.

    A row whose required link is hidden is hidden too, unless it was reached from that very end; so is a plugin's
    1:1 part of a hidden row. What may be a superseded version is judged by the object as it is today, or was when it
    was deleted.
    """
    # Of all versions of one row there is no one to be named by its id.
    if compiler.nesting.hoists and scope.versions_of is None:
        return _hoisted(compiler, scope, action)
    return (_may_past if scope.is_past else _may)(compiler, scope, action)


def _hoisted(compiler: Compiler, scope: Scope, action: str) -> Verdict:
    """The same, worked out once for all rows in front of the statement instead of row by row inside it."""
    known = (scope.info.name, action, scope.origin, scope.latest, id(scope.known), compiler.axes.known_at)
    if known not in compiler.hoisted:
        rows = compiler.scope(scope.info, origin=scope.origin)
        rows.latest, rows.known = scope.latest, scope.known
        verdict = (_may_past if rows.is_past else _may)(compiler, rows, action)
        if not isinstance(verdict, bool):
            tenant = rows.tenant == compiler.context("tenant")
            seen = sa.select(rows.id.label("id")).select_from(rows.table()).where(tenant, verdict)
            verdict = seen.cte(compiler.alias("seen"))
        compiler.hoisted[known] = verdict
    verdict = compiler.hoisted[known]
    return verdict if isinstance(verdict, bool) else scope.id.in_(sa.select(verdict.c.id))


def seen(compiler: Compiler, scope: Scope) -> tuple[list[Any], list[Any]]:
    """The conditions under which the asker reads the row: those on the row itself, and those that look up others."""
    if scope.is_past or compiler.nesting.hoists:
        return conditions(may(compiler, scope)), []
    granted = _granted(compiler, scope, "read")
    ends = [] if granted is False else list(_required_ends(compiler, scope))
    if any(end is False for end in ends):
        return conditions(False), []
    return conditions(granted), [end for end in ends if end is not True]


def _may(compiler: Compiler, scope: Scope, action: str) -> Verdict:
    verdict = _granted(compiler, scope, action)
    if action == "read" and verdict is not False:
        verdict = _all([verdict, *_required_ends(compiler, scope)])
    return verdict


def _granted(compiler: Compiler, scope: Scope, action: str) -> Verdict:
    grant = compiler.access.grant(scope.info.name, action)
    allowed = _any(_clause(compiler, scope, clause) for clause in grant.allow)
    denied = _any(_clause(compiler, scope, clause) for clause in grant.deny if clause.is_whole)
    return _all([allowed, _none(denied)])


def _may_past(compiler: Compiler, scope: Scope, action: str) -> Verdict:
    def today(latest: Scope) -> Verdict:
        return may(compiler, latest, action)

    verdict = _of_today(compiler, scope, today)
    return verdict if verdict is False else _all([verdict, *_required_ends(compiler, scope)])


def _of_today(compiler: Compiler, scope: Scope, judge: Callable[[Scope], Verdict]) -> Verdict:
    """What `judge` says of the object today, or as it was when it was deleted, whichever version the row is."""
    spec = scope.info.links.get(scope.origin or "")
    # Another end may have been reached then than the object has today.
    origin = scope.origin if spec is None or spec.immutable else None
    latest = compiler.latest(scope, origin=origin)
    asked, compiler.axes = compiler.axes, Axes()
    verdict = judge(latest)
    compiler.axes = asked
    if isinstance(verdict, bool):
        return verdict
    same = sa.and_(latest.tenant == scope.tenant, latest.id == scope.id)
    return _looked_up(sa.select(sa.literal_column("1")).select_from(latest.table()).where(same, verdict))


def _looked_up(rows: Any) -> Verdict:
    """That there is such a row, asked row by row: joined instead, PostgreSQL would read all of what is looked up."""
    return sa.case(
        (sa.exists(rows), sa.literal_column("1")), else_=sa.literal_column("0")
    ) == sa.literal_column("1")


def shows(compiler: Compiler, scope: Scope, field: str) -> Verdict:
    """The condition under which a row that the asker sees shows them this field.

    A currency goes with its amount, and what is worked out from a hidden field with that.
    """
    if scope.is_past:
        return _of_today(compiler, scope, lambda latest: shows(compiler, latest, field))
    # A key of custom fields that ends so is no currency.
    if field.endswith(_CURRENCY) and field not in scope.info.fields and "." not in field:
        field = field.removesuffix(_CURRENCY)
    grant = compiler.access.grant(scope.info.name, "read")
    givers = [clause for clause in grant.allow if clause.shows(field)]
    if len(givers) == len(grant.allow):
        given: Verdict = bool(givers)
    else:
        given = _any(_clause(compiler, scope, clause) for clause in givers)
    denied = _any(
        _clause(compiler, scope, clause)
        for clause in grant.deny
        if not clause.is_whole and clause.shows(field)
    )
    computed = scope.info.computed.get(field)
    told_of = sorted(computed.tells_of) if computed is not None else ()
    return _all([given, _none(denied), *(shows(compiler, scope, name) for name in told_of)])


def is_listed(compiler: Compiler, scope: Scope, inverse: InverseInfo) -> list[Any]:
    """The conditions that the asker sees where the row's links lead, by which it is in the list `inverse`."""
    hideable = [spec for spec in inverse.links if spec.hideable]
    return [condition for spec in hideable for condition in conditions(shows(compiler, scope, spec.name))]


def conditions(verdict: Verdict) -> list[Any]:
    """The verdict as things to put in a WHERE."""
    if verdict is True:
        return []
    return [sa.false() if verdict is False else verdict]


def _clause(compiler: Compiler, scope: Scope, clause: Clause) -> Verdict:
    from xrm_core.query.where import (
        where,
    )  # rules are written in the filter language, which is guarded by rules

    parts: list[Verdict] = []
    if clause.role is not None:
        parts.append(_is_of_units(compiler, scope, f"units:{clause.role}"))
    if clause.rule:
        # Whatever time the question is about, what the asker may see is decided by what holds now.
        asked, compiler.axes = compiler.axes, Axes()
        parts.append(where(compiler, scope, clause.rule, guarded=False))
        compiler.axes = asked
    return compiler.noted(_all(parts), f"{scope.info.name}: {clause.said}")


def _is_of_units(compiler: Compiler, scope: Scope, units: str) -> Verdict:
    """The row is of one of the units, or it, and what it hangs on, is the tenant's."""
    if scope.info.unit_column is not None:
        return compiler.binds.within(scope.column(scope.info.unit_column), units, UuidType())
    hangs_on = _hangs_on(compiler, scope)
    if hangs_on is None:
        return True
    resource, tenant, object_id = hangs_on
    asked, compiler.axes = compiler.axes, Axes()
    whole = compiler.scope(resource)
    compiler.axes = asked
    unit = whole.column(str(resource.unit_column))
    same = sa.and_(whole.tenant == tenant, whole.id == object_id)
    is_ours = sa.or_(unit.is_(None), compiler.binds.within(unit, units, UuidType()))
    return sa.exists(sa.select(sa.literal_column("1")).select_from(whole.table()).where(same, is_ours))


def _hangs_on(compiler: Compiler, scope: Scope) -> tuple[ResourceInfo, Any, Any] | None:
    """What the row is a part of, or requires, and that has a unit: its resource, its tenant and its id."""
    info = scope.info
    base = compiler.resource(info.extends) if info.extends else None
    if base is not None and base.unit_column is not None:
        if scope.owner is None or scope.wanted is None:
            return base, scope.tenant, scope.id
        # The part's own row may not be there.
        return base, scope.owner.tenant, scope.wanted
    link = info.unit_link
    return None if link is None else (compiler.resource(link.target), scope.tenant, scope.column(link.column))


def _required_ends(compiler: Compiler, scope: Scope) -> Iterable[Verdict]:
    if scope.info.extends and scope.origin != "id" and not scope.latest:
        seen = _end_is_seen(compiler, scope, scope.info.extends, "id")
        yield compiler.noted(seen, f"{scope.info.name}: hidden where its {scope.info.extends} is hidden")
    for spec in scope.info.links.values():
        # What cannot change is the same in the version asked about, and looked at there.
        is_seen_there = scope.latest and spec.immutable
        # A resource that requires one of its own kind would ask for ever; such chains are seen link by link.
        is_chain = spec.target == scope.info.name
        if not (spec.nullable or scope.origin == spec.name or is_chain or is_seen_there):
            seen = _end_is_seen(compiler, scope, spec.target, spec.column)
            if spec.name in scope.near and not (isinstance(seen, bool) or scope.is_past):
                # The end it was come from is seen: only the far one is looked up.
                seen = sa.or_(scope.column(spec.column) == scope.parent, seen)
            yield compiler.noted(seen, f"{scope.info.name}: hidden where its {spec.name} is hidden")
    yield _told_of(compiler, scope)


def _told_of(compiler: Compiler, scope: Scope) -> Verdict:
    from xrm_core.query.about import told_of_is_seen  # what is told of is guarded in its turn

    seen = told_of_is_seen(compiler, scope)
    return compiler.noted(seen, f"{scope.info.name}: hidden where what it tells of is hidden")


def _end_is_seen(compiler: Compiler, scope: Scope, resource: str, column: str) -> Verdict:
    target = compiler.scope(compiler.resource(resource))
    verdict = may(compiler, target)
    # What a superseded version refers to may be gone, and what is there now may not have been known then.
    is_there = not (scope.is_past or target.is_past)
    if verdict is False or (verdict is True and is_there):
        return verdict
    if target.info.few and is_there:
        return _is_one_of_few(compiler, target, verdict, scope.column(column))
    same = sa.and_(target.tenant == scope.tenant, target.id == scope.column(column))
    rows: Any = (
        sa.select(sa.literal_column("1")).select_from(target.table()).where(same, *conditions(verdict))
    )
    return sa.exists(rows) if is_there else _looked_up(rows)


def _is_one_of_few(compiler: Compiler, few: Scope, verdict: Verdict, column: Any) -> Verdict:
    """That the column's is one of those seen: nothing in it depends on the row, so it is worked out once."""
    seen = sa.select(few.id).select_from(few.table())
    seen = seen.where(few.tenant == compiler.context("tenant"), verdict)
    if compiler.json.sqlite:
        return column.in_(seen)
    # As IN it would be joined, and looked through again for each row; without IS TRUE it would be what an index is
    # searched for, once for each that is seen.
    return (column == sa.any_(sa.func.array(seen.scalar_subquery()))).is_(sa.true())


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    parts = [verdict for verdict in verdicts if verdict is not False]
    if any(part is True for part in parts):
        return True
    return sa.or_(*parts) if parts else False


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    parts = [verdict for verdict in verdicts if verdict is not True]
    if any(part is False for part in parts):
        return False
    return sa.and_(*parts) if parts else True


def _none(verdict: Verdict) -> Verdict:
    if isinstance(verdict, bool):
        return not verdict
    # A condition that is neither true nor false must not lift a denial, nor hide what it does not concern.
    return sa.case((verdict, sa.literal_column("0")), else_=sa.literal_column("1")) == sa.literal_column("1")
