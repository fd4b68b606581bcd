"""`python -m benchmarks [read|start|import]`: what each measures is told in README.md."""

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks.books import Sizes
from benchmarks.report import keep
from benchmarks.trial import Trial

_SMALL = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one benchmark, print its table, keep its JSON."""
    given = _parser().parse_args(arguments)
    if given.what == "read":
        found, text = _read(given)
    else:
        found, text = _start(given) if given.what == "start" else _import(given)
    print(text)
    print(f"\n{keep(found)}")


def _read(given: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from benchmarks import read, report  # each benchmark loads what it needs

    sizes = Sizes(*(getattr(given, name) for name in Sizes.__slots__))
    trial = Trial(
        sizes.over(_SMALL) if given.small else sizes,
        given.seed,
        given.blocks,
        given.seconds,
        tuple(given.connections),
        tuple(given.roles),
        given.encoding,
        given.url,
    )
    found = read.run(trial)
    return found, report.as_text(found)


def _start(given: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from benchmarks import starting

    found = starting.run(given.times)
    return found, starting.as_text(found)


def _import(given: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from benchmarks import importing

    found = importing.run(given.times)
    return found, importing.as_text(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", default="read", choices=("read", "start", "import"))
    parser.add_argument("--small", action="store_true", help=f"one {_SMALL}th of the rows")
    for name in Sizes.__slots__:
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=getattr(Sizes(), name), metavar="N"
        )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each block")
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--roles", nargs="+", default=["admin", "sales"], choices=("admin", "sales"))
    parser.add_argument("--times", type=int, default=5, help="runs of start and import")
    parser.add_argument("--encoding", default="", choices=("", "gzip"), help="what wrk says it accepts")
    parser.add_argument(
        "--url", default="", help="a database to use, filled if it is empty; else a server is started"
    )
    return parser


if __name__ == "__main__":
    main()
