"""The HTTP service around one packaged model."""

import importlib
import importlib.util
import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from ..artifact import Model, Prediction
from ..outcomes import Captured
from ..reasons import Explanation, explain
from ..signature import Row
from . import feedback, refusal, requests
from .access import BearerToken, Observed, Observer, log_exchange
from .admission import Admission, Load
from .refusal import Problem, Refused
from .writer import Writer

# Parts of the service that a project may do without: each module has `install(app)`.
PARTS = ("telemetry",)

NO_MODEL = "no model is loaded"
PACK_ONE = "run `acme-project run`, then start the service again"

router = APIRouter()


class Answer(BaseModel):
    """A prediction, and the id under which its outcome is told; null where none was captured."""

    id: str | None
    probability: float
    decision: bool


class Predictions(BaseModel):
    """The answers in the order of the rows, and the version that gave them."""

    model: str
    predictions: list[Answer]


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
    """Whether predictions can be asked for, of which version, and whether they are captured."""

    ready: bool
    model: str | None
    captures: bool


async def loaded(request: Request) -> Model:
    """Return the model, or refuse with 503 while there is none."""
    model = request.app.state.model
    if model is None:
        raise Refused(503, NO_MODEL, PACK_ONE)
    return model


Loaded = Annotated[Model, Depends(loaded)]


async def predict(request: Request, model: Loaded) -> Response:
    """Predict every row, or none when one of them is not acceptable."""
    rows = requests.parse(await requests.read(request))
    predictions = model.predict(requests.accept(rows, model.manifest.inputs))
    request.state.predictions = predictions
    captured = answered(model, rows, predictions)
    writer: Writer | None = request.app.state.writer
    kept = writer is not None and await writer.keep(captured)
    # Written by hand: a third of the time of a request would go into checking our own answer.
    answers = [
        {
            "id": each.id if kept else None,
            "probability": each.probability,
            "decision": each.decision,
        }
        for each in captured
    ]
    return JSONResponse({"model": model.manifest.version, "predictions": answers})


def answered(
    model: Model, rows: Sequence[Row], predictions: Sequence[Prediction]
) -> list[Captured]:
    """What there is to remember of each answer."""
    now = time.time()
    return [
        Captured(
            uuid.uuid4().hex,
            model.manifest.version,
            "champion",
            now,
            row,
            prediction.probability,
            prediction.decision,
        )
        for row, prediction in zip(rows, predictions, strict=True)
    ]


async def learn(request: Request, model: Loaded) -> feedback.Learned:
    """Join outcomes to their predictions: all of them, or none when one does not fit."""
    outcomes = requests.parse(await requests.read(request), "outcomes", feedback.MAX_OUTCOMES)
    told = feedback.accept(outcomes, model.manifest.outcome)
    writer: Writer | None = request.app.state.writer
    return feedback.settled(told, await writer.learn(told) if writer else None)


async def reasons(request: Request, model: Loaded) -> Explanations:
    """Say for every row what each feature adds to the log-odds of the typical row."""
    rows = requests.parse(await requests.read(request), most=requests.MAX_EXPLAINED)
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
    writer = request.app.state.writer
    return Readiness(
        ready=model is not None,
        model=model and model.manifest.version,
        captures=writer is not None and writer.working,
    )


@router.get("/model", responses={503: {"model": Problem}})
async def describe(model: Loaded) -> dict[str, Any]:
    """Describe the model; while its data is the sample, the first line says so."""
    manifest = model.manifest
    warning = {"warning": manifest.data.warning} if manifest.data.warning else {}
    return warning | manifest.model_dump(mode="json", exclude={"files", "format"})


def create(model: Model | None, token: str | None = None, writer: Writer | None = None) -> FastAPI:
    """Return the service around *model*; with a *token*, only health checks go without it.

    Without a *writer*, answers have no ids and outcomes are refused.
    """
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
    app.state.writer, app.state.load = writer, Load()
    refusal.install(app)
    app.include_router(router)
    for path, answer, body, made in (
        ("/predict", predict, requests.schema, Predictions),
        ("/explain", reasons, requests.schema_of_few, Explanations),
        ("/feedback", learn, feedback.schema, feedback.Learned),
    ):
        described = body(model.manifest) if model else {"type": "object"}
        app.add_api_route(path, answer, methods=["POST"], **_documented(described, made))
    app.add_middleware(Admission, load=app.state.load)
    if token:
        app.add_middleware(BearerToken, token=token)
    app.add_middleware(Observed, observers=observers)
    for name in PARTS:
        if importlib.util.find_spec(f".{name}", __package__):
            importlib.import_module(f".{name}", __package__).install(app)
    return app


def _documented(body: dict[str, Any], made: type[BaseModel]) -> dict[str, Any]:
    """Describe a body, which is read by hand, what is made of it, and the ways to be refused."""
    refusals = (400, 408, 409, 413, 415, 422, 503)
    content = {"application/json": {"schema": body}}
    return {
        "responses": {200: {"model": made}} | {each: {"model": Problem} for each in refusals},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }
