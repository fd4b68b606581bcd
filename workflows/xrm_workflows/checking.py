"""Are a plugin's state machines sound? Asked by the conformance suite."""

import importlib
import importlib.util
from types import ModuleType

from xrm_core.declare.registry import REGISTRY
from xrm_workflows.definition import Process
from xrm_workflows.engine import PARTS, RELATIONSHIP
from xrm_workflows.processes.past import RESOLVERS
from xrm_workflows.processes.relationship import PROCESSES, shipped_registry
from xrm_workflows.validate import problems


def process_problems(plugin_id: str, package: str) -> list[str]:
    """What is wrong with a plugin's processes, in words; empty if they may run."""
    guards, modules = shipped_registry(), _modules(package)
    for module in modules:
        guards.collect(module)
    processes = [each for module in modules for each in vars(module).values() if isinstance(each, Process)]
    if plugin_id == "workflows":
        processes = list(PROCESSES.values())
    found = [
        f"{process.id}: {problem.message}"
        for process in processes
        for problem in problems(process, guards=guards, resolvers=RESOLVERS)
    ]
    known = {process.id for process in processes}
    wrongly_named = [each for each in known if not each.startswith(f"{plugin_id}.")]
    found += [f"{each} must be named {plugin_id}.…" for each in sorted(wrongly_named)]
    return found + [f"{each} has no state machine." for each in sorted(_wanted(plugin_id) - known)]


def _modules(package: str) -> list[ModuleType]:
    names = [f"{package}.{part}" for part in PARTS]
    return [importlib.import_module(name) for name in names if importlib.util.find_spec(name) is not None]


def _wanted(plugin_id: str) -> set[str]:
    """The processes that the plugin's lifecycles name."""
    return {
        info.lifecycle.lifecycle or ""
        for info in REGISTRY
        if info.plugin == plugin_id and info.lifecycle is not None and info.name != RELATIONSHIP
    }
