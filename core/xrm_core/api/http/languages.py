"""The language and time zone of an answer: the user's own, else what the request prefers, else the installation's."""

from dataclasses import replace

from starlette.requests import HTTPConnection

from xrm_core.api.http.negotiation import weighed
from xrm_core.api.http.refusals import BadRequest
from xrm_core.identity.actor import Actor
from xrm_core.zones import is_zone

LANGUAGES = ("en", "fr")
ZONE_HEADER = "x-time-zone"


def preferred(accepted: str, default: str) -> str:
    """The supported language that Accept-Language weighs highest; `default` where it names none of them."""
    for name, weight in weighed(accepted):
        if weight <= 0:
            continue
        if name == "*":
            return default
        base = name.split("-")[0]
        if base in LANGUAGES:
            return base
    return default


def speaking(actor: Actor, connection: HTTPConnection) -> Actor:
    """The actor as this request wants to be answered. Raises: BadRequest for a time zone that is none."""
    language, zone = actor.language, actor.clock
    if "language" not in actor.own:
        language = preferred(connection.headers.get("accept-language", ""), actor.language)
    wanted = connection.headers.get(ZONE_HEADER)
    if wanted is not None and not is_zone(wanted):
        raise BadRequest(f"{ZONE_HEADER} is the name of an IANA time zone.", field=ZONE_HEADER)
    if wanted is not None and "time_zone" not in actor.own:
        zone = wanted
    if language == actor.language and zone == actor.clock:
        return actor
    return replace(actor, language=language, clock=zone)
