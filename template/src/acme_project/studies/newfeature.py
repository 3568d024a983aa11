"""How long does a new feature take from the contract to a packaged model? (D6)."""

import tempfile
import time
from pathlib import Path
from typing import Any

import tomlkit

from .. import artifact, clone, served, table
from ..contract import Contract
from ..errors import Stop
from ..paths import Paths
from .trial import in_use

NAME = "new_feature"
SOURCE = "data/with-a-new-feature.csv"
MOST_SECONDS = 600


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """Seconds to add a derived column to a fresh clone and to package a model that knows it.

    A line of contract.toml is all that changes; folds are few, as one would try an idea.
    """
    rung, faults = in_use(paths, contract), []
    with tempfile.TemporaryDirectory() as name:
        there = Paths(Path(name).resolve() / "clone")
        clone.make(paths.root, there.root, [contract.data.source])
        started = time.perf_counter()
        derive(there, contract)
        declare(
            there.contract,
            list(contract.training.ladder[: contract.training.ladder.index(rung) + 1]),
        )
        try:
            served.run(["-m", f"{served.PACKAGE}.smoke"], there.root, MOST_SECONDS)
            known = artifact.load(there.models).manifest.features
            if NAME not in {each.name for each in known}:
                faults.append("the packaged model does not know the new feature")
        except Stop as stop:
            faults.append(stop.what)
    return {"seconds": round(time.perf_counter() - started, 2), "faults": faults}


def derive(there: Paths, contract: Contract) -> None:
    """Write the source again, with a column that says whether another one is as usual."""
    text = table.read_text(there.root / contract.data.source)
    cells = text[next(iter(contract.features))]
    usual = (cells == cells.mode()[0]).map({True: "yes", False: "no"})
    text.assign(**{NAME: usual}).to_csv(there.root / SOURCE, index=False)


def declare(path: Path, ladder: list[str]) -> None:
    """Name the column in the contract of the clone."""
    document = tomlkit.parse(path.read_text("utf-8"))
    document["data"]["source"] = SOURCE
    document["training"].update({"ladder": ladder, "repeats": 1, "folds": 3})
    document["features"][NAME] = {"kind": "category", "levels": ["yes", "no"]}
    path.write_text(tomlkit.dumps(document), "utf-8")
