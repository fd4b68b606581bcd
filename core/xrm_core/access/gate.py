"""Access rules for commands: the same filters that guard reading, as conditions on the rows a command touches."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.visitors import replacement_traverse

from xrm_core.access.book import AccessView
from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.identity.actor import Actor
from xrm_core.query import guard
from xrm_core.query.binds import CONTEXT_PREFIX, Request
from xrm_core.query.compiler import Clause, Compiler


def request_context(actor: Actor, view: AccessView, now: Any = None) -> dict[str, Any]:
    """What compiled statements ask of the actor: tenant, user, unit, today, zone, units of each role."""
    return {
        "tenant": actor.tenant_id,
        "user": actor.user_id,
        "unit": actor.home_unit,
        "today": actor.today(now),
        "language": actor.language,
        "zone": actor.clock or actor.time_zone,
        "custom_fields": view.custom_fields.stamp,
        **view.parameters,
    }


class SqlGate:
    """Conditions for one actor."""

    def __init__(self, dialect: Dialect, view: AccessView, plugins: frozenset[str]) -> None:
        self.dialect, self.view, self.plugins = dialect, view, plugins

    def may_ever(self, resource: str, action: str) -> bool:
        """Whether any policy gives the actor the action on some row."""
        return self.view.may_ever(resource, action)

    def may_in(self, resource: str, action: str, unit: Any) -> bool:
        """Whether a policy gives the actor the action in this unit, or everywhere, and none takes it away there."""
        grant = self.view.grant(resource, action)

        def holds(clause: Clause) -> bool:
            return clause.role is None or unit in (self.view.units[clause.role] or ())

        # A denial with a rule is about rows, and asked of them.
        is_denied = any(holds(clause) for clause in grant.deny if clause.is_whole and not clause.rule)
        return any(holds(clause) for clause in grant.allow) and not is_denied

    def shows(self, resource: str, field: str) -> bool:
        """Whether every row that the actor may read shows them this field."""
        compiler = Compiler(self.dialect, self.view, self.plugins)
        return guard.shows(compiler, compiler.scope(REGISTRY[resource]), field) is True

    def condition(self, ctx: Context, model: type[Any], action: str) -> Any:
        """That the actor may do `action` with a row of the model."""
        info = REGISTRY.of(model)
        request = Request(ctx.actor, {}, request_context(ctx.actor, self.view, ctx.now))
        compiler = Compiler(self.dialect, self.view, self.plugins, request)
        scope = compiler.scope(info)
        verdict = guard.may(compiler, scope, action)
        rows: Any = model
        own = rows.tenant_id == ctx.tenant_id
        if isinstance(verdict, bool):
            return sa.and_(own, sa.true() if verdict else sa.false())
        seen = sa.select(scope.id).select_from(scope.table()).where(scope.tenant == ctx.tenant_id, verdict)
        return sa.and_(own, rows.id.in_(_filled(seen, request)))


def _filled(statement: Any, request: Request) -> Any:
    """The statement with the values of the request's context where a computed field names them."""

    def fill(element: Any, **_: Any) -> Any:
        if not isinstance(element, sa.BindParameter) or not element.key.startswith(CONTEXT_PREFIX):
            return None
        name = element.key.removeprefix(CONTEXT_PREFIX)
        if name not in request.context:
            return None
        return sa.bindparam(None, request.context[name], type_=element.type, unique=True)

    return replacement_traverse(statement, {}, fill)
