"""The bundled GraphiQL works with no network but this machine's own."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from graphql import build_schema, graphql_sync
from playwright.sync_api import Page

import xrm_core

pytestmark = pytest.mark.browser

BUNDLE = Path(xrm_core.__file__).parent / "api/static/graphiql"
SCHEMA = build_schema('type Query { "Who asks, by the Authorization header." asker: String! }')
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


class Site(BaseHTTPRequestHandler):
    """The addresses that XRM's server gives the bundle, over a schema of one field."""

    def do_GET(self) -> None:
        file = BUNDLE / ("index.html" if self.path == "/graphql" else Path(self.path).name)
        self.answer(file.read_bytes(), TYPES[file.suffix])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        root = {"asker": self.headers.get("Authorization", "nobody")}
        result = graphql_sync(SCHEMA, asked["query"], root, variable_values=asked.get("variables"))
        self.answer(json.dumps(result.formatted).encode(), "application/json")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a running site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def write(page: Page, editor: str, text: str) -> None:
    """The editor holds this text and no other."""
    page.locator(f"{editor} .CodeMirror").last.evaluate(
        "(element, text) => element.CodeMirror.setValue(text)", text
    )


def test_a_query_runs_with_the_headers_one_sets(page: Page, site: str) -> None:
    page.goto(f"{site}/graphql")
    write(page, ".graphiql-query-editor", "{ asker }")
    page.get_by_role("button", name="Headers").click()
    write(page, ".graphiql-editor-tool", '{"Authorization": "Bearer 42"}')

    page.locator(".graphiql-execute-button").click()

    page.locator(".result-window").get_by_text("Bearer 42").wait_for()


def test_the_documentation_comes_from_the_schema(page: Page, site: str) -> None:
    page.goto(f"{site}/graphql")

    page.get_by_label("Show Documentation Explorer").click()
    page.get_by_role("link", name="Query").first.click()

    page.get_by_text("Who asks, by the Authorization header.").wait_for()


def test_no_other_address_is_asked(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{site}/graphql")
    page.locator(".graphiql-query-editor .CodeMirror").wait_for()
    page.wait_for_load_state("networkidle")

    assert f"{site}/static/graphiql/graphiql.js" in asked
    assert [url for url in asked if not url.startswith((site, "data:"))] == []
