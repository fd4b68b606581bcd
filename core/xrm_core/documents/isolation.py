"""What keeps a worker apart from the machine: own fonts, own environment, limits, a watch."""

import contextlib
import os
import resource
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER_PREFIX = "xrm-documents-"
FONT_FOLDER = Path(__file__).parent / "fonts"
_FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern"><edit name="family" mode="append"><string>Open Sans</string></edit></match>
  <match target="pattern"><edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>
  <match target="font">
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
  </match>
</fontconfig>
"""
_FORBIDDEN = (
    *("socket.", "http.", "urllib.", "ftplib.", "smtplib.", "sqlite3.", "webbrowser.", "ctypes.dlopen"),
    *("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty."),
    *("os.rename", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate", "shutil."),
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def worker_environment(folder: Path) -> dict[str, str]:
    """The whole environment of a worker living in `folder`: nothing of the server's, no secret, no setting.

    The exceptions are variables that tell libraries where they are or which processor they run on.
    """
    (folder / "fonts.conf").write_text(_FONTS_CONF.format(fonts=FONT_FOLDER, cache=folder / "cache"))
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "MPLCONFIGDIR": str(folder),
        "MPLBACKEND": "svg",
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def limit_resources(*, memory_bytes: int, time_s: float) -> None:
    """From here on this process may grow by `memory_bytes` of address space and `time_s` of processor time.

    The server ends a worker by the clock; this is for a worker whose server has died.
    """
    with contextlib.suppress(FileNotFoundError):  # only Linux has it
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _set_soft(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _set_soft(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + time_s) + 2)
    _set_soft(resource.RLIMIT_CORE, 0)


def _set_soft(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


class Watch:
    """While on, this process reads only code, fonts and its own folder, writes only there, and calls no one.

    It is a second wall: no template reaches `open` or a socket in the first place.
    """

    def __init__(self, folder: Path) -> None:
        self.is_on = False
        self._writable = (_real(folder),)
        places = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
        places += [*site.getsitepackages(), str(Path(__file__).parents[1])]
        self._readable = (*self._writable, *{_real(Path(place)) for place in places})
        sys.addaudithook(self._see)

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Watch while the block runs."""
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event == "open":
            self._see_open(arguments[0], arguments[2])
        elif event.startswith(_FORBIDDEN) and event not in ("shutil.rmtree", "socket.__new__"):
            raise PermissionError(f"a document may not do {event}")

    def _see_open(self, path: object, flags: object) -> None:
        if isinstance(path, int):
            return
        real = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]  # whatever open() was given
        writes = isinstance(flags, int) and flags & _WRITES
        if not real.startswith(self._writable if writes else self._readable):
            raise PermissionError(f"a document may not open {real}")


def _real(folder: Path) -> str:
    return os.path.realpath(folder).rstrip("/") + "/"
