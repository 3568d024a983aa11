"""The HTTP service around packaged models."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from ..artifact import Model, Prediction
from ..reasons import Explanation, explain
from . import refusal, requests
from .access import BearerToken, Observed, Observer, log_exchange
from .refusal import Problem, Refused
from .traffic import Answering, Traffic

# Parts of the service that a project may do without: each module has `install(app)`.
PARTS = ("telemetry",)
MOST_ROWS = {"/predict": requests.MAX_ROWS, "/explain": requests.MAX_EXPLAINED}

NO_MODEL = "no model is loaded"
PACK_ONE = "run `acme-project run`; the service finds the model by itself"

router = APIRouter()


class Predictions(BaseModel):
    """The answers in the order of the rows, and the version that gave them."""

    model: str
    predictions: list[Prediction]


class Reference(BaseModel):
    """The typical row that reasons compare with, and its probability."""

    row: dict[str, float | str | None]
    probability: float


class Explanations(BaseModel):
    """The reasons for each row's answer, and the row that they start from."""

    model: str
    reference: Reference
    explanations: list[Explanation]


class Readiness(BaseModel):
    """Whether predictions can be asked for, of which versions, and why a newer one is not used."""

    ready: bool
    model: str | None
    canary: str | None = None
    fault: str | None = None


async def loaded(request: Request) -> Answering:
    """Return the models that answer, or refuse with 503 while there is none."""
    live = request.app.state.traffic.live
    if live is None:
        raise Refused(503, NO_MODEL, PACK_ONE)
    return live


Loaded = Annotated[Answering, Depends(loaded)]


async def predict(request: Request, live: Loaded) -> Predictions:
    """Predict every row, or none when one of them is not acceptable."""
    asked = requests.parse(await requests.read(request))
    rows = requests.accept(asked.rows, live.champion.manifest.inputs)
    model = live.choose(asked.entity, rows)
    predictions = model.predict(rows)
    request.state.predictions = predictions
    return Predictions(model=model.manifest.version, predictions=predictions)


async def reasons(request: Request, live: Loaded) -> Explanations:
    """Say for every row what each feature adds to the log-odds of the typical row."""
    asked = requests.parse(await requests.read(request), requests.MAX_EXPLAINED)
    rows = requests.accept(asked.rows, live.champion.manifest.inputs)
    model = live.choose(asked.entity, rows)
    example = model.manifest.example
    (typical,) = model.predict([example])
    return Explanations(
        model=model.manifest.version,
        reference=Reference(row=example, probability=typical.probability),
        explanations=explain(model, rows),
    )


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    """Say whether predictions can be asked for."""
    traffic: Traffic = request.app.state.traffic
    if traffic.live is None:
        response.status_code = 503
        response.headers["retry-after"] = refusal.RETRY_SECONDS
        return Readiness(ready=False, model=None, fault=traffic.fault)
    roles = traffic.live.roles()
    return Readiness(
        ready=True, model=roles["champion"], canary=roles.get("canary"), fault=traffic.fault
    )


@router.get("/model", responses={503: {"model": Problem}})
async def describe(live: Loaded) -> dict[str, Any]:
    """Describe the champion; while its data is the sample, the first line says so."""
    manifest = live.champion.manifest
    warning = {"warning": manifest.data.warning} if manifest.data.warning else {}
    return warning | manifest.model_dump(mode="json", exclude={"files", "format"})


def create(model: Model | None, token: str | None = None, models: Path | None = None) -> FastAPI:
    """Return the service around *model*; with a *token*, only health checks go without it.

    With *models*, it follows the pointers in that folder for as long as it runs.
    """
    traffic = Traffic(model, models)
    app = FastAPI(
        title="acme-project",
        version="0",
        docs_url=None if token else "/docs",
        redoc_url=None,
        # Documents the token; that nothing is forgotten is the middleware's task.
        dependencies=[Depends(HTTPBearer(auto_error=False))] if token else [],
        responses={401: {"model": Problem}} if token else {},
        lifespan=following,
    )
    observers: list[Observer] = [log_exchange]
    app.state.traffic, app.state.observers = traffic, observers
    refusal.install(app)
    app.include_router(router)
    refused = {status: {"model": Problem} for status in (400, 408, 413, 415, 422, 503)}
    for path, answer in (("/predict", predict), ("/explain", reasons)):
        app.add_api_route(path, answer, methods=["POST"], responses={**refused})
    document(app, traffic.live)
    traffic.observers.append(lambda live: document(app, live))
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
    try:
        yield
    finally:
        watch.cancel()


def document(app: FastAPI, live: Answering | None) -> None:
    """Describe the bodies that the champion accepts, which are read by hand."""
    app.version = live.champion.manifest.version if live else "0"
    app.openapi_schema = None
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path in MOST_ROWS:
            most = MOST_ROWS[route.path]
            body = requests.schema(live.champion.manifest, most) if live else {"type": "object"}
            content = {"application/json": {"schema": body}}
            route.openapi_extra = {"requestBody": {"required": True, "content": content}}
