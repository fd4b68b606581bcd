"""The door."""

from xrm_core.plugins.manifest import Plugin

plugin = Plugin(
    id="gauge",
    title={"en": "Gauge", "fr": "Jauge"},
    summary={"en": "A plugin of the tests.", "fr": "Un module des tests."},
    version="0.1.0",
    package="tests.core.gauge",
)
