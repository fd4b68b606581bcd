"""Stored files, kept under the hash of their content: equal content is one file, and no file ever changes."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from xrm_core.documents.errors import DocumentCorrupt, DocumentNotStored

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """A folder of files named by their SHA-256, two levels deep. Any number of processes may share it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def store(self, content: bytes) -> str:
        """Keep the content and return its SHA-256. It is on disk, power loss included, when this returns.

        Storing the same content again changes nothing, and mends a file that was damaged.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.is_file() and path.read_bytes() == content:
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write(path, content)
        return sha256

    def load(self, sha256: str) -> bytes:
        """The content with this SHA-256.

        Raises: DocumentNotStored if there is none; DocumentCorrupt if the file's bytes have another hash.
        """
        if not _SHA256.fullmatch(sha256):
            raise DocumentNotStored(sha256)
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise DocumentNotStored(sha256) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DocumentCorrupt(sha256)
        return content

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def _write(self, path: Path, content: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Readable by the owner only, and by nobody's mistake writable.
            os.chmod(temporary, 0o400)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        # A folder outlives a power loss once the one above it is on disk; another process may have made it.
        for folder in (path.parent, path.parent.parent, self.root, self.root.parent):
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
