"""The credit plugin keeps to the rules of the house."""

import pytest

from xrm_core.plugins.conformance import PluginConformance

pytestmark = pytest.mark.plugins("credit")


class TestCredit(PluginConformance):
    """What every plugin must keep to."""

    plugin_id = "credit"
