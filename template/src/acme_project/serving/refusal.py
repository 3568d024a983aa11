"""How the service says no: one shape for every error, with the members of RFC 9457."""

from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ..errors import Stop
from ..signature import UNKNOWN

RETRY_SECONDS = "5"
MAX_ERRORS = 20


class FieldError(BaseModel):
    """One field that was refused, of the row or outcome at that index; never with its value."""

    row: int | None
    field: str | None
    problem: str


class Problem(BaseModel):
    """Why a request was refused, and what to do about it."""

    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []


class Refused(Exception):
    """A request that gets a `Problem` for an answer."""

    def __init__(
        self, status: int, title: str, detail: str = "", errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(title)
        self.problem = Problem(title=title, status=status, detail=detail, errors=list(errors))

    def response(self) -> JSONResponse:
        """Return the problem as an answer that says when to come back or how to authenticate."""
        extra = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": RETRY_SECONDS}}
        return JSONResponse(
            self.problem.model_dump(),
            status_code=self.problem.status,
            headers=extra.get(self.problem.status),
        )


def refused(what: str, errors: Sequence[FieldError], detail: str, status: int = 422) -> Refused:
    """The refusal of a request in which at least one *what* is faulty; the first is its title."""
    first = errors[0]
    title = f"{what} {first.row}: {first.field or 'it'} {first.problem}"
    return Refused(status, title, detail, errors[:MAX_ERRORS])


def faulty(errors: Sequence[FieldError]) -> list[str]:
    """For each faulty row the first field that is; a name that a stranger made up is `unknown`."""
    first = {each.row: each for each in reversed(errors) if each.row is not None}
    return [
        "unknown" if each.problem == UNKNOWN else each.field or "row" for each in first.values()
    ]


async def said(request: Request, error: Exception) -> JSONResponse:
    """The answer to a request that ends in `Refused` or in `Stop`; raises any other error."""
    if isinstance(error, Stop):
        error = Refused(422, error.what, error.fix)
    if not isinstance(error, Refused):
        raise error
    request.state.refused = faulty(error.problem.errors)
    return error.response()


def install(app: FastAPI) -> None:
    """Make *app* answer its refusals, the framework's own and crashes in that one shape."""
    app.add_exception_handler(Refused, said)
    app.add_exception_handler(Stop, said)

    @app.exception_handler(HTTPException)
    async def unroutable(_: Request, error: HTTPException) -> JSONResponse:
        answer = Refused(error.status_code, error.detail).response()
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def crashed(request: Request, _: Exception) -> JSONResponse:
        answer = Refused(500, "the service failed", "its log names the place").response()
        answer.headers["x-request-id"] = request.state.request_id
        return answer
