from datetime import date, timedelta

import pytest

from acme_project.milestones.forecast import durations, forecasts
from acme_project.milestones.plan import Plan
from acme_project.milestones.workdays import Calendar, calendar

from test_milestones import PLAN


@pytest.mark.parametrize("country", ["US", "DE", "SA", "XX"])
def test_working_days_are_counted_one_by_one(country: str) -> None:
    days = calendar(country, 2026, 2030)
    day = date(2026, 1, 1)
    number = days.number(day - timedelta(days=1))
    while day < date(2030, 12, 31):
        number += days.works(day)
        assert days.number(day) == number
        if days.works(day):
            assert days.day(number) == day
            assert days.on_or_after(day) == day
        day += timedelta(days=1)


def test_a_week_is_as_long_as_the_country_says() -> None:
    friday, sunday = date(2027, 1, 15), date(2027, 1, 17)
    assert calendar("US", 2027, 2027).free_because(sunday) == "a Sunday"
    assert calendar("SA", 2027, 2027).free_because(friday) == "a Friday"
    assert calendar("SA", 2027, 2027).works(sunday)
    assert calendar("US", 2027, 2027).after(friday, 1) == date(2027, 1, 19)


def test_days_that_nobody_will_see_are_the_last_one() -> None:
    weekdays = Calendar(frozenset({5, 6}), {})
    assert weekdays.after(date(2027, 1, 11), 10**9).year == 9999


def test_durations_follow_the_triangular_distribution() -> None:
    found = durations(2, 3, 7)
    assert sum(found) / len(found) == pytest.approx((2 + 3 + 7) / 3, rel=1e-3)
    assert sum(each <= 3 for each in found) / len(found) == pytest.approx(1 / 5, abs=0.005)
    assert sum(each <= 5 for each in found) / len(found) == pytest.approx(1 - 4 / 20, abs=0.005)
    assert durations(4, 4, 4) == (4,)


def test_the_chance_of_a_date_is_that_of_its_distribution_and_repeats() -> None:
    plan = Plan.parse(PLAN)
    weekdays = Calendar(frozenset({5, 6}), {})
    today = weekdays.after(date(2027, 1, 11), -2)
    found = forecasts(plan, (), today, weekdays)
    # Two working days are left, for a triangular distribution from 1 by 2 to 3.
    assert found["data"].chance == pytest.approx(0.5, abs=0.05)
    assert found["data"].median == date(2027, 1, 11)
    assert found == forecasts(plan, (), today, weekdays)
    assert found != forecasts(plan, (), today, weekdays, seed=8)
    assert "data" not in forecasts(plan, {"data"}, today, weekdays)


def test_paths_side_by_side_finish_later_than_either_alone() -> None:
    weekdays = Calendar(frozenset({5, 6}), {})
    plan = Plan.parse(PLAN.replace('depends_on = ["data"]\n', "").replace(
        'depends_on = ["model"]', 'depends_on = ["data", "model"]'
    ))  # fmt: skip
    alone = Plan.parse(PLAN.replace('depends_on = ["data"]\n', ""))
    today = date(2027, 1, 8)
    assert (
        forecasts(plan, (), today, weekdays)["canary"].chance
        < forecasts(alone, (), today, weekdays)["canary"].chance
    )
