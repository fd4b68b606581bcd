"""Messages of graphql-transport-ws: what a client may send, and how answers are written.

The protocol is that of the npm package graphql-ws, whose PROTOCOL.md names the messages and the codes of closing.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from xrm_core.api.http.reading import Sent, sent_of
from xrm_core.api.http.refusals import BadRequest

SUBPROTOCOL = "graphql-transport-ws"
# It comes back with every message.
_LONGEST_ID = 200


class Close(IntEnum):
    """Why a socket was closed."""

    GOING_AWAY = 1001
    TOO_LARGE = 1009
    TRY_AGAIN = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    NO_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    ALREADY_SUBSCRIBED = 4409
    INIT_TWICE = 4429


class Closed(Exception):
    """The socket has to be closed: the code and the reason, which has at most 123 bytes."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason.encode()[:123].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the client: its type, the operation it is about, and what it carries."""

    type: str
    id: str = ""
    payload: Any = None


def parsed(text: str) -> Message:
    """The message a client sent. Raises: Closed if it is none."""
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as wrong:
        raise Closed(Close.BAD_REQUEST, "The message is not JSON.") from wrong
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise Closed(Close.BAD_REQUEST, "A message is a JSON object with a type.")
    payload = found.get("payload")
    kind = found["type"]
    if kind in ("connection_init", "ping", "pong") and not isinstance(payload, dict | None):
        raise Closed(Close.BAD_REQUEST, f"The payload of {kind} is a JSON object.")
    if kind not in ("subscribe", "complete"):
        return Message(kind, payload=payload)
    identity = found.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= _LONGEST_ID:
        raise Closed(Close.BAD_REQUEST, f"{kind} needs an id of at most {_LONGEST_ID} characters.")
    return Message(kind, identity, payload)


def sent(payload: Any) -> Sent:
    """The operation in a subscribe message. Raises: Closed."""
    try:
        return sent_of(payload, "payload.")
    except BadRequest as wrong:
        raise Closed(Close.BAD_REQUEST, wrong.message) from wrong


def token_in(payload: Any) -> str | None:
    """The token in the payload of connection_init: `{"token": …}` or `{"Authorization": "Bearer …"}`."""
    given = payload or {}
    for name in ("token", "authorization", "Authorization"):
        value = given.get(name)
        if isinstance(value, str) and value:
            return value[7:] if name != "token" and value[:7].lower() == "bearer " else value
    return None


def written(kind: str, identity: str = "", payload: bytes | None = None) -> str:
    """A message of ours; the payload is JSON already."""
    head = b'{"type":' + orjson.dumps(kind)
    head += b',"id":' + orjson.dumps(identity) if identity else b""
    return (head + (b',"payload":' + payload if payload is not None else b"") + b"}").decode()
