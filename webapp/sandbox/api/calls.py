"""What every API call shares: reading a body, acting as a member, and the answer's envelope."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request
from pydantic import BaseModel, ConfigDict, ValidationError

from webapp.sandbox.authentication import check_tenancy_and_permission, find_session
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_id
from webapp.sandbox.sessions import MemberSession

_P = ParamSpec("_P")


class Body(BaseModel):
    """A JSON body. Unknown keys pass, as the SDK repeats path parameters in it (stytch-api.md §1.2)."""

    model_config = ConfigDict(extra="ignore", strict=True)


_B = TypeVar("_B", bound=Body)


def call(view: Callable[_P, dict[str, object]]) -> Callable[_P, tuple[dict[str, object], int]]:
    """Run `view` alone in its world, and put its payload into Stytch's flat envelope (stytch-api.md §1.4)."""

    @wraps(view)
    def answer(*args: _P.args, **kwargs: _P.kwargs) -> tuple[dict[str, object], int]:
        with world().lock:
            payload = view(*args, **kwargs)
            status = int(world().variants["status_of_a_post"]) if request.method == "POST" else 200
        return {"status_code": status, "request_id": new_id("request-id"), **payload}, status

    return answer


def body(model: type[_B]) -> _B:
    """The request's JSON object as `model`; ApiError `bad_request`, naming the field, if it isn't one."""
    content = request.get_json(silent=True)
    if not isinstance(content, dict):
        raise ApiError("bad_request")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise ApiError("bad_request", message=f"The field {field} is missing or invalid.") from error


def acting_session() -> MemberSession | None:
    """The session that the request's member header names, None without one (stytch-api.md §1.3).

    ApiError for both headers at once, and for a dead session as the variant `dead_session_in_header` says.
    """
    token = request.headers.get("X-Stytch-Member-Session")
    jwt = request.headers.get("X-Stytch-Member-SessionJWT")
    if token is None and jwt is None:
        return None
    if token is not None and jwt is not None:
        raise ApiError("too_many_session_arguments")
    try:
        session = find_session(world(), token, jwt)
    except ApiError as error:
        match world().variants["dead_session_in_header"]:
            case "401":
                raise ApiError("session_not_found", 401) from error
            case "403":
                raise ApiError("session_authorization_error") from error
            case _:
                raise ApiError("session_not_found") from error
    g.acting_member_id = session.member_id
    return session


def authorize(organization_id: str, resource_id: str, action: str) -> None:
    """Refuse the call if a member acts in it who may not; without a member header the project may do everything."""
    session = acting_session()
    if session is not None:
        check_tenancy_and_permission(world(), session, organization_id, resource_id, action)
