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
    def models(self) -> Path:
        return self.root / "models"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def report(self, stage: str) -> Path:
        """What a stage found out, as JSON."""
        return self.reports / f"{stage}.json"

    def predictions(self, rung: str) -> Path:
        """Out-of-fold predictions of a rung, and those for the rows kept back."""
        return self.reports / f"predictions/{rung}.npz"

    def candidate(self, rung: str) -> Path:
        """A rung fitted on all development rows."""
        return self.models / f"candidates/{rung}.skops"
