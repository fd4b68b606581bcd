"""One request to /graphql, from what was sent to what goes back."""

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import Answer, answer, prepared_for, refused, request_id
from xrm_core.api.exporting import export
from xrm_core.api.http.answers import Reply, is_known, refusal, sent_back, tag, unavailable
from xrm_core.api.http.callers import address_of, caller_of, is_secure, set_cookie, token_of
from xrm_core.api.http.exports import ExportResponse
from xrm_core.api.http.languages import speaking
from xrm_core.api.http.negotiation import EVENTS, GRAPHQL, HTML, JSON, negotiated
from xrm_core.api.http.origin import check_origin
from xrm_core.api.http.page import page
from xrm_core.api.http.persisted import Documents
from xrm_core.api.http.reading import Bounds, Sent, asked, is_on, parameters_of, posted
from xrm_core.api.http.refusals import BadRequest, in_time
from xrm_core.api.leaving import left
from xrm_core.api.subscriptions.events import answered_stream, failed_stream, subscribed_stream
from xrm_core.api.subscriptions.operation import Asked
from xrm_core.app import Application
from xrm_core.errors import DomainError, Unavailable
from xrm_core.identity.actor import Actor

_METHODS = "GET, HEAD, OPTIONS, POST"
_NAMES_A_DOCUMENT = ("query", "documentId", "extensions")


async def graphql(request: Request) -> Response:
    """GraphQL over HTTP; a browser that asks for a page gets GraphiQL."""
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": _METHODS})
    exchange = Exchange(request)
    try:
        if exchange.wants_page():
            return page()
        return await exchange.response()
    except BadRequest as wrong:
        return await sent_back(request, refusal(wrong, exchange.id, exchange.media))


