"""The schema with every installed plugin, in an order that does not depend on how it was put together."""

from graphql import lexicographic_sort_schema, print_schema

from xrm_core.api.schema import build_schema
from xrm_core.plugins.host import PluginHost


def schema_text(host: PluginHost) -> str:
    """The SDL, types and their parts by name."""
    schema = build_schema(host.enabled, host.shapes())
    return print_schema(lexicographic_sort_schema(schema)) + "\n"
