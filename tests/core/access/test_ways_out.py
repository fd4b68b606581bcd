"""Whoever may not see a row or a field learns nothing of it, by no way that an answer takes."""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
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
from xrm_core.api.context import ApiContext
from xrm_core.api.execute import Answer, run
from xrm_core.api.exporting import export
from xrm_core.api.subscriptions.audience import Audience
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import Kind
from xrm_core.identity.actor import Actor, Role
from xrm_core.query.search.keeping import rebuild_all
from xrm_core.text import camel, snake

Question = tuple[str, dict[str, Any]]
Ask = Callable[[str, Actor | None, str, Any], bytes]


class Twice(Stand):
    """A stand and the two worlds it may be in, and the one it is in."""

    worlds: tuple[Rows, Rows]
    actor: Actor
    here: int | None = None

    @property
    def fields(self) -> dict[str, GraphQLField]:
        """The fields of Query."""
        query = self.installations["sqlite"].app.snapshot.schema.query_type
        assert query is not None
        fields: dict[str, GraphQLField] = query.fields
        return fields

    def enter(self, world: int) -> None:
        """Be in that world."""
        if self.here != world:
            self.load(self.worlds[world], instead=True)
            self.here = world

    def told(self, questions: list[Question], ask: Ask) -> list[tuple[bytes, int]]:
        """What somebody with the narrow role is answered from each database, and by how many statements."""
        answers = []
        for text, variables in questions:
            for kind in self.installations:
                self.statements(kind)
                body = ask(kind, self.actor, text, variables)
                answers.append((body, len(self.statements(kind))))
        return answers

    def learns_nothing(
        self, questions: list[Question], ask: Ask | None = None, *, prepare: Callable[[], None] | None = None
    ) -> list[bytes]:
        """The answers, which must be the same in both worlds; `prepare` is called in each."""
        one, other = self._in_both(questions, ask or self.body, prepare)
        kinds = list(self.installations)
        doubtful = []
        for position, told in enumerate(zip(one, other, strict=True)):
            text, variables = questions[position // len(kinds)]
            assert told[0][0] == told[1][0], (kinds[position % len(kinds)], text, variables)
            if told[0] != told[1]:
                doubtful.append((text, variables))
        # Asked for the first time, a question may take a statement more until its plan is found.
        again = self._in_both(doubtful, ask or self.body, prepare) if doubtful else ([], [])
        for position, told in enumerate(zip(*again, strict=True)):
            text, variables = doubtful[position // len(kinds)]
            assert told[0] == told[1], (kinds[position % len(kinds)], text, variables)
        return [body for body, _ in one]

    def _in_both(
        self, questions: list[Question], ask: Ask, prepare: Callable[[], None] | None
    ) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, int]]]:
        found: dict[int, list[tuple[bytes, int]]] = {}
        # Beginning where one is saves a journey.
        for world in (self.here or 0, 1 - (self.here or 0)):
            self.enter(world)
            if prepare is not None:
                prepare()
            found[world] = self.told(questions, ask)
        return found[0], found[1]

    def costed(self, kind: str, actor: Actor | None, text: str, variables: Any) -> bytes:
        """The answer with what it is estimated to cost."""
        context = ApiContext(self.installations[kind].app, actor, "test", shows_cost=True)
        return self.runner.run(run(context, text, variables, None))

    def exported(self, kind: str, actor: Actor | None, text: str, variables: Any) -> bytes:
        """The answer in export mode."""
        return self.runner.run(self._export(ApiContext(self.installations[kind].app, actor, "test"), text))

    @staticmethod
    async def _export(context: ApiContext, text: str) -> bytes:
        found = await export(context, text, {}, None)
        if isinstance(found, Answer):
            return found.body
        try:
            return b"".join([chunk async for chunk in found.chunks()])
        finally:
            await found.close()

    def search_anew(self) -> None:
        """Search knows the rows that there are."""
        for installation in self.installations.values():
            app = installation.app
            self.runner.run(rebuild_all(app.database, app.host.enabled))


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
    for world in (0, 1):
        twice.enter(world)
        told.append(twice.answer("sqlite", admin, text))
    twice.obey(book())

    assert told[0] != told[1]


def test_nothing_is_learnt_from_lists_orders_filters_and_groups_of_anything(twice: Twice) -> None:
    asked: list[str] = []
    for info in roots(twice):
        known = grammar(twice, lambda low, high: low, secrets())
        names = [name for name, spec in known.values(info).items() if spec.kind is not Kind.JSON]
        # What tells of everything has a rule as long as all others together.
        for name in names[-2:] if info.model.__about__ else names:
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


def seen_parties(stand: Twice, most: int) -> list[str]:
    """Some parties that the narrow role sees."""
    rows = [row for row in stand.worlds[0]["core.party"] if row["created_at"].year >= 2000]
    return [str(row["id"]) for row in rows if row["tenant_id"] == 1][:most]


WALK = "{ truncated parties { id name } relationships { id } }"
PATH = "{ length parties { id } relationships { id type { code } } }"


def test_nothing_is_learnt_by_walking_the_graph(twice: Twice) -> None:
    asked: list[Question] = []
    parties = seen_parties(twice, 4)
    for one, other in pairwise(parties):
        ends = f'fromId: "{one}", toId: "{other}", maxDepth: 6'
        asked += [
            (f'{{ neighbourhood(partyId: "{one}", depth: 6) {WALK} }}', {}),
            (f'{{ neighbourhood(partyId: "{one}", depth: 2, knownAt: "2024-01-01T00:00:00Z") {WALK} }}', {}),
            (f"{{ paths({ends}) {PATH} distance({ends}) }}", {}),
            (f'{{ ownershipClosure(partyId: "{one}", asOf: "2021-01-04T10:00:00Z") {WALK} }}', {}),
            (f'{{ ownershipClosure(partyId: "{one}", knownAt: "2026-01-04T10:00:00Z") {WALK} }}', {}),
        ]
    asked.append(
        (f"{{ parties(first: 50) {{ nodes {{ controls {{ basis party {{ id }} path {PATH} }} }} }} }}", {})
    )

    answers = twice.learns_nothing(asked, twice.costed)

    assert all(b'"errors"' not in body for body in answers)
    assert any(b'"length":' in body for body in answers)


