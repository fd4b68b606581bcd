"""Legal keeps to the rules of the house."""

import pytest

from xrm_core.plugins.conformance import PluginConformance

pytestmark = pytest.mark.plugins("legal")


class TestLegal(PluginConformance):
    """Everything every plugin must keep to."""

    plugin_id = "legal"
