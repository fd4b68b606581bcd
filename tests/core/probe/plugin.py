"""The door."""

from tests.core.probe.shapes import ProbeNote
from xrm_core.plugins.manifest import Plugin

plugin = Plugin(
    id="probe",
    title={"en": "Probe", "fr": "Sonde"},
    summary={"en": "A plugin of the tests.", "fr": "Un module des tests."},
    version="0.1.0",
    package="tests.core.probe",
    shapes=[ProbeNote],
)