def test_nothing_is_learnt_by_searching(twice: Twice) -> None:
    names = [str(world["core.party"][place]["name"])[:30] for world in twice.worlds for place in (1, -1)]
    texts = [*filter(str.strip, names), "secret 1", "s", "smlie", "strase", "elan", "null"]
    text = (
        "query ($t: String!) { search(text: $t, first: 100) { type id title snippet score object { id } } }"
    )

    answers = twice.learns_nothing([(text, {"t": one}) for one in texts], prepare=twice.search_anew)

    assert all(b'"errors"' not in body for body in answers)
    assert sum(b'"snippet"' in body for body in answers) > 4


def test_nothing_is_learnt_from_parts_of_plugins_versions_and_exports(twice: Twice) -> None:
    many = []
    for info in roots(twice):
        known = grammar(twice, lambda low, high: low, frozenset())
        shown = " ".join(_shown(name, spec) for name, spec in known.values(info, asked=False).items())
        parts = " ".join(
            f"{name.split('.')[0]} {{ {_part(known, REGISTRY[name])} }}" for name in info.extensions
        )
        versions = "versions { totalCount nodes { version recordedAt knownTo changed object { id } } }"
        nodes = f"nodes {{ {shown} {parts} {versions if info.history is not None else ''} }}"
        many.append(f"{info.many}(first: 50) {{ totalCount {nodes} }}")
        if info.many == "parties":
            units = " ".join(f"{name} {{ __typename }}" for name in known.namespaces(info))
            many.append(f"{info.many}(first: 50) {{ nodes {{ {units} }} }}")
    questions = together(many, size=5)

    answers = twice.learns_nothing(questions, twice.costed)
    exported = twice.learns_nothing(
        [(text.replace("first: 50", "first: 600"), {}) for text, _ in questions[:3]], twice.exported
    )

    assert all(b'"errors"' not in body for body in answers + exported)


def _shown(name: str, spec: Any) -> str:
    return f"{name} {{ amount currency }}" if spec.kind is Kind.MONEY else name


def _part(known: Grammar, info: ResourceInfo) -> str:
    values = {
        name: spec for name, spec in known.values(info, asked=False).items() if name in info.api_names()
    }
    return " ".join(_shown(name, spec) for name, spec in values.items())


def test_nobody_is_told_of_changes_of_what_they_may_not_see(twice: Twice) -> None:
    twice.enter(0)
    hidden = hidden_ids(*twice.worlds)
    for installation in twice.installations.values():
        audience = Audience(installation.app, twice.actor)
        for name, ids in hidden.items():
            for id_ in ids:
                assert not twice.runner.run(audience.sees([name], str(id_))), name
        for seen in seen_parties(twice, 3):
            assert twice.runner.run(audience.sees(["core.party"], seen))


NAMING_AN_OBJECT = (
    'query { neighbourhood(partyId: "<id>") { truncated } }',
    'query { paths(fromId: "<seen>", toId: "<id>") { length } }',
    'query { distance(fromId: "<id>", toId: "<seen>") }',
    'query { ownershipClosure(partyId: "<id>") { truncated } }',
    'query { explainAccess(userId: "<me>", action: "core.party.read", objectId: "<id>") { allowed } }',
    'mutation { updateParty(input: {id: "<id>", name: "x"}) { id } }',
    'mutation { updateParty(input: {id: "<id>", expectedVersion: 99, name: "x"}) { id } }',
    'mutation { deleteParty(id: "<id>") }',
    'mutation { createTask(input: {subject: "x", party: "<id>"}) { id } }',
    'mutation { createIdentifier(input: {party: "<id>", scheme: "INTERNAL", value: "x"}) { id } }',
    'mutation { createRelationship(input: {type: "<type>", source: "<seen>", target: "<id>"}) { id } }',
    'mutation { logInteraction(input: {partyId: "<id>", channel: "EMAIL", subject: "x"}) { id } }',
    'mutation { setCustomFields(input: {type: "Party", objectId: "<id>", customFields: {}}) { __typename } }',
    'mutation { transition(input: {objectId: "<id>", event: "x"}) { from } }',
)


def test_an_error_says_of_what_is_hidden_what_it_says_of_what_never_was(twice: Twice) -> None:
    twice.enter(0)
    hidden, never = str(hidden_ids(*twice.worlds)["core.party"][0]), "00000000-0000-4000-8000-000000000000"
    seen, me = seen_parties(twice, 1)[0], str(twice.actor.user_id)
    type_ = str(twice.worlds[0]["core.relationship_type"][0]["id"])
    for text in NAMING_AN_OBJECT:
        asked = text.replace("<seen>", seen).replace("<me>", me).replace("<type>", type_)
        for kind in twice.installations:
            about_hidden = twice.body(kind, twice.actor, asked.replace("<id>", hidden)).decode()
            about_nothing = twice.body(kind, twice.actor, asked.replace("<id>", never)).decode()
            assert about_hidden.replace(hidden, never) == about_nothing, text
            assert '"errors"' in about_nothing and "INTERNAL" not in about_nothing, about_nothing
