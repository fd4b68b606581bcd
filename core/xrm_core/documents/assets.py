"""What a document may load: what was shipped with it, by exact name. Runs in the worker.

No address leads to the network, to a file or to data inside the address itself: `data:` is refused too,
because pictures come from plugins' folders and drawings from `charts`, both without it.
"""

from collections.abc import Mapping

from weasyprint.urls import URLFetcher, URLFetcherResponse

from xrm_core.documents.isolation import FONT_FOLDER

_MEDIA_TYPES = {
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
}


class NotShipped(Exception):
    """The document asks for an address that is no shipped asset."""


class ShippedAssets(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no type information
    """Answers `xrm-asset:<prefix>/<path>` and `xrm-font:<file>`; refuses and notes every other address."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.blocked: dict[str, None] = {}
        self._content = {f"xrm-asset:{name}": content for name, content in assets.items()}
        for path in sorted(FONT_FOLDER.glob("*.ttf")):
            self._content[f"xrm-font:{path.name}"] = path.read_bytes()

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The asset with this very name.

        Raises: NotShipped for anything else.
        """
        content = self._content.get(url)
        if content is None:
            self.blocked[url[:200]] = None
            raise NotShipped("only shipped assets can be part of a document")
        suffix = url[url.rindex(".") :]
        return URLFetcherResponse(url, content, {"Content-Type": _MEDIA_TYPES[suffix]})
