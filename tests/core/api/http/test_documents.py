"""Documents that are named instead of sent, several operations at once, answers that are kept."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.api.http.sending import ME, Server
from xrm_core.api.http.negotiation import GRAPHQL
from xrm_core.api.http.persisted import Learnt


def persisted(text: str, **changes: Any) -> dict[str, Any]:
    """The extensions that name a document."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256, **changes}}


async def test_a_document_is_learnt_and_then_named(server: Server) -> None:
    who = await server.as_user()

    unknown = await server.post({"extensions": persisted(ME)}, **who)
    strictly = await server.post({"extensions": persisted(ME)}, accept=GRAPHQL, **who)
    taught = await server.post({"query": ME, "extensions": persisted(ME)}, **who)
    named = await server.post({"extensions": persisted(ME)}, **who)
    by_get = await server.get({"extensions": json.dumps(persisted(ME))}, **who)
    by_id = await server.post(
        {"documentId": "sha256:" + persisted(ME)["persistedQuery"]["sha256Hash"]}, **who
    )

    assert (unknown.status, unknown.code) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert unknown.json["errors"][0]["message"] == "PersistedQueryNotFound" and "data" not in unknown.json
    assert (strictly.status, strictly.code) == (400, "PERSISTED_QUERY_NOT_FOUND")
    assert taught.json == named.json == by_get.json == by_id.json == {"data": {"me": {"name": "Admin"}}}


