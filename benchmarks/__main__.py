"""`python -m benchmarks [read|start|import|search|graph|memory|export]`: what each measures is told in README.md."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.books import Sizes
from benchmarks.report import keep
from benchmarks.trial import Trial

# What runs it, and what writes its report for a terminal.
Benchmark = tuple[Callable[[], dict[str, Any]], Callable[[dict[str, Any]], str]]
_SMALL = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one benchmark, print its table, keep its JSON."""
    given = _parser().parse_args(arguments)
    run, shown = _BENCHMARKS[given.what](given)
    found = run()
    kept = keep(found)
    print(f"{shown(found)}\n\n{kept}")


def _read(given: argparse.Namespace) -> Benchmark:
    from benchmarks import read, report  # each benchmark loads what it needs

    sizes = Sizes(*(getattr(given, name) for name in Sizes.__slots__))
    trial = Trial(
        sizes.over(_SMALL) if given.small else sizes,
        given.seed,
        given.blocks,
        given.seconds,
        given.connections,
        tuple(given.only),
        given.encoding,
        given.url,
        given.sqlite,
    )
    return lambda: read.run(trial), report.as_text


def _start(given: argparse.Namespace) -> Benchmark:
    from benchmarks import starting

    return lambda: starting.run(given.times), starting.as_text


def _import(given: argparse.Namespace) -> Benchmark:
    from benchmarks import importing

    return lambda: importing.run(given.times), importing.as_text


def _search(given: argparse.Namespace) -> Benchmark:
    from benchmarks import search

    parties = given.parties // _SMALL if given.small else given.parties
    return lambda: search.run(parties, given.seed, 40 * given.times), search.as_text


def _graph(given: argparse.Namespace) -> Benchmark:
    from benchmarks import graph

    over = _SMALL if given.small else 1
    sizes = Sizes().over(over)
    return lambda: graph.run(sizes.parties, sizes.relationships, given.url), graph.as_text


def _memory(given: argparse.Namespace) -> Benchmark:
    from benchmarks import memory

    sizes = Sizes().over(_SMALL)
    return lambda: memory.run(given.questions, sizes, sqlite=given.embedded), memory.as_text


def _export(given: argparse.Namespace) -> Benchmark:
    from benchmarks import exporting

    sizes = Sizes().over(_SMALL)
    return lambda: exporting.run(sizes, given.times, sqlite=given.embedded), exporting.as_text


_BENCHMARKS = {
    "read": _read,
    "start": _start,
    "import": _import,
    "search": _search,
    "graph": _graph,
    "memory": _memory,
    "export": _export,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", default="read", choices=tuple(_BENCHMARKS))
    parser.add_argument("--small", action="store_true", help=f"one {_SMALL}th of the rows")
    for name in Sizes.__slots__:
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=getattr(Sizes(), name), metavar="N"
        )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each block")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="CELL", help='some cells: L, "D rules", sqlite, pages …'
    )
    parser.add_argument("--times", type=int, default=5, help="runs of start, import and export")
    parser.add_argument("--questions", type=int, default=100_000, help="how many varied ones memory asks")
    parser.add_argument("--embedded", action="store_true", help="memory and export on SQLite")
    parser.add_argument("--encoding", default="", choices=("", "gzip"), help="what wrk says it accepts")
    parser.add_argument(
        "--url", default="", help="a database to use, filled if it is empty; else a server is started"
    )
    parser.add_argument("--sqlite", default="", help="a folder for the SQLite file, filled if it is empty")
    return parser


if __name__ == "__main__":
    main()
