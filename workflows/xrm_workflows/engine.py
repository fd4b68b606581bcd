"""Which machine moves what: the processes and guards of the enabled plugins, put together once."""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from xrm_core.declare import Context
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.errors import DomainError
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.relationship import Relationship
from xrm_workflows import inputs
from xrm_workflows.definition import START, Process
from xrm_workflows.guards import Guard, GuardInput, GuardRegistry
from xrm_workflows.machine import StateMachine
from xrm_workflows.processes.relationship import MACHINES, PROCESSES, shipped_guards, state_name

_LOG = structlog.get_logger("xrm.workflows")
# Where plugins write them: machines and guards in workflows, inputs that ask the database in repository.
PARTS = ("workflows", "repository")
RELATIONSHIP = Relationship.__resource__


@dataclass(frozen=True, slots=True)
class Engine:
    """The machines by process id, and the guards they ask. What is not here moves nothing."""

    machines: Mapping[str, StateMachine]
    guards: GuardRegistry
    kinds: dict[int, dict[Any, str]] = field(default_factory=dict)

    def machine(self, subject: Any) -> StateMachine | None:
        """The machine of an object; None if it has no life of its own, or nobody knows it."""
        info = REGISTRY.of(type(subject))
        if info.name == RELATIONSHIP:
            kind = self.kind(subject)
            return MACHINES[kind] if kind else None
        return self.machines.get(info.lifecycle.lifecycle or "") if info.lifecycle else None

    def kind(self, edge: Any) -> str | None:
        """CUSTOMER, SUPPLIER or PARTNER; None for an edge that is not managed."""
        known = self.kinds.get(edge.tenant_id)
        if known is None:
            known = {relationship_type_id(edge.tenant_id, kind): kind for kind in PROCESSES}
            self.kinds[edge.tenant_id] = known
        return known.get(edge.type)

    def state(self, subject: Any) -> str:
        """Where the object is in its machine; START if it has not entered it."""
        info = REGISTRY.of(type(subject))
        if info.name == RELATIONSHIP:
            kind = self.kind(subject) or ""
            found = state_name(kind, stage=subject.stage, substage=subject.substage, status=subject.status)
            return found or START
        return (getattr(subject, info.lifecycle.name) if info.lifecycle else None) or START

    def processes(self) -> list[Process]:
        """Every process there is, relationships first."""
        return [*PROCESSES.values(), *(machine.process for machine in self.machines.values())]

    def resources(self, plugins: Iterable[str]) -> list[ResourceInfo]:
        """The resources of these plugins whose objects have a life."""
        return [info for info in REGISTRY.enabled(plugins) if info.lifecycle is not None]


_ENGINES: WeakKeyDictionary[Any, dict[frozenset[str], Engine]] = WeakKeyDictionary()


def engine_of(ctx: Context) -> Engine:
    """The engine of the plugins enabled in this context, made once for each set of them."""
    return engine_for(ctx.app.host, ctx.plugins)


def engine_for(host: Any, enabled: frozenset[str]) -> Engine:
    """The engine of these plugins of a host."""
    known = _ENGINES.setdefault(host, {})
    if enabled not in known:
        # Plugins come and go rarely: only the present set is kept.
        _ENGINES[host] = known = {enabled: _build(host, enabled)}
    return known[enabled]


def _build(host: Any, enabled: frozenset[str]) -> Engine:
    guards = GuardRegistry(*shipped_guards())
    guards.collect(inputs)
    machines: dict[str, StateMachine] = {}
    for plugin_id, module in _modules(host, enabled):
        for each in vars(module).values():
            if isinstance(each, Guard | GuardInput):
                _take_guard(guards, each)
            elif isinstance(each, Process) and each.id not in machines:
                _take_process(machines, plugin_id, each)
    return Engine(machines, guards)


def _modules(host: Any, enabled: frozenset[str]) -> Iterator[tuple[str, ModuleType]]:
    for plugin in host.installed.values():
        if plugin.id not in enabled or plugin.id == "workflows":
            continue
        for part in PARTS:
            name = f"{plugin.package}.{part}"
            if importlib.util.find_spec(name) is not None:
                yield plugin.id, importlib.import_module(name)


def _take_guard(guards: GuardRegistry, each: Guard | GuardInput) -> None:
    try:
        guards.add(each)
    except DomainError as wrong:
        # The first one keeps the name; whoever needed the other is refused, and the log says why.
        _LOG.error("guard not taken", guard=each.name, reason=wrong.message)


def _take_process(machines: dict[str, StateMachine], plugin_id: str, process: Process) -> None:
    if not process.id.startswith(f"{plugin_id}."):
        _LOG.error("process not taken", process=process.id, reason=f"its id must start with {plugin_id}.")
        return
    try:
        machines[process.id] = StateMachine(process)
    except DomainError as wrong:
        _LOG.error("process not taken", process=process.id, reason=wrong.message)
