"""P3 serving is as important as training."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import Module
from ..places import DOCKERFILES
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, constant, is_true

_PICKLES = re.compile(
    r"^(pickle|cPickle|dill|cloudpickle|joblib|sklearn\.externals\.joblib|pandas)\."
    r"(load|loads|read_pickle|Unpickler)$|^torch\.load$"
)
_LOADS = re.compile(
    r"(^|\.)(load|loads|load_model|from_pretrained|InferenceSession|read_pickle)$"
    r"|^transformers\.pipeline$"
)
_LOADERS = re.compile(
    r"^(pickle|joblib|dill|cloudpickle|torch|mlflow(?=.*load_model)|tensorflow|keras|onnxruntime|skops|transformers"
    r"|xgboost|lightgbm|catboost)\b"
)
_DEBUGS = re.compile(
    r"\b(uvicorn|fastapi|hypercorn|gunicorn)\b.*--reload|\bflask\b.*--debug"
    r"|FLASK_DEBUG[=: ]+[\"']?(1|true)|FLASK_ENV[=: ]+[\"']?development",
    re.I,
)
_RUN = (*DOCKERFILES, "*compose*.y*ml", "procfile", "*.service")
_MODES = {"debug", "reload", "DEBUG"}
_UNSAFE = {"yaml.unsafe_load", "pandas.read_pickle", "jsonpickle.decode", "jsonpickle.loads"}
_FITS = {"fit", "fit_transform", "partial_fit"}
_HEALTH = re.compile(
    r"/(is_?)?(health\w*|ready\w*|live\w*|alive|ping|status|heartbeat|up)(/|$)", re.I
)


def _unpickles(call: Call) -> bool:
    return bool(_PICKLES.match(call.name)) and not is_true(call.keyword("weights_only"))


class PickleInService(Rule):
    """A service loads no pickle."""

    id = "MW-P3-1"
    severity = "error"
    needs = "service"
    why = "Loading a pickle runs whatever code is in the file, where users' requests are answered."
    fix = "Serve ONNX, or load with skops and a list of trusted types."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for pickle, joblib, dill and torch in modules that serve, and what they import."""
        for module in _behind_service(files):
            for call in filter(_unpickles, module.calls):
                yield Finding(module.path, call.line, f"`{call.name}` runs code from its file")


class UnsafeLoading(Rule):
    """Data is loaded by a format that runs no code."""

    id = "MW-P3-2"
    needs = "python"
    why = "These calls build any object that the file asks for, and so run its code."
    fix = "Use `yaml.safe_load`, and numpy without `allow_pickle`."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for unsafe YAML loaders, numpy's and pandas' pickles, and jsonpickle."""
        for module in files.code:
            loads = {"yaml.load", "yaml.load_all"} if "yaml" in module.packages else set()
            for call in module.calls:
                if call.name in loads and not _safe_loader(module, call):
                    yield Finding(module.path, call.line, "`yaml.load` without a safe loader")
                elif call.name == "ruamel.yaml.YAML" and constant(call.keyword("typ")) == "unsafe":
                    yield Finding(module.path, call.line, "`YAML(typ='unsafe')`")
                elif call.name in _UNSAFE:
                    yield Finding(module.path, call.line, f"`{call.name}`")
                elif call.name == "numpy.load" and is_true(call.keyword("allow_pickle")):
                    yield Finding(module.path, call.line, "`numpy.load` with `allow_pickle`")


def _safe_loader(module: Module, call: Call) -> bool:
    given = call.keyword("Loader") or (call.node.args[1] if len(call.node.args) > 1 else None)
    return given is not None and bool(re.search(r"Safe|Base", _origin(module, given)))


def _origin(module: Module, given: ast.expr) -> str:
    """Return what a loader is called, and what it was derived from in the same module."""
    name = module.dotted(given)
    for node, _, _ in module.nodes:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return " ".join(map(ast.unparse, node.bases))
        if isinstance(node, ast.Assign) and name in map(module.dotted, node.targets):
            return ast.unparse(node.value)
    return name


class FittedInService(Rule):
    """A service fits nothing."""

    id = "MW-P3-4"
    severity = "error"
    needs = "service"
    why = "A scaler or encoder that is fitted on a request gives other numbers than in training."
    fix = "Ship the whole fitted pipeline, and only transform and predict."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for fits inside the functions that answer requests."""
        for module in files.services:
            for call in module.answering:
                if call.method in _FITS and not call.name.startswith("PIL."):
                    yield Finding(module.path, call.line, f"`{call.name}` while a request waits")


