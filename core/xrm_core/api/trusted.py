"""Trusted documents: the file in which an operator registers what may be asked, read again when it changes."""

import hashlib
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from xrm_core.errors import Invalid

_LOG = structlog.get_logger("xrm.api")
_LOOKED_AT_EVERY_S = 1.0


class TrustedDocuments:
    """The registered documents by the SHA-256 of their text and by the names they were given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._texts: dict[str, str] = {}
        self._next_look = 0.0

    def get(self, name: str) -> str | None:
        """The document of this name or hash. Where the file cannot be read, the last one that could be holds."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOKED_AT_EVERY_S
            self._look()
        return self._texts.get(name)

    def _look(self) -> None:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp != self._stamp:
                self._texts = by_name(read_registered(self._path))
                self._stamp = stamp
        except (OSError, Invalid) as wrong:
            _LOG.error("trusted documents cannot be read", reason=str(wrong))


def by_name(registered: Mapping[str, str]) -> dict[str, str]:
    """The documents under the names they were given and under the SHA-256 of their text."""
    return {**registered, **{hash_of(text): text for text in registered.values()}}


def hash_of(text: str) -> str:
    """The SHA-256 of a document's text in UTF-8, hexadecimal: the name it always has."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def read_registered(path: Path) -> dict[str, str]:
    """The documents of a manifest by their names: Relay's (an object of names and texts) or Apollo's.

    Raises: Invalid if the file is neither.
    """
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as wrong:
        raise Invalid(f"{path.name} is not JSON.", field="file") from wrong
    found = _of_apollo(content) if isinstance(content, dict) and "operations" in content else content
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise Invalid(f"{path.name} is not an object of names and documents.", field="file")
    return found


def _of_apollo(content: dict[str, Any]) -> dict[Any, Any] | None:
    operations = content["operations"]
    if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
        return None
    return {one.get("id") or hash_of(str(one.get("body"))): one.get("body") for one in operations}


def register(path: Path, documents: Mapping[str, str]) -> int:
    """Add documents to the file, which is replaced in one step; how many there are now.

    Raises: Invalid if a name stands for another document already.
    """
    known = read_registered(path) if path.exists() else {}
    for name, text in documents.items():
        if known.get(name, text) != text:
            raise Invalid(f"{name} is registered for another document.", field="file")
    known.update(documents)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return len(known)