class Exchange:
    """One request and the answer to it."""

    def __init__(self, request: Request) -> None:
        self.request, self.id, self.media = request, request_id(), JSON
        self.app: Application = request.app.state.xrm
        self.documents: Documents = request.app.state.documents
        self.cookie: dict[str, Any] | None = None
        self.is_get = request.method in ("GET", "HEAD")
        self.may_stream = self.is_streamed = False

    def wants_page(self) -> bool:
        """Whether a browser looks at the address rather than asks; what it wants instead is settled here.

        Raises: BadRequest (406) if it wants nothing that we have.
        """
        accept = self.request.headers.get("accept", "")
        is_bare = self.is_get and not any(name in parameters_of(self.request) for name in _NAMES_A_DOCUMENT)
        has_page = is_bare and self.documents.are_free
        found = negotiated(accept, (GRAPHQL, JSON, HTML, EVENTS) if has_page else (GRAPHQL, JSON, EVENTS))
        # A subscription is streamed to whoever can read a stream; anything else only to who likes that best.
        is_named = EVENTS in accept.lower() and negotiated(accept, (EVENTS,)) is not None
        self.may_stream = self.request.method != "HEAD" and is_named
        if found is None or (found == EVENTS and not self.may_stream):
            raise BadRequest(f"Answers are {GRAPHQL} or {JSON}.", 406)
        self.is_streamed = found == EVENTS
        self.media = found if found == GRAPHQL else JSON
        return found == HTML

    async def response(self) -> Response:
        """The answer. Raises: BadRequest."""
        check_origin(self.request, self.app.settings, is_preflighted=not self.is_get)
        address = address_of(self.request)
        with in_time():
            self.app.rates.count_address(address)
        sent = asked(self.request) if self.is_get else await posted(self.request, self._bounds())
        try:
            actor = await caller_of(self.request)
        except Unavailable as down:
            raise unavailable(down.message) from down
        operations = len(sent) if isinstance(sent, list) else 1
        with in_time():
            self.app.rates.count_address(address, operations - 1)
            self.app.rates.count_user(actor, address, operations)
        if actor is not None:
            actor = speaking(actor, self.request)
        if is_on(self.request, "x-xrm-export"):
            return await self._exported(actor, sent)
        if self.may_stream and isinstance(sent, Sent):
            stream = await self._stream(actor, sent)
            if stream is not None:
                return stream
        reply = await (self._several(actor, sent) if isinstance(sent, list) else self._one(actor, sent))
        if actor is not None:
            reply.headers["content-language"] = actor.language
        reply.is_packed = self.cookie is None
        response = await sent_back(self.request, reply)
        if self.cookie is not None:
            set_cookie(response, self.cookie, secure=is_secure(self.request))
        return response

    async def _stream(self, actor: Actor | None, sent: Sent) -> Response | None:
        """The events of a subscription, or the one event of anything else if that was asked for; else None."""
        try:
            text = self.documents.text_of(sent)
            is_subscription = prepared_for(self._context(actor), text, sent.operation).is_subscription
        except Exception as wrong:
            return failed_stream(wrong) if self.is_streamed else None
        if is_subscription:
            asked_for = Asked(text, sent.variables, sent.operation)
            return await subscribed_stream(self.app, asked_for, token=token_of(self.request), actor=actor)
        if not self.is_streamed:
            return None
        response = answered_stream((await self._answered(actor, sent)).body)
        if self.cookie is not None:
            set_cookie(response, self.cookie, secure=is_secure(self.request))
        return response

    def _bounds(self) -> Bounds:
        settings = self.app.settings
        return Bounds(settings.max_body_bytes, settings.max_batch, settings.body_timeout_s)

    async def _exported(self, actor: Actor | None, sent: Sent | list[Sent]) -> Response:
        """In export mode: written as it is read, if it is large."""
        if isinstance(sent, list):
            raise BadRequest("Export mode answers one operation a request.")
        try:
            text = self.documents.text_of(sent)
        except DomainError as wrong:
            return await sent_back(self.request, self._reply(refused(wrong, self.id)))
        found = await export(self._context(actor), text, sent.variables, sent.operation)
        if isinstance(found, Answer):
            return await sent_back(self.request, self._reply(found))
        return ExportResponse(found, self.request, self.media)

    def _context(self, actor: Actor | None) -> ApiContext:
        request = self.request
        context = ApiContext(
            self.app, actor, self.id, token_of(request), address_of(request), reads_only=self.is_get
        )
        context.shows_cost, context.gone = is_on(request, "x-xrm-cost"), partial(left, request.receive)
        return context

    async def _one(self, actor: Actor | None, sent: Sent) -> Reply:
        return self._reply(await self._answered(actor, sent))

    def _reply(self, found: Answer) -> Reply:
        status = found.status if self.media == GRAPHQL or found.status == 405 else 200
        reply = Reply(found.body, status, self.media)
        if status == 401:
            reply.headers["www-authenticate"] = "Bearer"
        if status == 405:
            reply.headers["allow"] = "POST"
        return self._tagged(reply) if self.is_get and status == 200 else reply

    async def _several(self, actor: Actor | None, sent: list[Sent]) -> Reply:
        """Each in turn, as if it had come alone: what one changed the next one sees, and stays if that one fails."""
        self.media = JSON
        if negotiated(self.request.headers.get("accept", ""), (JSON,)) is None:
            raise BadRequest(f"A list of operations is answered as {JSON}.", 406)
        bodies = [(await self._answered(actor, one)).body for one in sent]
        return Reply(b"[" + b",".join(bodies) + b"]")

    async def _answered(self, actor: Actor | None, sent: Sent) -> Answer:
        try:
            text = self.documents.text_of(sent)
        except DomainError as wrong:
            return refused(wrong, self.id)
        context = self._context(actor)
        found = await answer(context, text, sent.variables, sent.operation)
        if found.status == 200 and actor is not None:
            self.documents.learn(sent)
        self.cookie = context.cookie or self.cookie
        return found

    def _tagged(self, reply: Reply) -> Reply:
        """What a browser may keep if it asks each time whether that still holds."""
        current = tag(reply.body, self.app.cursor_key, self.media)
        reply.headers |= {"etag": current, "cache-control": "private, no-cache"}
        if is_known(self.request.headers, current):
            reply.status, reply.body = 304, b""
        return reply
