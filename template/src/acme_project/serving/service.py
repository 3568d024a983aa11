"""The HTTP service around one packaged model."""

import importlib
import importlib.util
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from ..artifact import Model, Prediction
from ..reasons import Explanation, explain
from . import refusal, requests
from .access import BearerToken, Observed, Observer, log_exchange
from .refusal import Problem, Refused

# Parts of the service that a project may do without: each module has `install(app)`.
PARTS = ("telemetry",)

NO_MODEL = "no model is loaded"
PACK_ONE = "run `acme-project run`, then start the service again"

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
    """Whether predictions can be asked for, and of which version."""

    ready: bool
    model: str | None


async def loaded(request: Request) -> Model:
    """Return the model, or refuse with 503 while there is none."""
    model = request.app.state.model
    if model is None:
        raise Refused(503, NO_MODEL, PACK_ONE)
    return model


Loaded = Annotated[Model, Depends(loaded)]


async def predict(request: Request, model: Loaded) -> Predictions:
    """Predict every row, or none when one of them is not acceptable."""
    rows = requests.parse(await requests.read(request))
    predictions = model.predict(requests.accept(rows, model.manifest.inputs))
    request.state.predictions = predictions
    return Predictions(model=model.manifest.version, predictions=predictions)


async def reasons(request: Request, model: Loaded) -> Explanations:
    """Say for every row what each feature adds to the log-odds of the typical row."""
    rows = requests.parse(await requests.read(request), requests.MAX_EXPLAINED)
    accepted = requests.accept(rows, model.manifest.inputs)
    example = model.manifest.example
    (typical,) = model.predict([example])
    return Explanations(
        model=model.manifest.version,
        reference=Reference(row=example, probability=typical.probability),
        explanations=explain(model, accepted),
    )


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    """Say whether predictions can be asked for."""
    model = request.app.state.model
    if model is None:
        response.status_code = 503
        response.headers["retry-after"] = refusal.RETRY_SECONDS
    return Readiness(ready=model is not None, model=model and model.manifest.version)


@router.get("/model", responses={503: {"model": Problem}})
async def describe(model: Loaded) -> dict[str, Any]:
    """Describe the model; while its data is the sample, the first line says so."""
    manifest = model.manifest
    warning = {"warning": manifest.data.warning} if manifest.data.warning else {}
    return warning | manifest.model_dump(mode="json", exclude={"files", "format"})


def create(model: Model | None, token: str | None = None) -> FastAPI:
    """Return the service around *model*; with a *token*, only health checks go without it."""
    app = FastAPI(
        title="acme-project",
        version=model.manifest.version if model else "0",
        docs_url=None if token else "/docs",
        redoc_url=None,
        # Documents the token; that nothing is forgotten is the middleware's task.
        dependencies=[Depends(HTTPBearer(auto_error=False))] if token else [],
        responses={401: {"model": Problem}} if token else {},
    )
    observers: list[Observer] = [log_exchange]
    app.state.model, app.state.observers = model, observers
    refusal.install(app)
    app.include_router(router)
    for path, answer, most in (
        ("/predict", predict, requests.MAX_ROWS),
        ("/explain", reasons, requests.MAX_EXPLAINED),
    ):
        app.add_api_route(path, answer, methods=["POST"], **_documented(model, most))
    if token:
        app.add_middleware(BearerToken, token=token)
    app.add_middleware(Observed, observers=observers)
    for name in PARTS:
        if importlib.util.find_spec(f".{name}", __package__):
            importlib.import_module(f".{name}", __package__).install(app)
    return app


def _documented(model: Model | None, most: int) -> dict[str, Any]:
    """Describe a body of *most* rows, which is read by hand, and the ways to be refused."""
    statuses = (400, 408, 413, 415, 422, 503)
    body = requests.schema(model.manifest, most) if model else {"type": "object"}
    content = {"application/json": {"schema": body}}
    return {
        "responses": {status: {"model": Problem} for status in statuses},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }
