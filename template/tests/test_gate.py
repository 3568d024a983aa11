from acme_project.gate import climb

CLEAR = {"mean": 2.0, "low": 1.0, "high": 3.0}
UNSURE = {"mean": 2.0, "low": 0.05, "high": 4.0}


def test_the_highest_rung_beyond_doubt_ships() -> None:
    uplifts = {"rule": {"nobody": CLEAR}, "linear": {"nobody": CLEAR, "rule": CLEAR}}
    assert climb(uplifts, 0.1).champion == "linear"


def test_a_rung_that_may_be_no_better_does_not_ship() -> None:
    uplifts = {"rule": {"nobody": CLEAR}, "linear": {"nobody": CLEAR, "rule": UNSURE}}
    verdict = climb(uplifts, 0.1)
    assert verdict.champion == "rule"
    assert [step.against for step in verdict.steps if not step.passed] == ["rule"]


def test_a_rung_is_compared_with_every_simpler_one() -> None:
    """Beating the second best is not enough when the rule has not been beaten."""
    uplifts = {
        "rule": {"nobody": CLEAR},
        "linear": {"nobody": CLEAR, "rule": UNSURE},
        "boosted": {"nobody": CLEAR, "rule": UNSURE, "linear": CLEAR},
    }
    assert climb(uplifts, 0.1).champion == "rule"


def test_nothing_ships_when_acting_is_not_worth_it() -> None:
    assert climb({"rule": {"nobody": UNSURE}}, 0.1).champion is None


def test_the_required_uplift_itself_is_not_enough() -> None:
    assert climb({"rule": {"nobody": CLEAR}}, 1.0).champion is None
