"""The pretend portal's reverse proxy: a console below a path of the portal's own origin (docs/embed.md)."""

import httpx
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import BadGateway, NotFound

PATH = "/_sandbox/scim"

blueprint = Blueprint("below_path", __name__)

_METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
_SECONDS = 95  # longer than the console waits for Stytch
# Of this connection, or of the body as it was sent, which is not how it is passed on.
_NOT_PASSED_ON = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-encoding",
    "content-length",
    "date",
    "server",
}


@blueprint.route(f"{PATH}/", methods=_METHODS, defaults={"path": ""})
@blueprint.route(f"{PATH}/<path:path>", methods=_METHODS)
def forward(path: str) -> Response:
    """The console's answer; 404 where this sandbox has none below its path, 502 when it does not answer."""
    socket = current_app.config.get("CONSOLE_BELOW_PATH")
    if not socket:
        raise NotFound(f"There is no console below {PATH}/{path}.")
    headers = [(name, value) for name, value in request.headers if name.lower() not in _NOT_PASSED_ON]
    transport = httpx.HTTPTransport(uds=socket)
    try:
        with httpx.Client(transport=transport, timeout=_SECONDS) as client:
            url = f"http://console{request.full_path.removesuffix('?')}"
            answer = client.request(request.method, url, headers=headers, content=request.get_data())
    except httpx.HTTPError:
        raise BadGateway("The console below the path does not answer.") from None
    passed_on = [(name, value) for name, value in answer.headers.multi_items() if name not in _NOT_PASSED_ON]
    return Response(answer.content, answer.status_code, passed_on)
