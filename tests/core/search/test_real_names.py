"""Real names: every legal entity of the bundled GLEIF answers is found by its name and its LEI, mistyped or not."""

import random

import pytest

from xrm_core.data.gleif import bundled_folder, read_graph
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.identity.actor import Actor, Role
from xrm_core.plugins.testing import Installation
from xrm_core.query.search.words import words_of

ADMIN = Actor(1, None, "admin", (Role("admin"),))
SAMPLE = 60


@pytest.fixture
async def gleif(xrm: Installation) -> Installation:
    """The bundled answers, taken in."""
    await load_gleif(xrm.app, bundled_folder())
    return xrm


async def first(xrm: Installation, text: str) -> str:
    """What comes first."""
    hits = await xrm.app.search(ADMIN, text, ["Party"], 5)
    return hits[0].title if hits else ""


def mistyped(name: str, chance: random.Random) -> str:
    """The name with two neighbours exchanged in its longest word."""
    longest = max((word.text for word in words_of(name)), key=len)
    at = chance.randrange(1, len(longest) - 2)
    turned = longest[:at] + longest[at + 1] + longest[at] + longest[at + 2 :]
    return " ".join(turned if word.text == longest else word.text for word in words_of(name))


async def test_every_entity_is_found(gleif: Installation) -> None:
    chance = random.Random(1)
    entities = [one for one in read_graph(bundled_folder()).entities if len(one.name) <= 150]
    missed = []
    for entity in chance.sample(entities, SAMPLE):
        wrong = mistyped(entity.name, chance)
        for text in (entity.name, entity.name.lower(), entity.lei, entity.lei[:12], wrong):
            hits = await gleif.app.search(ADMIN, text, ["Party"], 5)
            if not any(hit.title == entity.name for hit in hits):
                missed.append((text, [hit.title for hit in hits]))
        assert await first(gleif, entity.lei) == entity.name

    assert missed == []
