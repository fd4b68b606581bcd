"""A folder sent as one file: a zip, taken apart where nothing in it can reach outside or fill the disk."""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from xrm_core.data.csv_rows import BrokenFile

MOST_FILES = 20_000
MOST_BYTES = 2_000_000_000
_PIECE = 1 << 20


def unpacked(archive: Path, scratch: Path) -> Path:
    """The folder with the archive's files; where it holds one folder and nothing else, that folder.

    Raises: BrokenFile if it is no zip, holds what is no plain file, or too much.
    """
    folder = scratch / "files"
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise BrokenFile(f"The archive holds {len(entries)} files; {MOST_FILES} are allowed.")
            left = MOST_BYTES
            for entry in entries:
                left -= _unpack(opened, entry, folder, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as wrong:
        raise BrokenFile(f"The upload is not a zip that can be read ({type(wrong).__name__}).") from wrong
    inside = list(folder.iterdir()) if folder.exists() else []
    if not inside:
        raise BrokenFile("The archive is empty.")
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _unpack(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """The bytes written. What an entry says of its size is not believed."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in entry.filename or kind not in (0, stat.S_IFREG):
        raise BrokenFile(f"{entry.filename!r} in the archive is no file that belongs there.")
    target = folder.joinpath(*path.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(entry) as source, open(target, "wb") as file:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > left:
                shutil.rmtree(folder, ignore_errors=True)
                raise BrokenFile(f"The archive holds more than {MOST_BYTES} bytes.")
            file.write(piece)
    return written
