"""The door for professions: manifests, hooks, and the host that enables and disables them."""

from xrm_core.plugins.hookspecs import hookimpl
from xrm_core.plugins.manifest import Plugin

__all__ = ["Plugin", "hookimpl"]
