"""The workflows plugin keeps to the rules of every plugin."""

from xrm_core.plugins.conformance import PluginConformance


class TestWorkflows(PluginConformance):
    """Always enabled, and a plugin like the others."""

    plugin_id = "workflows"
