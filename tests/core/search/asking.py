"""Searching in tests: the same question to both databases, which must answer the same."""

from typing import Any

from tests.core.query.rows import Rows
from tests.core.query.stand import Stand
from xrm_core.identity.actor import Actor, Role

SEARCH = """query ($text: String!, $types: [String!], $first: Int = 20) {
  search(text: $text, types: $types, first: $first) { type id title snippet score } }"""
EVERYTHING = Actor(1, None, "whole", (Role("whole"),))


class Searched(Stand):
    """A stand with rows that are searched."""

    rows: Rows

    def hits(self, text: str, actor: Actor = EVERYTHING, **arguments: Any) -> list[dict[str, Any]]:
        """What is found, the same on both databases."""
        answer = self.same(actor, SEARCH, {"text": text, **arguments})
        assert "errors" not in answer, answer
        found: list[dict[str, Any]] = answer["data"]["search"]
        return found

    def titles(self, text: str, actor: Actor = EVERYTHING, **arguments: Any) -> list[str]:
        """What the hits are called, the best first."""
        return [hit["title"] for hit in self.hits(text, actor, **arguments)]

    def refused(self, text: str, **arguments: Any) -> tuple[str, str | None]:
        """The code and the field of the refusal, the same on both databases."""
        answer = self.same(EVERYTHING, SEARCH, {"text": text, **arguments})
        extensions = answer["errors"][0]["extensions"]
        return extensions["code"], extensions.get("field")
