"""The HTTP service around packaged models."""

import asyncio
import importlib
import importlib.util
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from ..artifact import Model
from ..errors import Stop
from ..outcomes import Role
from ..reasons import explain
from . import feedback, refusal, requests
from .access import BearerToken, Observed, Observer, log_exchange
from .admission import Admission, Load
from .answers import Explanations, Predictions, Readiness, Reference
from .refusal import Problem, Refused
from .traffic import Answering, Traffic
from .writer import Writer, answered, shadowed

# Parts of the service that a project may do without: each module has `install(app)`.
PARTS = ("telemetry",)

NO_MODEL = "no model is loaded"
PACK_ONE = "run `acme-project run`; the service finds the model"
ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
BODIES = {
    "/predict": requests.schema,
    "/explain": requests.schema_of_few,
    "/feedback": feedback.schema,
}

# What goes without a token, and what does not.
opened, router = APIRouter(), APIRouter()


def loaded(request: Request) -> Answering:
    """Return the models that answer, or refuse with 503 while there is none."""
    live = request.app.state.traffic.live
    if live is None:
        raise Refused(503, NO_MODEL, PACK_ONE)
    return live


class Direct:
    """ASGI middleware that brings a request straight to the endpoint of one of *routes*.

    What the framework would look for and check costs as much as a prediction.
    """

    def __init__(self, app: ASGIApp, routes: Mapping[str, APIRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        scope["route"] = route
        request = Request(scope, receive)
        try:
            answer = await route.endpoint(request)
        except (Refused, Stop) as error:
            answer = await refusal.said(request, error)
        return await answer(scope, receive, send)


async def predict(request: Request) -> Response:
    """Predict every row, or none when one of them is not acceptable."""
    live = loaded(request)
    asked = requests.parse(await requests.read(request))
    rows = requests.accept(asked.items, live.champion.manifest.inputs)
    model = live.choose(asked.entity, rows)
    predictions = model.predict(rows)
    request.state.predictions = predictions
    role: Role = "champion" if model is live.champion else "canary"
    captured = answered(model, role, rows, predictions)
    writer: Writer | None = request.app.state.writer
    kept = writer is not None and await writer.keep(captured)
    if kept and live.shadow:
        request.app.state.traffic.later(shadowed(live.shadow, captured, writer))
    answers = [
        {
            "id": each.id if kept else None,
            "probability": each.probability,
            "decision": each.decision,
        }
        for each in captured
    ]
    answer = {"model": model.manifest.version, "predictions": answers}
    return Response(ENCODE(answer), media_type="application/json")


async def learn(request: Request) -> Response:
    """Join outcomes to their predictions: all of them, or none when one does not fit."""
    live = loaded(request)
    asked = requests.parse(await requests.read(request), "outcomes", feedback.MAX_OUTCOMES)
    told = feedback.accept(asked.items, live.champion.manifest.outcome)
    writer: Writer | None = request.app.state.writer
    learned = feedback.settled(told, await writer.learn(told) if writer else None)
    return JSONResponse(learned.model_dump())


async def reasons(request: Request) -> Response:
    """Say for every row what each feature adds to the log-odds of the typical row."""
    live = loaded(request)
    asked = requests.parse(await requests.read(request), most=requests.MAX_EXPLAINED)
    rows = requests.accept(asked.items, live.champion.manifest.inputs)
    model = live.choose(asked.entity, rows)
    example = model.manifest.example
    (typical,) = model.predict([example])
    explanations = Explanations(
        model=model.manifest.version,
        reference=Reference(row=example, probability=typical.probability),
        explanations=explain(model, rows),
    )
    return JSONResponse(explanations.model_dump())


@opened.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@opened.get("/ready", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    """Say whether predictions can be asked for."""
    traffic: Traffic = request.app.state.traffic
    if traffic.live is None:
        response.status_code = 503
        response.headers["retry-after"] = refusal.RETRY_SECONDS
    writer: Writer | None = request.app.state.writer
    roles = traffic.live.roles() if traffic.live else {}
    return Readiness(
        ready=traffic.live is not None,
        model=roles.get("champion"),
        canary=roles.get("canary"),
        fault=traffic.fault,
        captures=writer is not None and writer.working,
    )


@router.get("/model", responses={503: {"model": Problem}})
async def describe(request: Request) -> dict[str, Any]:
    """Describe the champion; while its data is the sample, the first line says so."""
    manifest = loaded(request).champion.manifest
    warning = {"warning": manifest.data.warning} if manifest.data.warning else {}
    return warning | manifest.model_dump(mode="json", exclude={"files", "format"})


def create(
    model: Model | None,
    token: str | None = None,
    writer: Writer | None = None,
    models: Path | None = None,
) -> FastAPI:
    """Return the service around *model*; with a *token*, only health checks go without it.

    Without a *writer*, answers have no ids and outcomes are refused. With *models*, the service
    follows the pointers in that folder for as long as it runs.
    """
    app = FastAPI(
        title="acme-project",
        docs_url=None if token else "/docs",
        redoc_url=None,
        responses={401: {"model": Problem}} if token else {},
        lifespan=following,
        # What leaves the process is in access.py, whatever the environment asks of the framework.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    # Documents the token; that nothing is forgotten is the middleware's task.
    bearer = [Depends(HTTPBearer(auto_error=False))] if token else []
    observers: list[Observer] = [log_exchange]
    traffic = Traffic(model, models, lambda live: document(app, live))
    app.state.traffic, app.state.observers = traffic, observers
    app.state.writer, app.state.load = writer, Load()
    refusal.install(app)
    refusals = {each: {"model": Problem} for each in (400, 408, 409, 413, 415, 422, 503)}
    for path, answer, made in (
        ("/predict", predict, Predictions),
        ("/explain", reasons, Explanations),
        ("/feedback", learn, feedback.Learned),
    ):
        said: dict[int | str, dict[str, Any]] = {200: {"model": made}, **refusals}
        app.router.add_api_route(
            path,
            answer,
            methods=["POST"],
            responses=said,
            dependencies=bearer,
        )
    app.include_router(opened)
    app.include_router(router, dependencies=bearer)
    document(app, traffic.live)
    app.add_middleware(Direct, routes=described(app))
    app.add_middleware(Admission, load=app.state.load)
    if token:
        app.add_middleware(BearerToken, token=token)
    app.add_middleware(Observed, observers=observers)
    for name in PARTS:
        if importlib.util.find_spec(f".{name}", __package__):
            importlib.import_module(f".{name}", __package__).install(app)
    return app


@asynccontextmanager
async def following(app: FastAPI) -> AsyncGenerator[None]:
    """Follow the pointers while the service runs."""
    watch = asyncio.create_task(app.state.traffic.watch())
    yield
    watch.cancel()


def document(app: FastAPI, live: Answering | None) -> None:
    """Describe the bodies that the champion accepts, which are read by hand."""
    app.version = live.champion.manifest.version if live else "0"
    app.openapi_schema = None
    for path, route in described(app).items():
        schema = BODIES[path](live.champion.manifest) if live else {"type": "object"}
        content = {"application/json": {"schema": schema}}
        route.openapi_extra = {"requestBody": {"required": True, "content": content}}


def described(app: FastAPI) -> dict[str, APIRoute]:
    """The routes whose bodies are read by hand."""
    routes = (each for each in app.routes if isinstance(each, APIRoute))
    return {each.path: each for each in routes if each.path in BODIES}
