"""GraphQL over HTTP: one endpoint, a page to try it, files, and whether the server is well."""

from xrm_core.api.http.server import asgi

__all__ = ["asgi"]
