"""What a worker may do while it makes a document: the second wall, behind the sandbox and the fetcher."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xrm_core.documents.isolation import worker_environment

SCRIPT = """
import os, socket, subprocess, sys, tempfile, urllib.request
from pathlib import Path
from xrm_core.documents.isolation import Watch
watch = Watch(Path.cwd())
outside = Path(sys.argv[1])
ATTEMPT
with watch.on():
    try:
        attempt()
    except PermissionError as error:
        print("refused", error)
    else:
        print("done")
"""


def outcome(attempt: str, folder: Path, outside: Path) -> str:
    """What a watched process says about an attempt."""
    script = SCRIPT.replace("ATTEMPT", f"attempt = lambda: {attempt}")
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", script, str(outside)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()[0]


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        ("outside.read_text()", "refused"),
        ("open('/etc/passwd')", "refused"),
        ("os.open('/proc/self/environ', os.O_RDONLY)", "refused"),
        ("open(os.path.join('..', outside.parent.name, outside.name))", "refused"),
        ("outside.write_text('x')", "refused"),
        ("open(os.__file__, 'a')", "refused"),
        ("socket.create_connection(('127.0.0.1', 9))", "refused"),
        ("socket.getaddrinfo('example.org', 80)", "refused"),
        ("urllib.request.urlopen('http://127.0.0.1:9/')", "refused"),
        ("subprocess.run(['true'])", "refused"),
        ("os.system('true')", "refused"),
        ("os.fork()", "refused"),
        ("os.rename('/etc/hostname', 'x')", "refused"),
        ("open(os.__file__).read(1)", "done"),
        ("Path('own.txt').write_text('x')", "done"),
        ("__import__('colorsys')", "done"),
        ("tempfile.TemporaryDirectory().cleanup()", "done"),
    ],
)
def test_a_watched_process_keeps_to_code_and_its_own_folder(
    tmp_path: Path, attempt: str, expected: str
) -> None:
    outside = tmp_path / "outside" / "secret.txt"
    outside.parent.mkdir()
    outside.write_text("secret")
    folder = tmp_path / "own"
    folder.mkdir()

    assert outcome(attempt, folder, outside) == expected


def test_a_link_in_the_own_folder_leads_nowhere_else(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "link.txt").symlink_to(outside)

    assert outcome("open('link.txt')", folder, outside) == "refused"


def test_a_worker_inherits_no_secret_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XRM_SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")

    environment = worker_environment(tmp_path)

    assert not any("secret" in value for value in environment.values())
    assert environment["FONTCONFIG_FILE"].startswith(str(tmp_path))
