"""Where templates come from: folders of installed packages, read once, by name."""

import hashlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_TEXT = (".html", ".css", ".txt", ".svg")
_BINARY = (".png", ".jpg", ".jpeg", ".ttf", ".otf")
_MAX_ROOT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TemplateLibrary:
    """Every registered template and asset by its name, and a digest that changes when one of them does."""

    templates: dict[str, str]
    assets: dict[str, bytes]
    digest: str


class _Roots:
    """The registered folders. The library is read again only after a registration."""

    def __init__(self) -> None:
        self.folders: dict[str, Traversable] = {}
        self.library: TemplateLibrary | None = None


_roots = _Roots()


def register_template_root(prefix: str, package: str, folder: str = "templates") -> None:
    """Make the files in a package's folder known as `<prefix>/<path>`; the prefix is the plugin's id.

    Templates can then extend and include each other by these names, and use the pictures, stylesheets and
    fonts beside them as `xrm-asset:<prefix>/<path>`. Registering a prefix again replaces it.
    """
    root = files(package)
    for part in folder.split("/"):
        root = root / part
    if not root.is_dir():
        raise FileNotFoundError(f"{package} has no folder {folder}")
    _roots.folders[prefix] = root
    _roots.library = None


def unregister_template_root(prefix: str) -> None:
    """Forget a plugin's templates; nothing happens if there are none."""
    _roots.folders.pop(prefix, None)
    _roots.library = None


def template_library() -> TemplateLibrary:
    """What a document may be made of, as read from the registered folders."""
    if _roots.library is None:
        _roots.library = _read(_roots.folders)
    return _roots.library


def _read(folders: dict[str, Traversable]) -> TemplateLibrary:
    templates: dict[str, str] = {}
    assets: dict[str, bytes] = {}
    digest = hashlib.sha256()
    for prefix in sorted(folders):
        size = 0
        for name, content in _files_below(folders[prefix], prefix):
            size += len(content)
            if size > _MAX_ROOT_BYTES:
                raise OSError(f"the templates of {prefix} are larger than {_MAX_ROOT_BYTES} bytes")
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
            if name.endswith(_TEXT):
                templates[name] = content.decode()
            if not name.endswith((".html", ".txt")):
                assets[name] = content
    return TemplateLibrary(templates, assets, digest.hexdigest())


def _files_below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = posixpath.join(prefix, entry.name)
        if entry.is_dir():
            yield from _files_below(entry, name)
        elif entry.name.endswith(_TEXT + _BINARY):
            yield name, entry.read_bytes()


register_template_root("core", "xrm_core.documents")
