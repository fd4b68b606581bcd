"""Finds plugins, loads their code, and knows which of them are shown."""

import importlib
import importlib.util
from collections.abc import Iterable
from enum import StrEnum
from importlib import resources
from importlib.metadata import entry_points
from typing import Any

import pluggy
import structlog

from xrm_core.access.check import policy_problems
from xrm_core.access.policies import Policy, read_policies
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.crud import declare_crud
from xrm_core.declare.question import QUERIES
from xrm_core.declare.registry import REGISTRY, is_within
from xrm_core.documents import register_template_root, unregister_template_root
from xrm_core.errors import Conflict, DomainError, NotFound
from xrm_core.plugins.hookspecs import Hooks
from xrm_core.plugins.manifest import Plugin

_LOG = structlog.get_logger("xrm.plugins")
# The files in which a plugin declares, in the order they may build on each other.
_PARTS = ("models", "party", "workflows", "commands", "queries", "jobs", "documents", "views")
_CORE_PARTS = (
    "xrm_core.graph.activity",
    "xrm_core.events.models",
    "xrm_core.identity.models",
    "xrm_core.plugins.models",
    "xrm_core.documents.models",
    "xrm_core.custom.commands",
    "xrm_core.graph.commands",
    "xrm_core.graph.control.upkeep",
    "xrm_core.jobs.models",
    "xrm_core.jobs.commands",
)


class PluginState(StrEnum):
    """Whether a plugin is shown."""

    AVAILABLE = "AVAILABLE"
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    QUARANTINED = "QUARANTINED"


class BadPlugin(DomainError):
    """A plugin breaks a rule of the house, so it is not loaded."""

    code = "core.bad_plugin"


