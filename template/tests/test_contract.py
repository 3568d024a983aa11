import pytest

from acme_project.contract import Contract
from acme_project.errors import Stop

from conftest import AS_SHIPPED, WAIVER

TEXT = (AS_SHIPPED / "contract.toml").read_text("utf-8")


def test_the_contract_of_this_project_holds() -> None:
    assert Contract.parse(TEXT).training.ladder[0] == "rule"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[roles]", "[roles]\ncook = 'me'", "roles.cook: Extra inputs are not permitted"),
        ("seed = 7", "seed = '7'", "training.seed: Input should be a valid integer"),
        ("high = 120.0", "high = -1.0", "features.age: `low` is greater than `high`"),
        ("confidence = 0.95", "confidence = 95.0", "uplift.confidence: Input should be less"),
        ('"rule", "linear"', '"linear"', "training: the ladder starts with `rule`"),
        ("above = 160.0", "above = 1.0\npositive = 'a'", "label: give either `above`"),
        ("cap = 2000.0", "cap = nan", "value.cap: Input should be a finite number"),
        ("required = false", 'unit = "years"', "features.general_health.unit: Extra inputs"),
        ('threshold = "best-value"', "threshold = 1.5", "label.threshold"),
        (
            "linear = 600.0, ",
            "",
            "cost.upkeep_a_month: [cost] upkeep_a_month has no figure for `linear`",
        ),
        ('ids = ["person", ', 'ids = ["mail", ', "privacy: `mail` is an id"),
        ("allowed_gap = 0.2", "allowed_gap = 20", "fairness.allowed_gap: Input should be less"),
        ("p99_ms = 100.0", "p99_ms = -1.0", "service.p99_ms: Input should be greater"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, complaint: str) -> None:
    text = TEXT.replace(old, new, 1)
    wrong = [number for number, line in enumerate(text.splitlines(), 1) if line not in TEXT]

    with pytest.raises(Stop) as stop:
        Contract.parse(text)

    assert complaint in stop.value.what
    line = int(stop.value.what.partition("line ")[2].partition(":")[0])
    section = text.splitlines()[line - 1]
    assert line in wrong or section in {"[training]", "[label]", "[privacy]", "[project]"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"P7"', '"P11"', "waivers.1.practice"),
        ("2027-03-31", "2027-02-30", "TOML"),
        ('"@head-of-care"', '" "', "waivers.1.person"),
        ("reason", "because", "waivers.1.reason: Field required"),
    ],
)
def test_a_waiver_has_a_reason_a_person_and_an_end(old: str, new: str, complaint: str) -> None:
    text = TEXT + WAIVER + WAIVER.replace(old, new)
    with pytest.raises(Stop) as stop:
        Contract.parse(text)
    assert complaint in stop.value.what
    if "waivers" in complaint:
        line = int(stop.value.what.partition("line ")[2].partition(":")[0])
        assert line > len((TEXT + WAIVER).splitlines())


@pytest.mark.parametrize("column", ["next_year_spending", "probabilities"])
def test_the_outcome_cannot_be_a_feature(column: str) -> None:
    leak = f'{TEXT}\n{column} = {{ kind = "number", low = 0.0, high = 9e9 }}\n'
    with pytest.raises(Stop, match=column):
        Contract.parse(leak)
