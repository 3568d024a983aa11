"""Where things live: one place that knows the project's folders."""

from dataclasses import dataclass
from pathlib import Path

from .errors import Stop


@dataclass(frozen=True)
class Paths:
    """The files that stages hand to one another, under the project's *root*."""

    root: Path

    @classmethod
    def here(cls) -> "Paths":
        """The project that the current folder belongs to."""
        start = Path.cwd()
        for folder in (start, *start.parents):
            if (folder / "contract.toml").is_file():
                return cls(folder)
        raise Stop(
            f"no contract.toml in {start} or above it",
            why="it marks the project's root and says what the model must do",
            fix="change to the project's folder",
        )

    @property
    def contract(self) -> Path:
        return self.root / "contract.toml"

    @property
    def table(self) -> Path:
        return self.root / "data/table.csv"

    @property
    def pseudonym_key(self) -> Path:
        return self.root / "data/pseudonyms.key"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def page(self) -> Path:
        return self.reports / "index.html"

    def report(self, stage: str) -> Path:
        """What a stage found out, as JSON."""
        return self.reports / f"{stage}.json"

    def predictions(self, stage: str) -> Path:
        """What the rungs that a stage fitted say about every row."""
        return self.reports / f"predictions/{stage}.npz"

    def candidates(self, stage: str) -> Path:
        """The rungs that a stage fitted on all development rows."""
        return self.models / f"candidates/{stage}.skops"
