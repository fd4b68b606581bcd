"""Files stored under the hash of their content."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xrm_core.documents import DocumentCorrupt, DocumentNotStored, FileStore


def only_file(root: Path) -> Path:
    """The one file below the folder."""
    (path,) = (path for path in root.rglob("*") if path.is_file())
    return path


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")

    sha256 = store.store(b"contract")

    assert sha256 == hashlib.sha256(b"contract").hexdigest()
    assert store.load(sha256) == b"contract"


def test_storing_twice_keeps_one_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")

    assert store.store(b"contract") == store.store(b"contract")

    assert only_file(tmp_path).read_bytes() == b"contract"


def test_many_writers_of_the_same_content_leave_one_whole_file(tmp_path: Path) -> None:
    content = b"contract" * 100_000
    stores = [FileStore(tmp_path / "files") for _ in range(16)]

    with ThreadPoolExecutor(8) as threads:
        hashes = set(threads.map(lambda store: store.store(content), stores))

    assert len(hashes) == 1
    assert only_file(tmp_path).read_bytes() == content


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", "", "ABC", "0" * 63 + "\n"])
def test_an_unknown_hash_is_not_found(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(DocumentNotStored):
        FileStore(tmp_path).load(sha256)


def test_a_changed_file_is_never_handed_out_and_storing_again_mends_it(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    sha256 = store.store(b"contract")
    damaged = only_file(tmp_path)
    damaged.chmod(0o600)
    damaged.write_bytes(b"contrast")

    with pytest.raises(DocumentCorrupt):
        store.load(sha256)
    store.store(b"contract")

    assert store.load(sha256) == b"contract"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", no_room)

    with pytest.raises(OSError, match="No space"):
        FileStore(tmp_path / "files").store(b"contract")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
