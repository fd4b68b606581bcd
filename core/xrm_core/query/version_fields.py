"""The versions of one object, newest first: since when and until when each was known, and what it changed."""

from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import UtcDateTime, UuidType
from xrm_core.declare.historical import KNOWN_TO, RECORDED_AT
from xrm_core.declare.registry import ResourceInfo
from xrm_core.declare.specs import FieldSpec, Kind, LinkSpec
from xrm_core.query import guard
from xrm_core.query.compiler import LIST_SYMBOLS, OBJECT_SYMBOLS, Compiler, Path
from xrm_core.query.custom import changed_fields
from xrm_core.query.fields import row_json
from xrm_core.query.lists import Page, connection
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected
from xrm_core.query.versions import IS_FIRST, columns_of
from xrm_core.text import camel


class VersionsField:
    """What was ever known of an object, whatever times the question is about."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The connection."""
        if compiler.has_no_room(LIST_SYMBOLS, scope):
            return compiler.continued(self, scope, selected, path)
        version = compiler.scope(self.info, origin="id" if self.info.extends else None)
        version.versions_of = scope
        arguments = {**selected.arguments, "orderBy": [{camel(RECORDED_AT): "DESC"}]}
        page = Page(compiler, version, arguments, [], top=False)
        with compiler.deeper(LIST_SYMBOLS):
            return connection(
                page, selected, lambda child, row, here: row_json(compiler, row, child, here), path
            )


class KnownToField:
    """Until when a version was known."""

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The moment; null for the version that is known now."""
        return compiler.json.value(Kind.MOMENT, scope.carry(KNOWN_TO, UtcDateTime()))


class VersionedObjectField:
    """The object as a version says it is."""

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The object: its own values and links as they were, what hangs on it as the question is about."""
        with compiler.deeper(OBJECT_SYMBOLS):
            return row_json(compiler, scope, selected, path)


class ChangedField:
    """What a version says differently from the one before it."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The names of the fields, of those that the asker sees; none for the first version."""
        is_later = sa.not_(scope.carry(IS_FIRST, sa.Boolean()))
        pairs = []
        for name, spec in self.info.stored().items():
            changed = None if name == RECORDED_AT else self._changed(compiler, scope, spec)
            if changed is not None:
                pairs.append((camel(name), sa.and_(is_later, changed)))
        if self.info.custom:
            pairs += [
                (name, sa.and_(is_later, differs))
                for name, differs in changed_fields(compiler, scope, self.info)
            ]
        return compiler.json.names(pairs)

    def _changed(self, compiler: Compiler, scope: Scope, spec: FieldSpec | LinkSpec) -> Any:
        if spec.immutable:
            return None
        verdict = guard.shows(compiler, scope, spec.name) if spec.hideable else True
        if verdict is False:
            return None
        if isinstance(spec, LinkSpec):
            differs = self._led_elsewhere(compiler, scope, spec)
        else:
            columns = columns_of(self.info, spec.name)
            differs = sa.or_(*[scope.carry(f"changed:{column}", sa.Boolean()) for column in columns])
        return sa.and_(differs, *guard.conditions(verdict))

    def _led_elsewhere(self, compiler: Compiler, scope: Scope, spec: LinkSpec) -> Any:
        """That a link led to something else before, as far as the asker sees where it leads."""
        after, before = scope.column(spec.column), scope.carry(f"before:{spec.column}", UuidType())
        return self._seen(compiler, scope, spec, after).is_distinct_from(
            self._seen(compiler, scope, spec, before)
        )

    def _seen(self, compiler: Compiler, scope: Scope, spec: LinkSpec, object_id: Any) -> Any:
        target = compiler.scope(compiler.resource(spec.target))
        same = sa.and_(target.tenant == scope.tenant, target.id == object_id)
        seen = guard.conditions(guard.may(compiler, target))
        found: Any = sa.select(sa.literal_column("1")).select_from(target.table()).where(same, *seen)
        return sa.case((sa.exists(found), object_id), else_=sa.null())
