"""Make the template's sample data from the RAND Health Insurance Experiment.

    python tools/sample_data.py path/to/statsmodels/datasets/randhie/src/randhie.csv

The source is the complete file of person-years that statsmodels ships in its own
sources (public domain). The result is the same byte for byte on every machine.
"""

import gzip
import hashlib
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd

SOURCE_SHA256 = (
    "fe64f3c8e987779daa6052dd756d9ce277e025330f5549126c7c2f6a3c9c5541"  # pragma: allowlist secret
)
TARGET = Path(__file__).parents[1] / "template/data/sample/rand-hie.csv.gz"

# What defines a household in the experiment, and never changes within one.
HOUSEHOLD = ["site", "plan", "income", "mdeoff", "pioff"]

RENAMED = {
    "xage": "age",
    "educdec": "education",
    "num": "household_size",
    "mhi": "mental_health",
    "disea": "chronic_disease",
    "physlm": "physical_limitation",
    "ghindx": "general_health",
    "mdeoff": "spending_limit",
    "mdvis": "doctor_visits",
    "notmdvis": "other_visits",
    "mentvis": "therapy_visits",
    "totadm": "admissions",
    "outpdol": "outpatient_spending",
    "drugdol": "drug_spending",
    "suppdol": "supply_spending",
    "mentdol": "therapy_spending",
    "inpdol": "inpatient_spending",
    "meddol": "spending",
}
COLUMNS = ["person", "family", "site", "year", "plan", "sex", "race", "income", "health"]
COUNTS = ["household_size", "doctor_visits", "other_visits", "therapy_visits", "admissions"]


def main(source: Path) -> None:
    """Write the sample, or refuse a source that is not the expected file."""
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{source} is not the file this script was written for")
    table = prepared(pd.read_csv(io.BytesIO(content)))
    text = table.to_csv(index=False, lineterminator="\n")
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{TARGET}: {len(table)} rows, {TARGET.stat().st_size / 1000:.0f} kB")


def prepared(raw: pd.DataFrame) -> pd.DataFrame:
    """One row per person and year that is followed by another year of that person."""
    raw = raw.sort_values(["zper", "year"], ignore_index=True)
    people = raw.groupby("zper")
    followed = people["year"].shift(-1) == raw["year"] + 1
    table = raw.rename(columns=RENAMED).assign(
        person=raw["zper"],
        family=family(raw),
        plan=plan(raw),
        sex=np.where(raw["female"] == 1, "female", "male"),
        # Fractions are imputed averages: what is not known stays missing.
        race=raw["black"].map({0.0: "other", 1.0: "black"}),
        health=health(raw),
        next_year_spending=people["meddol"].shift(-1),
    )
    kept = [*COLUMNS, *RENAMED.values(), "next_year_spending"]
    return rounded(table.loc[followed, kept])


def family(raw: pd.DataFrame) -> pd.Series:
    """Number households: neighbours in id order that agree on everything HOUSEHOLD lists.

    Ids were given out household by household, so a run of equal attributes is one. Two
    alike households in a row become one group, which errs on the side of no leak.
    """
    people = raw.groupby("zper")[HOUSEHOLD].first().fillna(-1).sort_index()
    starts = people.ne(people.shift()).any(axis="columns")
    return raw["zper"].map(starts.cumsum())


def plan(raw: pd.DataFrame) -> pd.Series:
    """The share of costs the family pays itself, or a deductible for each person."""
    share = raw["coins"].map({0: "free", 25: "25%", 50: "50%", 95: "95%", 100: "95%"})
    return share.mask(raw["idp"] == 1, "deductible")


def health(raw: pd.DataFrame) -> np.ndarray:
    """What the person said about their health at enrolment."""
    said = [raw[column] == 1 for column in ("hlthg", "hlthf", "hlthp")]
    return np.select(said, ["good", "fair", "poor"], default="excellent")


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Dollars to the cent, indices and ages to a hundredth, counts and ids as integers."""
    whole = ["person", "family", "site", "year", *COUNTS]
    return table.round(2).astype(dict.fromkeys(whole, int))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