@pytest.mark.parametrize(
    ("extensions", "code"),
    [
        ({"persistedQuery": {}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"persistedQuery": {"version": True, "sha256Hash": "0" * 64}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"persistedQuery": {"version": 1}}, "VALIDATION"),
        ({"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}, "VALIDATION"),
        ({"persistedQuery": {"version": 1, "sha256Hash": "A" * 64}}, "VALIDATION"),
        ({"persistedQuery": {"version": 1, "sha256Hash": 1}}, "VALIDATION"),
        ({"persistedQuery": "x"}, "VALIDATION"),
    ],
)
async def test_a_name_that_is_none_or_of_another_document_is_refused(
    server: Server, extensions: dict[str, Any], code: str
) -> None:
    answer = await server.post({"query": ME, "extensions": extensions}, **await server.as_user())

    assert answer.code == code and "data" not in answer.json


async def test_nobody_fills_the_memory_without_signing_in_or_with_nonsense(server: Server) -> None:
    documents = server.asgi.state.documents
    who = await server.as_user()
    for text in (ME, "{ __typename }"):
        await server.post({"query": text, "extensions": persisted(text)})
    for text in ("{", "{ nothing }"):
        await server.post({"query": text, "extensions": persisted(text)}, **who)

    assert len(documents.learnt) == 0


def test_what_is_learnt_is_bounded_in_number_and_length() -> None:
    few, short = Learnt(3), Learnt(100, characters=48)

    for number in range(10):
        few.put(f"{{ a{number} }}")
        short.put(f"{{ a{number} }}" + " " * 10)

    assert len(few) == 3 and len(short) == 3
    assert short.get(hashlib.sha256(b"{ a9 }" + b" " * 10).hexdigest()) is not None


@pytest.fixture
def trusting(server: Server, tmp_path: Path) -> Server:
    """A server that runs two documents and no other."""
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({"Me/1": ME, "All": "query All { parties { totalCount } }"}))
    server.xrm.app.settings.trusted_documents = str(path)
    return Server(server.xrm)


async def test_only_what_the_operator_registered_is_run(trusting: Server) -> None:
    who = await trusting.as_user()

    for allowed in ({"documentId": "Me/1"}, {"extensions": persisted(ME)}, {"query": ME}):
        assert (await trusting.post(allowed, **who)).json == {"data": {"me": {"name": "Admin"}}}
    for refused in (
        {"query": "{ __typename }"},
        {"query": "query IntrospectionQuery { __schema { types { name } } }"},
        {"documentId": "Me/2"},
        {"documentId": ""},
        {"documentId": "Me/1", "query": "{ me { id } }"},
        {"query": ME + " "},
        {"query": "{ me { id } }", "extensions": persisted("{ me { id } }")},
        {"extensions": persisted("{ me { id } }")},
    ):
        answer = await trusting.post(refused, accept=GRAPHQL, **who)
        assert (answer.status, answer.code) == (403, "FORBIDDEN"), refused


async def test_a_server_that_trusts_shows_no_page_to_try_things(trusting: Server) -> None:
    answer = await trusting.send("GET", headers={"accept": "text/html"})

    assert answer.status == 406


async def test_the_file_is_read_again_when_it_changes(
    trusting: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xrm_core.api.trusted._LOOKED_AT_EVERY_S", 0.0)
    who = await trusting.as_user()
    path = Path(trusting.xrm.app.settings.trusted_documents)

    path.write_text(
        json.dumps({"operations": [{"id": "t", "name": "T", "type": "query", "body": "{ __typename }"}]})
    )
    added = await trusting.post({"documentId": "t"}, **who)
    gone = await trusting.post({"documentId": "Me/1"}, **who)
    path.write_text("broken")
    still = await trusting.post({"documentId": "t"}, **who)

    assert added.json == still.json == {"data": {"__typename": "Query"}}
    assert gone.code == "FORBIDDEN"


async def test_several_operations_are_answered_in_order(server: Server) -> None:
    who = await server.as_user()
    made = {"query": 'mutation { createParty(input: {name: "Acme"}) { name } }'}
    wrong = {"query": "{ nothing }"}
    counted = {"query": '{ parties(where: {name: {eq: "Acme"}}) { totalCount } }'}

    answer = await server.post([counted, made, wrong, counted], **who)

    first, second, third, fourth = answer.json
    assert answer.status == 200
    assert first["data"]["parties"]["totalCount"] == 0
    assert second["data"]["createParty"]["name"] == "Acme"
    assert third["errors"][0]["extensions"]["code"] == "VALIDATION"
    assert fourth["data"]["parties"]["totalCount"] == 1


async def test_they_are_not_any_number(server: Server) -> None:
    one = {"query": "{ __typename }"}

    allowed, refused = await server.post([one] * 10), await server.post([one] * 11)
    server.xrm.app.settings.max_batch = 1
    off = await server.post([one])

    assert len(allowed.json) == 10
    assert (refused.status, refused.code) == (400, "LIMIT_EXCEEDED") and "10" in refused.body.decode()
    assert (off.status, off.code) == (400, "VALIDATION")


async def test_a_list_is_plain_json_or_nothing(server: Server) -> None:
    one = [{"query": "{ __typename }"}]

    plain = await server.post(one, accept=f"{GRAPHQL}, application/json;q=0.9")
    nothing = await server.post(one, accept=GRAPHQL)

    assert plain.headers["content-type"].startswith("application/json") and nothing.status == 406


async def test_an_answer_that_still_holds_is_not_sent_again(server: Server) -> None:
    who = await server.as_user()
    asked = {"query": "{ parties { totalCount } }"}
    first = await server.get(asked, **who)
    tag = first.headers["etag"]

    for given in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = await server.get(asked, if_none_match=given, **who)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    await server.post({"query": 'mutation { createParty(input: {name: "Acme"}) { id } }'}, **who)
    changed = await server.get(asked, if_none_match=tag, **who)

    assert changed.status == 200 and changed.headers["etag"] != tag
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"Authorization", "Cookie", "Accept", "Accept-Language"} <= set(first.headers["vary"].split(", "))


async def test_an_answer_of_one_is_no_answer_for_another(server: Server) -> None:
    first = await server.get({"query": ME}, **await server.as_user("admin"))

    other = await server.get(
        {"query": ME}, if_none_match=first.headers["etag"], **await server.as_user("sales")
    )

    assert other.json == {"data": {"me": {"name": "Sales"}}}


async def test_what_was_posted_or_went_wrong_is_kept_by_nobody(server: Server) -> None:
    posted = await server.post({"query": "{ __typename }"})
    wrong = await server.get({"query": "{"}, accept=GRAPHQL)

    for answer in (posted, wrong):
        assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers
