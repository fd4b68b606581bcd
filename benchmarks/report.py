"""What a run found, as a table to read and as JSON to keep."""

import datetime as dt
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks import machine
from benchmarks.servers import POSTGRES
from benchmarks.trial import SUBJECTS, Cell, Trial

RESULTS = Path(__file__).with_name("results")
# The part of the limit's requests a second that the product must reach.
TARGETS = {"L": 0.9, "D": 0.6}
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
    ratios = [round(ratio, 3) for ratio in cell.ratios()]
    medians = {
        subject: {figure: round(cell.median(subject, figure), 3) for figure in _FIGURES}
        for subject in SUBJECTS
    }
    return {
        "question": cell.question,
        "role": cell.role,
        "connections": cell.connections,
        "ratio": round(statistics.median(ratios), 3),
        "ratios": ratios,
        "cpu_ratio": round(statistics.median(cell.cpu_ratios()), 3),
        "target": TARGETS[cell.question],
        "medians": medians,
        "blocks": {subject: [block.as_dict() for block in cell.blocks[subject]] for subject in SUBJECTS},
    }


def as_text(found: dict[str, Any]) -> str:
    """The report of a reading run, for a terminal."""
    lines = [*_heading(found), "", _row(_COLUMNS)]
    lines += [_row(_shown(cell)) for cell in found["cells"]]
    lines += [
        "",
        "req/s, CPU and latency: product : limit, medians of the blocks. CPU in ms a request; by CPU: the limit's",
    ]
    lines += [
        "CPU a request, server and database, as a part of the product's. On a busy machine look at that one."
    ]
    for question, target in TARGETS.items():
        worst = min((cell["ratio"] for cell in found["cells"] if cell["question"] == question), default=0)
        verdict = "reached" if worst >= target else "missed"
        lines.append(f"{question}: at least {target} of the limit wanted, {worst:.3f} at worst: {verdict}")
    return "\n".join(lines)


_COLUMNS = (
    "question",
    "role",
    "conn",
    "req/s",
    "ratio",
    "each block",
    "by CPU",
    "server CPU",
    "database CPU",
    "p50 ms",
    "kB",
)
_WIDTHS = (8, 6, 4, 15, 6, 30, 6, 14, 14, 14, 6)


def _row(values: Sequence[str]) -> str:
    return "  ".join(value.ljust(width) for value, width in zip(values, _WIDTHS, strict=True)).rstrip()


def _shown(cell: dict[str, Any]) -> tuple[str, ...]:
    def pair(figure: str, digits: int) -> str:
        return " : ".join(f"{cell['medians'][subject][figure]:.{digits}f}" for subject in SUBJECTS)

    return (
        cell["question"],
        cell["role"],
        str(cell["connections"]),
        pair("per_second", 0),
        f"{cell['ratio']:.3f}",
        " ".join(f"{ratio:.2f}" for ratio in cell["ratios"]),
        f"{cell['cpu_ratio']:.3f}",
        pair("server_cpu_ms", 3),
        pair("database_cpu_ms", 3),
        pair("p50_ms", 1),
        f"{cell['medians']['product']['bytes_each'] / 1e3:.1f}",
    )


def _heading(found: dict[str, Any]) -> list[str]:
    at, calibration = found["machine"], found["calibration"]
    data = ", ".join(f"{value:,} {name}" for name, value in found["data"].items() if name != "seed")
    return [
        f"{at['processor']}, {at['cores']} cores, {at['memory_mb']} MB, load {at['load_average']}, "
        f"Python {at['python']}, commit {at['commit']}",
        *(f"{when}: {_calibrated(calibration[when])}" for when in ("before", "after")),
        f"data: {data}, seed {found['data']['seed']}",
        f"database: {found['database']}",
        f"{found['driver']['wrk']}, 1 thread, encoding {found['driver']['encoding']}, "
        f"{found['blocks']} blocks of {found['seconds_each']:g} s for each line and subject, interleaved",
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
