"""Governance keeps to the rules of the house for plugins."""

import pytest

from xrm_core.plugins.conformance import PluginConformance

pytestmark = pytest.mark.plugins("governance")


class TestGovernance(PluginConformance):
    """The suite every plugin inherits."""

    plugin_id = "governance"
