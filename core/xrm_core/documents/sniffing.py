"""What a file is, told by its first bytes; what its sender says of it is not believed."""

# How many bytes are looked at.
LOOKED_AT = 4_096
_UNKNOWN = "application/octet-stream"
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"#!", "text/x-script"),
)
_MARKED = (
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<?xml", "application/xml"),
    (b"<svg", "image/svg+xml"),
)


def media_type_of(beginning: bytes) -> str:
    """The media type of a file that begins so; text in UTF-8 is text/plain, what is not known octet-stream."""
    for mark, media_type in _BEGINNINGS:
        if beginning.startswith(mark):
            return media_type
    text = beginning[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    opened = text.lstrip()[:20].lower()
    for mark, media_type in _MARKED:
        if opened.startswith(mark):
            return media_type
    return "text/plain" if _is_text(text) else _UNKNOWN


def _is_text(beginning: bytes) -> bool:
    if not beginning or b"\x00" in beginning:
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as wrong:
        # A character may be cut where looking ended.
        return wrong.start >= len(beginning) - 3 and len(beginning) >= LOOKED_AT - 3
    return True
