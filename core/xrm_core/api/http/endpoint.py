"""One request to /graphql, from what was sent to what goes back."""

from starlette.requests import Request
from starlette.responses import Response

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import request_id, run
from xrm_core.api.http.answers import answered, refused
from xrm_core.api.http.callers import address_of, caller_of, set_cookie, token_of
from xrm_core.api.http.page import page, wants_page
from xrm_core.api.http.reading import BadRequest, asked, posted
from xrm_core.app import Application
from xrm_core.errors import Unavailable


async def graphql(request: Request) -> Response:
    """One GraphQL operation; a browser that asks for a page gets GraphiQL."""
    app: Application = request.app.state.xrm
    is_get = request.method in ("GET", "HEAD")
    if is_get and wants_page(request):
        return page()
    try:
        payload = asked(request) if is_get else await posted(request, app.settings.max_body_bytes)
        actor = await caller_of(request)
    except BadRequest as wrong:
        return refused(wrong.message, wrong.status)
    except Unavailable as down:
        return refused(down.message, 503, down.wire)
    context = ApiContext(app, actor, request_id(), token_of(request), address_of(request), reads_only=is_get)
    body = await run(context, payload["query"], payload.get("variables") or {}, payload.get("operationName"))
    response = answered(body)
    if context.cookie is not None:
        set_cookie(response, context.cookie, secure=request.url.scheme == "https")
    return response
