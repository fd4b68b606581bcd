"""Whoever may not see a row or a field learns nothing of it, by no way that an answer takes."""

import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import GraphQLField, GraphQLID

from tests.core.access.worlds import ROLE, Worlds, book, hidden_ids, hideable
from tests.core.query.any_rows import reachable
from tests.core.query.asking import EXAMPLES, fixed_today
from tests.core.query.questions import Grammar
from tests.core.query.rows import LONG_AGO, Rows
from tests.core.query.stand import Stand
from tests.core.query.test_everything import installed
from tests.core.query.writing import Document
from tests.installations import Templates
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import Kind
from xrm_core.identity.actor import Actor, Role
from xrm_core.text import camel, snake


class Twice(Stand):
    """A stand and the two worlds it may be in."""

    worlds: tuple[Rows, Rows]
    actor: Actor

    @property
    def fields(self) -> dict[str, GraphQLField]:
        """The fields of Query."""
        query = self.installations["sqlite"].app.snapshot.schema.query_type
        assert query is not None
        fields: dict[str, GraphQLField] = query.fields
        return fields

    def enter(self, world: Rows) -> None:
        """Be in that world."""
        self.load(world, instead=True)

    def told(self, questions: list[tuple[str, dict[str, Any]]]) -> list[tuple[bytes, int]]:
        """What somebody with the narrow role is answered from each database, and by how many statements."""
        answers = []
        for text, variables in questions:
            for kind in self.installations:
                self.statements(kind)
                body = self.body(kind, self.actor, text, variables)
                answers.append((body, len(self.statements(kind))))
        return answers

    def learns_nothing(self, questions: list[tuple[str, dict[str, Any]]]) -> list[bytes]:
        """The answers, which must be the same in both worlds."""
        first, second = self.worlds
        self.enter(first)
        here = self.told(questions)
        self.enter(second)
        there = self.told(questions)
        kinds = list(self.installations)
        for position, (one, other) in enumerate(zip(here, there, strict=True)):
            text, variables = questions[position // len(kinds)]
            assert one == other, (kinds[position % len(kinds)], text, variables)
        return [body for body, _ in here]


@pytest.fixture(scope="module")
def twice(templates: Templates, postgres_url: str) -> Iterator[Twice]:
    """Both databases with every installed plugin, in either of two worlds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Actor, "today", fixed_today)
        stand = Twice(templates, postgres_url, installed())
        bases: Rows = {}
        stand.take_in(bases, LONG_AGO)
        resources = reachable([*installed(), "workflows", "probe", "gauge"])
        worlds = Worlds(stand.unit, bases, resources, size=10)
        stand.worlds = (worlds.world(20), worlds.world(30))
        user = worlds.visible["core.user"][0]["id"]
        stand.actor = Actor(1, user, ROLE, (Role(ROLE),), stand.unit, "en")
        stand.obey(book())
        yield stand
        stand.close()


def roots(stand: Twice) -> list[ResourceInfo]:
    return [info for info in REGISTRY if info.root and not info.extends and stand.worlds[0].get(info.name)]


def grammar(stand: Twice, number: Any, hidden: frozenset[tuple[str, str]]) -> Grammar:
    return Grammar(number, stand.worlds[0], hidden, [info.name for info in roots(stand)])


def secrets() -> frozenset[tuple[str, str]]:
    return frozenset((resource, name) for resource, names in hideable().items() for name in names)


def test_the_worlds_differ_for_those_who_see_everything(twice: Twice) -> None:
    admin = Actor(1, twice.actor.user_id, "admin", (Role("admin"),), twice.unit, "en")
    text = "{ " + " ".join(f"{info.many} {{ totalCount }}" for info in roots(twice)[:40]) + " }"

    twice.obey(None)
    told = []
    for world in twice.worlds:
        twice.enter(world)
        told.append(twice.answer("sqlite", admin, text))
    twice.obey(book())

    assert told[0] != told[1]


def test_nothing_is_learnt_from_lists_orders_filters_and_groups_of_anything(twice: Twice) -> None:
    asked: list[str] = []
    for info in roots(twice):
        known = grammar(twice, lambda low, high: low, secrets())
        for name in [name for name, spec in known.values(info).items() if spec.kind is not Kind.JSON]:
            page = f"{info.many}(orderBy: [{{{name}: ASC}}], first: 3)"
            shown = (
                "{ totalCount edges { cursor node { id } } pageInfo { hasNextPage startCursor endCursor } }"
            )
            groups = f"{info.many}Aggregate(groupBy: [{{field: {snake(name).upper()}}}])"
            asked += [
                f"{page} {shown}",
                f"{info.many}(where: {{{name}: {{isNull: false}}}}) {{ totalCount }}",
                f"{groups} {{ keys count share {{ count }} }}",
            ]
        lists = " ".join(
            f"{name} {{ totalCount }}" for name, one in known.lists(info).items() if not one.as_list
        )
        links = " ".join(f"{name} {{ id }}" for name in known.links(info, asked=False))
        asked.append(f"{info.many}(first: 50) {{ nodes {{ id {lists} {links} }} }}")

    answers = twice.learns_nothing(together(asked))

    assert all(b'"errors"' not in body for body in answers)


def test_asking_about_a_hidden_field_is_refused_alike_everywhere(twice: Twice) -> None:
    questions: list[tuple[str, dict[str, Any]]] = [
        (f"{{ {info.many}(where: {{{camel(name)}: {{isNull: false}}}}) {{ totalCount }} }}", {})
        for info in roots(twice)
        for name in hideable()[info.name]
        if name in info.fields or name in info.computed
    ]

    answers = twice.learns_nothing(questions)

    assert len(answers) > 20
    assert all(b'"VALIDATION"' in body for body in answers)


def together(asked: list[str], size: int = 25) -> list[tuple[str, dict[str, Any]]]:
    """Many fields of Query in one question."""
    parts = [f"a{number}: {one}" for number, one in enumerate(asked)]
    return [(f"{{ {' '.join(parts[start : start + size])} }}", {}) for start in range(0, len(parts), size)]


def test_nothing_is_learnt_from_random_questions(twice: Twice) -> None:
    questions = []
    for seed in range(EXAMPLES * 2):
        chance = random.Random(seed)
        hidden = secrets() if seed % 2 else frozenset()
        drawn = grammar(twice, chance.randint, hidden)
        document = Document(drawn.operation(), lambda drawn=drawn: drawn.chance(40))  # type: ignore[misc]
        questions.append((document.text, document.variables))

    answers = twice.learns_nothing(questions)

    assert sum(b'"errors"' not in body for body in answers) > len(answers) // 2


def test_what_one_may_not_see_answers_as_if_it_did_not_exist(twice: Twice) -> None:
    asked = []
    for name, ids in hidden_ids(*twice.worlds).items():
        info = REGISTRY[name]
        derived = "sql" in twice.fields.get(info.one, GraphQLField(GraphQLID)).extensions
        if ids and derived:
            asked += [f'{info.one}(id: "{id_}") {{ id }}' for id_ in ids]
            asked.append(f'node(id: "{ids[0]}", type: "{info.type_name}") {{ id }}')
    parties = hidden_ids(*twice.worlds)["core.party"]
    asked.append(f'node(id: "{parties[0]}") {{ id }}')

    answers = twice.learns_nothing(together(asked))

    for body in answers:
        answer = orjson.loads(body)
        assert "errors" not in answer
        assert set(answer["data"].values()) == {None}, answer