class HealthRoute(Rule):
    """A service says whether it is well."""

    id = "MW-P3-5"
    needs = "predictions"
    why = "What starts, replaces and balances services has to know which of them can answer."
    fix = "Add GET /health and GET /ready."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a route with such a name."""
        # BentoML and LitServe answer by themselves.
        routed = [
            module
            for module in files.predicting
            if module.routes and not module.packages & {"bentoml", "litserve"}
        ]
        paths = [route.path for module in files.services for route in module.routes]
        paths += [constant(node) for module in files.services for node, _, _ in module.nodes]
        if routed and not any(map(_HEALTH.search, paths)):
            first = routed[0].routes[0]
            yield Finding(routed[0].path, first.function.lineno, "no route tells the state")


class LoadedPerRequest(Rule):
    """A model is loaded once, and not for each request."""

    id = "MW-P3-8"
    needs = "service"
    why = "Loading takes longer than predicting, and each request pays for it."
    fix = "Load it when the service starts."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a load inside a function that answers requests."""
        for module in files.services:
            for call in module.answering:
                if _loads(call) and not _reloads(call.scope):
                    yield Finding(module.path, call.line, f"`{call.name}` for each request")


def _reloads(function: ast.AST) -> bool:
    return "load" in getattr(function, "name", "")


def _loads(call: Call) -> bool:
    if call.method == "Booster":
        return call.keyword("model_file") is not None and bool(_LOADERS.match(call.name))
    maker = call.owner if call.method == "load_model" else call.name
    return bool(_LOADS.search(call.name) and _LOADERS.match(maker or call.name))


class DebugServer(Rule):
    """A service does not run in debug mode."""

    id = "MW-P3-9"
    severity = "error"
    needs = "service"
    why = "Debug mode shows source and variables to callers, and some servers let them run code."
    fix = "Leave `debug=True` and `reload=True` to your own command line."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a server that is started so: in code, images and compose files."""
        for module in files.code:
            for call in module.calls if module in files.services else ():
                starts = call.method in {"run", "run_server", "FastAPI", "Flask"}
                if starts and (is_true(call.keyword("debug")) or is_true(call.keyword("reload"))):
                    yield Finding(module.path, call.line, f"`{call.name}` in debug mode")
            for call in module.calls if module not in files.services else ():
                if call.name == "uvicorn.run" and is_true(call.keyword("reload")):
                    yield Finding(module.path, call.line, "`uvicorn.run` in debug mode")
            yield from self._switched(module)
        for path, line, said in files.grep(_DEBUGS, *_RUN):
            yield Finding(path, line, f"`{said}`")

    def _switched(self, module: Module) -> Iterator[Finding]:
        """Look for `app.debug = True`, also as a setting."""
        for node, _, _ in module.nodes if module.serves else ():
            if isinstance(node, ast.Assign) and is_true(node.value):
                goal = node.targets[0]
                name = goal.attr if isinstance(goal, ast.Attribute) else ""
                name = constant(goal.slice) if isinstance(goal, ast.Subscript) else name
                if name in _MODES:
                    yield Finding(module.path, node.lineno, f"`{ast.unparse(node)}`")


def _behind_service(files: Snapshot) -> Iterator[Module]:
    """Yield the modules that serve, and those of the repository that they import."""
    yield from files.services
    others = [each for each in files.code if each not in files.services]
    needed = {name for module in files.services for name in module.depends}
    for module in others:
        if any(f".{module.name}".endswith(f".{name}") for name in needed if name):
            yield module


RULES = (
    PickleInService(),
    UnsafeLoading(),
    FittedInService(),
    HealthRoute(),
    LoadedPerRequest(),
    DebugServer(),
)
