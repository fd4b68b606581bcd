"""Which media type an answer has: what the client weighs highest of what we offer (RFC 9110, 12.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
EVENTS = "text/event-stream"
# Longer headers are not looked at: nobody means them.
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class _Range:
    kind: str
    subtype: str
    weight: float

    def closeness(self, offer: str) -> int:
        """How closely the range names the offer: 2 by name, 1 by its kind, 0 as anything, -1 not at all."""
        kind, _, subtype = offer.partition("/")
        if self.kind == "*":
            return 0 if self.subtype == "*" else -1
        if self.kind != kind:
            return -1
        return 2 if self.subtype == subtype else 1 if self.subtype == "*" else -1


def negotiated(accept: str, offers: tuple[str, ...]) -> str | None:
    """The offer that the Accept header weighs highest; None if it wants none of them.

    No header wants anything. Among equals what is named beats a wildcard, then the earlier offer wins; a wildcard
    alone gets plain JSON, which every client reads.
    """
    return _negotiated(accept[:_LONGEST], offers)


@lru_cache(maxsize=512)
def _negotiated(accept: str, offers: tuple[str, ...]) -> str | None:
    if not accept.strip():
        return JSON if JSON in offers else offers[0]
    ranges = _ranges(accept)
    best, found = (0.0, 0, 0), None
    for place, offer in enumerate(offers):
        closeness, weight = max(((one.closeness(offer), one.weight) for one in ranges), default=(-1, 0.0))
        preference = len(offers) - place + (len(offers) if closeness < 2 and offer == JSON else 0)
        rank = (weight, closeness, preference)
        if closeness >= 0 and weight > 0 and rank > best:
            best, found = rank, offer
    return found


def _ranges(header: str) -> list[_Range]:
    found = []
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        kind, slash, subtype = name.partition("/")
        weight = weight_of(parameters)
        charset = next((one[8:].strip('"') for one in parameters if one.startswith("charset=")), "utf-8")
        if slash and kind and subtype and weight is not None and charset in ("utf-8", "utf8", "*"):
            found.append(_Range(kind, subtype, weight))
    return found


def weight_of(parameters: Sequence[str]) -> float | None:
    """The q-value among a range's parameters, 1 if there is none; None if it is no number from 0 to 1."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return None
            return weight if 0 <= weight <= 1 else None
    return 1.0


def weighed(header: str) -> tuple[tuple[str, float], ...]:
    """What a header such as Accept-Language or Accept-Encoding lists, in lower case, heaviest first."""
    return _weighed(header[:_LONGEST])


@lru_cache(maxsize=512)
def _weighed(header: str) -> tuple[tuple[str, float], ...]:
    found = []
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = weight_of(parameters)
        if name and weight is not None:
            found.append((name, weight))
    return tuple(sorted(found, key=lambda pair: -pair[1]))
