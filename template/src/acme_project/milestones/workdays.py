"""Working days of a country: Monday to Friday or its own week, without its public holidays."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

EPOCH = date(1970, 1, 5)
WEEK = 7


@dataclass(frozen=True)
class Calendar:
    """Numbers the working days, so that a distance is a difference.

    *note* says what is not known about the country; it is empty where all is.
    """

    weekend: frozenset[int]
    holidays: dict[date, str]
    note: str = ""

    @cached_property
    def _week(self) -> list[int]:
        return [day for day in range(WEEK) if day not in self.weekend]

    @cached_property
    def _free(self) -> list[int]:
        """The numbers of those days of working weeks that are holidays, in order."""
        days = (day for day in self.holidays if day.weekday() not in self.weekend)
        return sorted(self._weekday_number(day) for day in days)

    @cached_property
    def _last(self) -> int:
        """The number of the last day that can be written."""
        return self._weekday_number(date.max)

    def _weekday_number(self, day: date) -> int:
        """How many days of working weeks there are from the epoch to *day*, itself included."""
        weeks, rest = divmod((day - EPOCH).days, WEEK)
        return weeks * len(self._week) + sum(each <= rest for each in self._week)

    def number(self, day: date) -> int:
        """How many working days there are from the epoch to *day*, itself included."""
        found = self._weekday_number(day)
        return found - bisect_right(self._free, found)

    def day(self, number: int) -> date:
        """The working day with that number."""
        guess = number
        while (better := number + bisect_right(self._free, guess)) != guess:
            guess = better
        weeks, rest = divmod(min(guess, self._last) - 1, len(self._week))
        return EPOCH + timedelta(weeks=weeks, days=self._week[rest])

    def works(self, day: date) -> bool:
        """Whether people work on *day*."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def between(self, start: date, end: date) -> int:
        """How many working days *end* is after *start*; below zero where it is before."""
        return self.number(end) - self.number(start)

    def after(self, day: date, count: int) -> date:
        """The working day that is *count* working days after *day*; 0 is the last up to *day*."""
        return self.day(self.number(day) + count)

    def on_or_after(self, day: date) -> date:
        """The first working day that is not before *day*."""
        return day if self.works(day) else self.after(day, 1)

    def free_because(self, day: date) -> str:
        """Why nobody works on *day*; empty where people do."""
        if self.works(day):
            return ""
        return self.holidays.get(day) or f"a {day:%A}"


@lru_cache
def calendar(country: str, first: int, last: int) -> Calendar:
    """The calendar of *country* (ISO 3166-1, two letters), holidays from year *first* to *last*."""
    weekend = frozenset({5, 6})
    try:
        import holidays  # noqa: PLC0415
    except ImportError:
        return Calendar(weekend, {}, "holidays are not known: the package `holidays` is missing")
    try:
        found = holidays.country_holidays(country, years=range(first, last + 1))
    except NotImplementedError:
        return Calendar(weekend, {}, f"the holidays of {country} are not known, weekends only")
    return Calendar(frozenset(found.weekend), dict(found))
