"""The page that the real server gives a browser: signed in by its cookie, under its policies."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.serving import Served, serving
from tests.browser.test_graphiql import write

pytestmark = pytest.mark.browser

LOGIN = """async ({email, password}) => {
    const answer = await fetch("/graphql", {
        method: "POST",
        headers: {"content-type": "application/json"},
        body: JSON.stringify({
            query: "mutation ($e: String!, $p: String!) { login(email: $e, password: $p) { user { name } } }",
            variables: {e: email, p: password},
        }),
    });
    return await answer.json();
}"""

CREATE = """() => fetch("/graphql", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(
    {query: 'mutation { createParty(input: {name: "Acme"}) { id } }'})})"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on an empty installation."""
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def heard(page: Page) -> list[str]:
    """What the browser complains of."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    return said


def signed_in(page: Page, served: Served) -> Any:
    """The page, once the browser has a session."""
    page.goto(f"{served.url}/graphql")
    return page.evaluate(LOGIN, {"email": served.email, "password": served.password})


def test_a_browser_signs_in_asks_and_reads_the_documentation(
    page: Page, served: Served, heard: list[str]
) -> None:
    answer = signed_in(page, served)
    write(page, ".graphiql-query-editor", "{ me { name } parties { totalCount } }")

    page.locator(".graphiql-execute-button").click()
    page.locator(".result-window").get_by_text("totalCount").wait_for()
    shown = page.locator(".result-window").inner_text()
    page.get_by_label("Show Documentation Explorer").click()
    page.get_by_role("link", name="Query").first.click()
    page.get_by_text("Everything that can be asked.").wait_for()

    assert answer == {"data": {"login": {"user": {"name": "Admin"}}}}
    assert '"Admin"' in shown and "errors" not in shown
    assert heard == []


def test_a_subscription_runs_in_the_page(page: Page, served: Served, heard: list[str]) -> None:
    signed_in(page, served)
    write(page, ".graphiql-query-editor", "subscription { changes { type kind } }")

    page.locator(".graphiql-execute-button").click()
    page.get_by_label("Stop query (Ctrl-Enter)").wait_for()
    told = page.locator(".result-window").get_by_text('"created"')
    # The page does not show when the server has begun to tell.
    for _ in range(20):
        page.evaluate(CREATE)
        page.wait_for_timeout(500)
        if told.count():
            break

    told.first.wait_for()
    assert heard == []


def test_no_script_of_the_page_sees_the_session(page: Page, served: Served) -> None:
    signed_in(page, served)

    cookies = page.context.cookies()

    assert page.evaluate("document.cookie") == ""
    assert [(one["name"], one["httpOnly"], one["sameSite"]) for one in cookies] == [
        ("xrm_session", True, "Lax")
    ]


ATTEMPTS = """async (url) => {
    const body = '{"query": "mutation { logout }"}';
    const form = {method: "POST", mode: "no-cors", credentials: "include", headers: {"content-type": "text/plain"}, body};
    const json = {method: "POST", credentials: "include", headers: {"content-type": "application/json"}, body};
    const found = [];
    for (const [address, options] of [[url, form], [url, json], [url + "?query={me{name}}", {credentials: "include"}]]) {
        found.push(await fetch(address, options).then(answer => answer.text(), () => ""));
    }
    return found;
}"""


def test_a_page_of_another_site_learns_nothing_and_does_nothing(page: Page, served: Served) -> None:
    signed_in(page, served)
    page.route(
        "http://evil.example/", lambda route: route.fulfill(body="<p>evil</p>", content_type="text/html")
    )

    page.goto("http://evil.example/")
    learnt = page.evaluate(ATTEMPTS, f"{served.url}/graphql")
    page.goto(f"{served.url}/graphql?query=mutation%7Blogout%7D")
    page.goto(f"{served.url}/graphql")
    me = page.evaluate(
        """async () => (await fetch("/graphql", {method: "POST", headers: {"content-type": "application/json"},
            body: '{"query": "{ me { name } }"}'})).json()"""
    )

    assert learnt == ["", "", ""]
    assert me == {"data": {"me": {"name": "Admin"}}}
