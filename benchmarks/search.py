"""Search over many parties on both databases: what loading them costs, and how long an answer takes."""

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from benchmarks import machine
from benchmarks.servers import postgres
from benchmarks.store import settings_for
from xrm_core.app import Application
from xrm_core.data.load.rows import insert_rows
from xrm_core.graph.party import ContactPoint, Identifier, Party
from xrm_core.identity.actor import Actor, Role
from xrm_core.ids import Id
from xrm_core.plugins.testing import prepare
from xrm_core.query.search.keeping import rebuild_all

_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "zo",
    "bra",
    "cle",
    "dri",
    "flo",
    "gru",
    "pla",
    "tre",
    "vin",
    "ster",
    "mont",
    "val",
    "ton",
    "dor",
]
_TRADES = [
    "Services",
    "Consulting",
    "Holding",
    "Group",
    "Transport",
    "Energy",
    "Conseil",
    "Bau",
    "Logistics",
    "Partners",
    "Systems",
    "Foods",
]
_FORMS = ["SA", "SAS", "SARL", "GmbH", "Ltd", "PLC", "SpA", "BV", "AG"]
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_AT_ONCE = 20_000
_BATCH = 200


def run(parties: int, seed: int, times: int) -> dict[str, Any]:
    """The report: each database filled with the same parties, each kind of question asked `times` in a row."""
    report: dict[str, Any] = {
        "kind": "search",
        "machine": machine.described(),
        "calibration": machine.calibration(),
        "parties": parties,
        "seed": seed,
        "databases": {},
    }
    with tempfile.TemporaryDirectory(prefix="xrm-benchmark-") as name:
        report["databases"]["sqlite"] = asyncio.run(_one(Path(name) / "sqlite", "", parties, seed, times))
        with postgres() as url:
            report["databases"]["postgresql"] = asyncio.run(
                _one(Path(name) / "postgresql", url, parties, seed, times)
            )
    return report


async def _one(folder: Path, url: str, parties: int, seed: int, times: int) -> dict[str, Any]:
    settings = settings_for(url, folder)
    await prepare(settings)
    app = Application(settings)
    await app.start()
    try:
        names = _Names(parties, seed)
        began = time.perf_counter()
        for start in range(0, parties, _AT_ONCE):
            await _load(app, names, range(start, min(start + _AT_ONCE, parties)))
        loaded = time.perf_counter() - began
        began = time.perf_counter()
        rebuilt = await rebuild_all(app.database, app.host.enabled)
        again = time.perf_counter() - began
        async with app.work() as ctx:
            await (await ctx.session.connection()).exec_driver_sql("ANALYZE")
        return {
            "entries": rebuilt.entries,
            "load_seconds": round(loaded, 1),
            "rebuild_seconds": round(again, 1),
            "questions": {
                f"{kind} as {role}": await _asked(app, role, texts, times)
                for role in ("admin", "sales")
                for kind, texts in names.questions().items()
            },
        }
    finally:
        await app.close()


class _Names:
    """Parties with names, identifiers and e-mail addresses, the same for the same seed."""

    def __init__(self, parties: int, seed: int) -> None:
        random = Random(seed)
        words = ["".join(random.choices(_SYLLABLES, k=random.choice((2, 2, 3)))) for _ in range(parties // 4)]
        self.names = [
            f"{random.choice(words).title()} {random.choice((*_TRADES, *words[:200]))} {random.choice(_FORMS)}"
            for _ in range(parties)
        ]
        self.leis = ["".join(random.choices(_ALPHABET, k=20)) for _ in range(parties)]
        self._random = Random(seed + 1)

    def questions(self) -> dict[str, list[str]]:
        """Texts of each kind."""
        picked = self._random.sample(self.names, _BATCH)
        return {
            "one letter": [name[0] for name in picked],
            "three letters": [name[:3] for name in picked],
            "a word": [name.split()[0] for name in picked],
            "the whole name": picked,
            "a mistake in the first word": [_mistaken(name) for name in picked],
            "a trade of every twentieth": [self._random.choice(_TRADES) for _ in picked],
            "six of an identifier": [lei[:6] for lei in self._random.sample(self.leis, _BATCH)],
            "within an identifier": [lei[6:12] for lei in self._random.sample(self.leis, _BATCH)],
            "nothing there": [name[::-1] for name in picked],
        }


def _mistaken(name: str) -> str:
    word, rest = name.split(" ", 1)
    return f"{word[:2]}{word[3]}{word[2]}{word[4:]} {rest.split()[0]}"


async def _load(app: Application, names: _Names, numbers: range) -> None:
    async with app.work(command="benchmarks.fill") as ctx:
        await insert_rows(
            ctx, Party, ({"id": _id(0, n), "name": names.names[n], "source": "books"} for n in numbers)
        )
        identifiers = (
            {"id": _id(1, n), "party_id": _id(0, n), "scheme": "LEI", "value": names.leis[n]} for n in numbers
        )
        await insert_rows(ctx, Identifier, identifiers)
        contacts = (
            {
                "id": _id(2, n),
                "party_id": _id(0, n),
                "channel": "EMAIL",
                "value": f"{names.names[n].split()[1]}@{names.names[n].split()[0]}.example".lower(),
            }
            for n in numbers
        )
        await insert_rows(ctx, ContactPoint, contacts)


def _id(kind: int, number: int) -> Id[Any]:
    return Id(str(UUID(int=(0x7 << 76) | (kind << 60) | (0x8 << 60) | number)))


async def _asked(app: Application, role: str, texts: list[str], times: int) -> dict[str, float]:
    actor = Actor(1, None, role, (Role(role, None),))
    await app.search(actor, texts[0], None, 20)
    took, hits = [], 0
    for text in itertools.islice(itertools.cycle(texts), times):
        began = time.perf_counter()
        hits += len(await app.search(actor, text, None, 20))
        took.append((time.perf_counter() - began) * 1e3)
    cuts = statistics.quantiles(took, n=20)
    return {
        "p50_ms": round(statistics.median(took), 2),
        "p95_ms": round(cuts[18], 2),
        "hits": round(hits / len(took), 1),
    }


def as_text(found: dict[str, Any]) -> str:
    """The report for a terminal."""
    return "\n".join(_lines(found))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    at = found["machine"]
    yield f"{at['processor']}, {at['cores']} cores, load {at['load_average']}, commit {at['commit']}"
    yield f"{found['parties']:,} parties with a name, an identifier and an e-mail address, seed {found['seed']}"
    for name, database in found["databases"].items():
        yield ""
        yield (
            f"{name}: {database['entries']:,} entries; rows and entries written in {database['load_seconds']} s, "
            f"all compared again in {database['rebuild_seconds']} s"
        )
        for question, figures in database["questions"].items():
            yield (
                f"  {question:42} p50 {figures['p50_ms']:8.2f} ms   p95 {figures['p95_ms']:8.2f} ms   "
                f"{figures['hits']:5.1f} hits"
            )
