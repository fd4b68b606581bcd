"""What a run found: as tables to read, in Markdown as docs/performance.md takes them, and as JSON to keep."""

import datetime as dt
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks import machine
from benchmarks.servers import POSTGRES
from benchmarks.trial import Cell, Trial

RESULTS = Path(__file__).with_name("results")
_FIGURES = ("per_second", "server_cpu_ms", "database_cpu_ms", "p50_ms", "p99_ms", "bytes_each")


def of_reading(trial: Trial, cells: Sequence[Cell], calibrations: list[Any], wrk: str) -> dict[str, Any]:
    """Medians over the blocks, the ratio of each block and their median."""
    return {
        "kind": "read",
        "machine": machine.described(),
        "calibration": {"before": calibrations[0], "after": calibrations[1]},
        "database": {"url": trial.url} if trial.url else {"postgresql": POSTGRES},
        "driver": {"wrk": wrk, "threads": 1, "encoding": trial.encoding or "identity"},
        "data": {name: getattr(trial.sizes, name) for name in trial.sizes.__slots__} | {"seed": trial.seed},
        "blocks": trial.blocks,
        "seconds_each": trial.seconds,
        "cells": [_cell(cell) for cell in cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    contenders = [
        {
            "label": contender.label,
            **{figure: round(cell.median(place, figure), 3) for figure in _FIGURES},
            "blocks": [block.as_dict() for block in cell.blocks[place]],
        }
        for place, contender in enumerate(cell.contenders)
    ]
    return {
        "title": cell.title,
        "connections": cell.connections,
        "contenders": contenders,
        "against": [_against(cell, other) for other in range(1, len(cell.contenders))],
    }


def _against(cell: Cell, other: int) -> dict[str, Any]:
    ratios, bound = cell.ratios(other), cell.bounds[other - 1]
    ratio = statistics.median(ratios)
    return {
        "label": cell.contenders[other].label,
        "ratio": round(ratio, 3),
        "ratios": [round(one, 3) for one in ratios],
        "cpu_ratio": round(statistics.median(cell.cpu_ratios(other)), 3),
        "wanted": bound.as_text(),
        "is_reached": bound.holds(ratio),
    }


def as_text(found: dict[str, Any]) -> str:
    """The report of a reading run: where and on what, the ratios, and what each request cost."""
    return "\n".join([*_heading(found), "", *_ratios(found), "", *_costs(found)])


def _ratios(found: dict[str, Any]) -> list[str]:
    rows = [("", "against", "ratio", "each block", "by CPU", "wanted", "")]
    for cell in found["cells"]:
        for place, against in enumerate(cell["against"]):
            rows.append(
                (
                    "" if place else cell["title"],
                    against["label"],
                    _figure(against["ratio"]),
                    " ".join(_figure(ratio) for ratio in against["ratios"]),
                    _figure(against["cpu_ratio"]),
                    against["wanted"],
                    {True: "reached", False: "missed", None: ""}[against["is_reached"]],
                )
            )
    return markdown(rows)


def _costs(found: dict[str, Any]) -> list[str]:
    rows = [("", "who", "req/s", "server CPU ms", "database CPU ms", "p50 ms", "p99 ms", "kB")]
    for cell in found["cells"]:
        for place, contender in enumerate(cell["contenders"]):
            rows.append(
                (
                    "" if place else cell["title"].partition(":")[0],
                    contender["label"],
                    f"{contender['per_second']:.0f}",
                    f"{contender['server_cpu_ms']:.3f}",
                    f"{contender['database_cpu_ms']:.3f}",
                    f"{contender['p50_ms']:.1f}",
                    f"{contender['p99_ms']:.1f}",
                    f"{contender['bytes_each'] / 1e3:.1f}",
                )
            )
    return markdown(rows)


def _figure(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 2 else f"{ratio:.1f}"


def markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A table, its first row the heading, padded so that it reads in a terminal too."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)) + " |"

    return [line(rows[0]), line(["-" * max(3, width) for width in widths]), *map(line, rows[1:])]


def _heading(found: dict[str, Any]) -> list[str]:
    at, calibration = found["machine"], found["calibration"]
    data = ", ".join(f"{value:,} {name}" for name, value in found["data"].items() if name != "seed")
    connections = {cell["connections"] for cell in found["cells"]}
    return [
        f"{at['processor']}, {at['cores']} cores, {at['memory_mb']} MB, load {at['load_average']}, "
        f"Python {at['python']}, commit {at['commit']}",
        *(f"{when}: {_calibrated(calibration[when])}" for when in ("before", "after")),
        f"data: {data}, seed {found['data']['seed']}",
        f"database: {found['database']}",
        f"{found['driver']['wrk']}, 1 thread, {', '.join(map(str, connections))} connections, encoding "
        f"{found['driver']['encoding']}, {found['blocks']} blocks of {found['seconds_each']:g} s each, interleaved",
    ]


def _calibrated(found: dict[str, float]) -> str:
    return (
        f"Python loop {found['python_loop_s']:.3f} s, SHA-256 of 64 MB {found['sha256_64mb_s']:.3f} s, "
        f"fsync {found['fsync_ms']:.3f} ms"
    )


def keep(found: dict[str, Any]) -> Path:
    """The report as JSON in benchmarks/results, which git ignores."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{found['kind']}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return path
