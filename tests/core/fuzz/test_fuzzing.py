"""Whatever is sent, by whomever, the server answers in its own words: nothing breaks inside."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from graphql import GraphQLSchema, build_schema, print_schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.core.api.http.sending import JSON, Received, Server
from tests.core.conftest import Filled
from tests.core.fuzz.asking import (
    HEADERS,
    METHODS,
    PARAMETERS,
    TARGETS,
    bodies,
    documents,
    with_variables,
)
from tests.core.query.any_rows import any_rows, reachable
from tests.core.query.rows import LONG_AGO, random_rows
from tests.core.query.test_everything import ROLES, actor, installed
from tests.installations import DATABASES, Templates
from xrm_core.api.rates import Rates
from xrm_core.data.generate import generate
from xrm_core.data.load.books_load import load_books
from xrm_core.errors import WireCode
from xrm_core.identity.actor import Actor
from xrm_core.plugins.testing import Installation

EVERYBODY = (*ROLES, "nobody")
CODES = {code.value for code in WireCode} - {"INTERNAL"}
_EXAMPLES, _SOAK_EXAMPLES = 6, 400


class Fuzzed:
    """Servers on both databases, everybody signed in, and the schema and ids to make documents of."""

    def __init__(self, stand: Filled, actors: Mapping[str, Mapping[str, Actor]], ids: Sequence[str]) -> None:
        self.stand, self.ids = stand, ids
        self.servers = {kind: Server(installation) for kind, installation in stand.installations.items()}
        for kind, installation in stand.installations.items():
            app = installation.app
            app.settings.rate_per_user = app.settings.rate_per_address = ""
            app.rates = Rates(app.settings)
            for role, somebody in actors[kind].items():
                app.sessions._known[role] = (math.inf, somebody)
        # A copy: the fuzzer looks at types, and nothing of ours should be touched by it.
        shown = print_schema(stand.installations["sqlite"].app.snapshot.schema)
        self.schema: GraphQLSchema = build_schema(shown)

    def send(self, kind: str, role: str, payload: Any) -> Received:
        """What somebody with the role is answered."""
        headers = {**JSON, **({} if role == "nobody" else {"authorization": f"Bearer {role}"})}
        return self.raw(kind, "POST", "/graphql", orjson.dumps(payload), headers)

    def raw(self, kind: str, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Received:
        """What anything is answered."""
        sending = self.servers[kind].send(method, target, body=body, headers=headers)
        return self.stand.runner.run(sending)


@pytest.fixture(scope="module")
def fuzzed(templates: Templates, postgres_url: str) -> Iterator[Fuzzed]:
    """Rows of everything, each as odd as its columns allow: for questions."""
    stand = Filled(templates, postgres_url, installed())
    rows = random_rows(5, stand.unit, size=8)
    stand.load(rows)
    stand.take_in(rows, LONG_AGO)
    added = any_rows(6, stand.unit, reachable([*installed(), "workflows"]), rows)
    stand.load(added, instead=True)
    stand.rows = rows | added
    ids = [str(row["id"]) for found in stand.rows.values() for row in found if "id" in row]
    actors = {role: actor(stand, role) for role in ROLES}
    yield Fuzzed(stand, dict.fromkeys(DATABASES, actors), ids)
    stand.close()


@pytest.fixture(scope="module")
def lived(templates: Templates, postgres_url: str) -> Iterator[Fuzzed]:
    """Made-up books as the demo has them, which make sense: for changes."""
    stand = Filled(templates, postgres_url, installed())
    actors: dict[str, dict[str, Actor]] = {}
    ids: list[str] = []

    async def live(kind: str, installation: Installation) -> None:
        outcome = await load_books(installation.app, generate(7, 6), installation.unit)
        assert not any(outcome.plugins.values()), outcome.plugins
        for role in ROLES:
            await installation.user(role)
        actors[kind] = {role: installation.actor(role) for role in ROLES}
        async with installation.app.reading() as session:
            for info in reachable([*installed(), "workflows"]):
                found = await session.execute(sa.select(info.table.c.id).limit(8))
                ids.extend(str(one) for (one,) in found)

    for kind, installation in stand.installations.items():
        stand.runner.run(live(kind, installation))
    yield Fuzzed(stand, actors, ids)
    stand.close()


def check(sent: Any, answer: Received) -> None:
    """It is one of our answers, with every error in its shape and none of them ours."""
    assert answer.status < 500, (sent, answer)
    if not answer.headers.get("content-type", "").startswith("application/") or not answer.body:
        return
    found = orjson.loads(answer.body)
    for entry in found if isinstance(found, list) else [found]:
        for error in entry.get("errors", []):
            extensions = error["extensions"]
            assert extensions["code"] in CODES, (sent, error)
            assert isinstance(error["message"], str) and extensions["requestId"], (sent, error)


def tried(strategy: Any, ask: Any, examples: int) -> None:
    """Ask many of what the strategy makes."""

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate],
    )
    @given(strategy)
    def each(sent: Any) -> None:
        ask(sent)

    each()


def ask_documents(fuzzed: Fuzzed, role: str, *, mutating: bool, examples: int) -> None:
    """Valid documents, the same to both databases."""

    def ask(text: str) -> None:
        for kind in DATABASES:
            check((kind, role, text), fuzzed.send(kind, role, {"query": text}))

    tried(documents(fuzzed.schema, fuzzed.ids, mutating=mutating), ask, examples)


def ask_variables(fuzzed: Fuzzed, role: str, examples: int) -> None:
    """Variables of any shape."""

    def ask(sent: tuple[str, dict[str, Any]]) -> None:
        try:
            payload = orjson.dumps({"query": sent[0], "variables": sent[1]}, option=orjson.OPT_NON_STR_KEYS)
        except (TypeError, orjson.JSONEncodeError):
            return
        headers = {**JSON, **({} if role == "nobody" else {"authorization": f"Bearer {role}"})}
        for kind in DATABASES:
            check((kind, role, sent), fuzzed.raw(kind, "POST", "/graphql", payload, headers))

    tried(with_variables(fuzzed.schema), ask, examples)


def ask_anything(fuzzed: Fuzzed, examples: int) -> None:
    """Requests of any form."""

    def ask(sent: tuple[str, str, str, dict[str, str], bytes]) -> None:
        method, target, parameters, headers, body = sent
        check(sent, fuzzed.raw("sqlite", method, f"{target}?{parameters}", body, headers))
        signed_in = {**JSON, **headers, "authorization": "Bearer sales"}
        check(sent, fuzzed.raw("sqlite", method, f"{target}?{parameters}", body, signed_in))

    tried(st.tuples(METHODS, TARGETS, PARAMETERS, HEADERS, bodies()), ask, examples)


@pytest.mark.parametrize("role", EVERYBODY)
def test_no_question_breaks_the_server(fuzzed: Fuzzed, role: str) -> None:
    ask_documents(fuzzed, role, mutating=False, examples=_EXAMPLES)


@pytest.mark.parametrize("role", EVERYBODY)
def test_no_change_breaks_the_server(lived: Fuzzed, role: str) -> None:
    ask_documents(lived, role, mutating=True, examples=_EXAMPLES)


@pytest.mark.parametrize("role", EVERYBODY)
def test_no_variable_breaks_the_server(lived: Fuzzed, role: str) -> None:
    ask_variables(lived, role, _EXAMPLES)


def test_no_request_breaks_the_server(fuzzed: Fuzzed) -> None:
    ask_anything(fuzzed, 100)


@pytest.mark.soak
@pytest.mark.parametrize("role", EVERYBODY)
def test_nothing_breaks_the_server_in_the_long_run(fuzzed: Fuzzed, lived: Fuzzed, role: str) -> None:
    ask_documents(lived, role, mutating=True, examples=_SOAK_EXAMPLES)
    ask_variables(lived, role, _SOAK_EXAMPLES)
    ask_documents(fuzzed, role, mutating=False, examples=_SOAK_EXAMPLES)
    ask_anything(fuzzed, _SOAK_EXAMPLES)