class PluginHost:
    """The plugins of this process: installed (their code is mapped) and enabled (they are shown)."""

    def __init__(self) -> None:
        self.installed: dict[str, Plugin] = {}
        self.quarantined: dict[str, str] = {}
        self.known: set[str] = set()
        self.enabled: frozenset[str] = frozenset()
        self._managers: dict[frozenset[str], pluggy.PluginManager] = {}

    def load(self, extra: Iterable[Plugin] = ()) -> None:
        """Import core's and every installed plugin's declarations. A plugin that fails is quarantined."""
        for name in _CORE_PARTS:
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
        for plugin in self._in_order([*self._discovered(), *extra]):
            if plugin.id in self.installed:
                continue
            try:
                self._load_one(plugin)
            except (Exception, SystemExit) as wrong:
                self.quarantine(plugin.id, wrong)
                _withdraw(plugin.package)
            self.installed[plugin.id] = plugin
        REGISTRY.finalize()
        self._extend()
        for info in REGISTRY:
            for action in sorted(info.crud):
                if f"{info.name}.{action}" not in COMMANDS:
                    declare_crud(info)
                    break

    def _extend(self) -> None:
        """Let platform plugins add to what all others declared; what they add is shown with the platform."""
        for plugin in self.installed.values():
            if plugin.is_always_on and plugin.id not in self.quarantined:
                module = importlib.import_module(f"{plugin.package}.plugin")
                extend = getattr(module, "extend_declarations", None)
                if extend is not None:
                    extend(registry=REGISTRY)

    def _discovered(self) -> list[Plugin]:
        found = []
        for entry in sorted(entry_points(group="xrm.plugins"), key=lambda entry: entry.name):
            try:
                found.append(entry.load())
            except (Exception, SystemExit) as wrong:
                self.quarantine(entry.name, wrong)
        return found

    def quarantine(self, plugin_id: str, wrong: BaseException) -> None:
        """The plugin is not shown any more in this process; the log says why."""
        self.quarantined[plugin_id] = f"{type(wrong).__name__}: {wrong}"
        _LOG.error("plugin quarantined", plugin=plugin_id, exc_info=wrong)

    def _load_one(self, plugin: Plugin) -> None:
        if plugin.id in self.quarantined:
            raise BadPlugin(self.quarantined[plugin.id])
        broken = [needed for needed in plugin.requires if needed in self.quarantined]
        if broken:
            raise BadPlugin(f"{plugin.id} needs {', '.join(broken)}, which could not be loaded.")
        for part in _PARTS:
            name = f"{plugin.package}.{part}"
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
        for name in _declared_in(plugin.package):
            if name.split(".", 1)[0] != plugin.id:
                raise BadPlugin(f"{name} must be named {plugin.id}.…")
        if taken := _taken_by(plugin.package):
            raise BadPlugin(f"{plugin.id} declares what the API has already: {', '.join(sorted(taken))}.")
        self._check_hooks(plugin)

    @staticmethod
    def _check_hooks(plugin: Plugin) -> None:
        """Its hooks exist and take what they are given: else whoever called one would fail."""
        manager = pluggy.PluginManager("xrm")
        manager.add_hookspecs(Hooks)
        manager.register(importlib.import_module(f"{plugin.package}.plugin"))
        manager.check_pending()

    def _in_order(self, plugins: list[Plugin]) -> list[Plugin]:
        """Those that others require come first; those that require each other are quarantined."""
        by_id = {plugin.id: plugin for plugin in plugins}
        ordered: dict[str, Plugin] = {}

        def visit(plugin: Plugin, above: tuple[str, ...]) -> None:
            if plugin.id in above:
                circle = above[above.index(plugin.id) :]
                for member in circle:
                    self.quarantined[member] = f"{' → '.join((*circle, plugin.id))} require each other."
                return
            for needed in plugin.requires:
                if needed in by_id:
                    visit(by_id[needed], (*above, plugin.id))
            ordered.setdefault(plugin.id, plugin)

        for plugin in sorted(plugins, key=lambda item: (not item.is_always_on, item.id)):
            visit(plugin, ())
        return list(ordered.values())

    def show(self, enabled: Iterable[str], known: Iterable[str]) -> None:
        """Set which plugins are enabled, and which ever were."""
        sound = self.sound(enabled)
        self._templates(self.enabled, sound)
        self.enabled = sound
        self.known = set(known)

    def sound(self, enabled: Iterable[str]) -> frozenset[str]:
        """Those of the enabled plugins that can be shown, and those always on: loaded, and what they require too."""
        wanted = {name for name in enabled if name in self.installed}
        wanted |= {plugin.id for plugin in self.installed.values() if plugin.is_always_on}
        sound = wanted - set(self.quarantined)
        while unmet := {name for name in sound if not sound.issuperset(self.installed[name].requires)}:
            sound -= unmet
        return frozenset(sound)

    def _templates(self, before: frozenset[str], after: frozenset[str]) -> None:
        for name in before - after:
            unregister_template_root(name)
        for name in after - before:
            package = self.installed[name].package
            if resources.files(package).joinpath("templates").is_dir():
                register_template_root(name, package)

    def check_enable(self, plugin_id: str) -> Plugin:
        """The plugin, if it may be enabled. Raises: NotFound, Conflict."""
        plugin = self.installed.get(plugin_id)
        if plugin is None:
            raise NotFound("plugin", plugin_id, field="id")
        if plugin_id in self.quarantined:
            raise Conflict(f"{plugin_id} could not be loaded: see the log.", field="id")
        problems = policy_problems(plugin_id, self.policies(plugin), self.enabled | {plugin_id})
        if problems:
            raise BadPlugin(f"The policies of {plugin_id} are wrong.", field="id", problems=problems)
        missing = [needed for needed in plugin.requires if needed not in self.enabled]
        if missing:
            raise Conflict(f"{plugin_id} needs {', '.join(missing)} enabled first.", field="id")
        return plugin

    @staticmethod
    def policies(plugin: Plugin) -> list[Policy]:
        """The policies a plugin ships. Raises: BadPlugin if it has resources and no policies: nobody could use it."""
        policies = read_policies(plugin.package)
        if not policies and any(info.plugin == plugin.id for info in REGISTRY):
            raise BadPlugin(f"{plugin.id} has no policies.csv.", field="id")
        return policies

    def rights(self, plugin_id: str) -> list[Policy]:
        """The policies of a plugin that are in force: it gives nothing on what it does not own."""
        policies = read_policies(self.installed[plugin_id].package)
        return [
            policy
            for policy in policies
            if not policy.is_allow or policy.object.split(".", 1)[0] == plugin_id
        ]

    def needs(self, plugin_id: str) -> list[Plugin]:
        """A plugin and all it requires, in the order in which they can be enabled. Raises: NotFound."""
        found: dict[str, Plugin] = {}

        def visit(name: str) -> None:
            plugin = self.installed.get(name)
            if plugin is None:
                raise NotFound("plugin", name, field="id")
            for needed in plugin.requires:
                visit(needed)
            found[name] = plugin

        visit(plugin_id)
        return list(found.values())

    def check_disable(self, plugin_id: str) -> Plugin:
        """The plugin, if it may be disabled. Raises: NotFound, Conflict."""
        plugin = self.installed.get(plugin_id)
        if plugin is None:
            raise NotFound("plugin", plugin_id, field="id")
        if plugin.is_always_on:
            raise Conflict(f"{plugin_id} is part of the platform and stays on.", field="id")
        needing = [name for name in self.enabled if plugin_id in self.installed[name].requires]
        if needing:
            raise Conflict(f"{', '.join(sorted(needing))} need {plugin_id}: disable them first.", field="id")
        return plugin

    def describe(self, plugin_id: str, language: str) -> dict[str, Any] | None:
        """What the API says of a plugin."""
        plugin = self.installed.get(plugin_id)
        if plugin is None:
            return None
        return {
            "id": plugin.id,
            "title": plugin.title.get(language, plugin.title["en"]),
            "summary": plugin.summary.get(language, plugin.summary["en"]),
            "version": plugin.version,
            "status": self.state(plugin_id),
            "requires": list(plugin.requires),
        }

    def state(self, plugin_id: str) -> PluginState:
        """Whether the plugin is shown."""
        if plugin_id in self.quarantined:
            return PluginState.QUARANTINED
        if plugin_id in self.enabled:
            return PluginState.ENABLED
        return PluginState.DISABLED if plugin_id in self.known else PluginState.AVAILABLE

    def hooks(self) -> Any:
        """The hooks of the enabled plugins; those a plugin implements in its plugin.py."""
        manager = self._managers.get(self.enabled)
        if manager is None:
            manager = pluggy.PluginManager("xrm")
            manager.add_hookspecs(Hooks)
            for name in self.installed:
                if name in self.enabled:
                    module = importlib.import_module(f"{self.installed[name].package}.plugin")
                    manager.register(module, name=name)
            manager.check_pending()
            self._managers = {self.enabled: manager}
        return manager.hook

    def shapes(self) -> list[Any]:
        """The plain shapes enabled plugins answer with."""
        return [
            shape for name in self.installed if name in self.enabled for shape in self.installed[name].shapes
        ]


def _declared_in(package: str) -> list[str]:
    """The names of what the modules of a package declare: resources, commands, questions."""
    return [
        *(info.name for info in REGISTRY if is_within(info.model.__module__, package)),
        *(info.name for info in COMMANDS if is_within(info.run.__module__, package)),
        *(info.name for info in QUERIES if is_within(info.run.__module__, package)),
    ]


def _taken_by(package: str) -> set[str]:
    """The names in the API that a package declares and something else has: it would stand in its place."""
    mine: set[str] = set()
    others: set[str] = set()
    for info in REGISTRY:
        names = mine if is_within(info.model.__module__, package) else others
        names |= {info.type_name, *((info.one, info.many) if info.root else ())}
    for command in COMMANDS:
        names = mine if is_within(command.run.__module__, package) else others
        names.add(f"Mutation.{command.mutation}")
    for query in QUERIES:
        (mine if is_within(query.run.__module__, package) else others).add(query.field)
    return mine & others


def _withdraw(package: str) -> None:
    """Forget what a package declared before it failed: half a plugin is none."""
    for declared in (REGISTRY, COMMANDS, QUERIES):
        declared.withdraw(package)
