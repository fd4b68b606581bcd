"""What has been declared: every resource, its fields, links and the lists they make at the other side."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xrm_core.declare.reading import find_sources
from xrm_core.declare.specs import ComputedSpec, FieldSpec, LinkSpec, OtherEndSpec, VirtualSpec
from xrm_core.text import camel, plural

if TYPE_CHECKING:
    from xrm_core.declare.resource import Resource


@dataclass(slots=True)
class InverseInfo:
    """A list of `source` objects, seen from the object that `links` point to."""

    name: str
    namespace: str | None
    source: str
    links: list[LinkSpec]
    as_list: bool


@dataclass(slots=True)
class ResourceInfo:
    """One resource: its names, its parts, its table."""

    name: str
    model: "type[Resource]"
    type_name: str
    description: str
    extends: str | None
    root: bool
    crud: frozenset[str]
    custom: bool = True
    few: bool = False
    fields: dict[str, FieldSpec] = field(default_factory=dict)
    links: dict[str, LinkSpec] = field(default_factory=dict)
    internal: dict[str, FieldSpec] = field(default_factory=dict)
    computed: dict[str, ComputedSpec] = field(default_factory=dict)
    virtual: dict[str, VirtualSpec] = field(default_factory=dict)
    other_ends: dict[str, OtherEndSpec] = field(default_factory=dict)
    inverses: dict[str, InverseInfo] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=list)
    # The two days between which a row holds, if it has any; the table of its superseded versions, if they are kept.
    valid: tuple[str, str] | None = None
    history: sa.Table | None = None

    @property
    def plugin(self) -> str:
        """The id of the plugin that declares it; `core` for the platform's own."""
        return self.name.split(".", 1)[0]

    @property
    def table(self) -> sa.Table:
        """Its table."""
        table = self.model.__table__
        assert isinstance(table, sa.Table)
        return table

    @property
    def one(self) -> str:
        """The root field that reads one: `party`."""
        return self.type_name[0].lower() + self.type_name[1:]

    @property
    def many(self) -> str:
        """The root field that reads a page: `parties`."""
        return self.model.__plural__ or plural(self.one)

    @property
    def unit_column(self) -> str | None:
        """The column that says whose it is; None where it belongs to the tenant."""
        return "unit_id" if "unit" in self.links else None

    @property
    def unit_link(self) -> LinkSpec | None:
        """Where it says not itself whose it is: the required link to what does, so that it is whose that is."""
        if self.unit_column is not None:
            return None
        required = (spec for spec in self.links.values() if not spec.nullable)
        return next((spec for spec in required if REGISTRY[spec.target].unit_column is not None), None)

    @property
    def lifecycle(self) -> FieldSpec | None:
        """The field a state machine moves, if there is one."""
        return next((spec for spec in self.fields.values() if spec.lifecycle), None)

    def stored(self) -> dict[str, FieldSpec | LinkSpec]:
        """What is stored, by its Python name."""
        return {**self.fields, **self.links}

    def api_names(self) -> dict[str, Any]:
        """Every own part by its API name, inverses apart."""
        parts = {**self.fields, **self.links, **self.computed, **self.virtual, **self.other_ends}
        return {camel(name): spec for name, spec in parts.items()}


def is_within(module: str, package: str) -> bool:
    """Whether a module is of a package."""
    return module == package or module.startswith(f"{package}.")


class Registry:
    """All resources of this process, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, ResourceInfo] = {}
        self._linked: set[str] = set()

    def add(self, info: ResourceInfo) -> None:
        """Take a declared resource in. Raises ValueError if the name is taken."""
        if info.name in self._by_name:
            raise ValueError(f"the resource {info.name} is declared twice")
        self._by_name[info.name] = info

    def withdraw(self, package: str) -> None:
        """Forget what the modules of a package declared and nothing is connected to yet."""
        for info in list(self):
            if is_within(info.model.__module__, package) and info.name not in self._linked:
                del self._by_name[info.name]
                # Its key would be no key of any row, and no migration makes its table.
                info.model.metadata.remove(info.table)
                if info.history is not None:
                    info.model.metadata.remove(info.history)

    def __getitem__(self, name: str) -> ResourceInfo:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[ResourceInfo]:
        return iter(self._by_name.values())

    def of(self, model: "type[Resource]") -> ResourceInfo:
        """The declaration behind a class."""
        return self._by_name[model.__resource__]

    def enabled(self, plugins: Iterable[str]) -> list[ResourceInfo]:
        """The resources of these plugins and of core, in order of declaration."""
        shown = {"core", *plugins}
        return [info for info in self if info.plugin in shown]

    def extend_virtual(self, resource: str, name: str, spec: VirtualSpec) -> None:
        """Add a value that Python computes to a resource of another; what the resource has itself stays."""
        info = self[resource]
        if camel(name) not in info.api_names():
            spec.name = name
            info.virtual[name] = spec

    def extend_list(self, resource: str, inverse: InverseInfo) -> None:
        """Add a list to a resource whose rows do not link to it by a declared link; one of that name stays."""
        known = f"{inverse.namespace}.{inverse.name}" if inverse.namespace else inverse.name
        self[resource].inverses.setdefault(known, inverse)

    def finalize(self) -> None:
        """Connect what refers to each other: foreign keys, inverse lists, extensions. May run again later."""
        new = [info for info in self if info.name not in self._linked]
        for info in new:
            self._linked.add(info.name)
            self._connect(info)
        for info in new:
            find_sources(info)

    def _connect(self, info: ResourceInfo) -> None:
        if info.extends:
            self[info.extends].extensions.append(info.name)
            self._constrain(info, "id", info.extends, on_delete="cascade")
        for spec in info.links.values():
            self._constrain(info, spec.column, spec.target, on_delete=spec.on_delete)
            if spec.inverse:
                self._invert(info, spec, spec.inverse)

    def _constrain(self, info: ResourceInfo, column: str, target: str, *, on_delete: str) -> None:
        table, other = info.table, self[target].table
        table.append_constraint(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [other.c.tenant_id, other.c.id],
                name=f"fk_{table.name}_{column}",
                deferrable=True,
                initially="DEFERRED",
                ondelete="CASCADE" if on_delete == "cascade" else None,
            )
        )

    def _invert(self, info: ResourceInfo, spec: LinkSpec, inverse: str) -> None:
        namespace, _, name = inverse.rpartition(".")
        target = self[spec.target]
        known = target.inverses.get(inverse)
        if known is None:
            target.inverses[inverse] = InverseInfo(
                camel(name), namespace or None, info.name, [spec], spec.inverse_list
            )
        else:
            known.links.append(spec)


REGISTRY = Registry()
