"""The plan as iCalendar (RFC 5545): an entry for each milestone, which moves when its date does."""

from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from .plan import Milestone, Plan


def written(plan: Plan, project: str) -> bytes:
    """All-day entries that Google Calendar and Outlook import.

    The UID of an entry rests on *project* and the milestone's id, never on its date, and each
    move raises SEQUENCE, so an import moves the entry that is there.
    """
    made = Calendar()
    made.add("prodid", f"-//{project}//milestones//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", f"{project}: milestones")
    for each in plan.milestones:
        made.add_component(event(each, plan, project))
    return made.to_ical()


def event(each: Milestone, plan: Plan, project: str) -> Event:
    """One milestone; the same plan gives the same bytes on every day."""
    changed = each.log[-1].date if each.log else plan.created
    made = Event()
    made.add("uid", f"{each.id}@{project}.milestones")
    made.add("dtstamp", midnight(changed))
    made.add("last-modified", midnight(changed))
    made.add("sequence", len(each.log))
    made.add("dtstart", each.due)
    made.add("dtend", each.due + timedelta(days=1))
    made.add("summary", f"{project}: {each.title}")
    made.add("description", description(each))
    made.add("categories", ["milestone"])
    made.add("transp", "TRANSPARENT")
    return made


def description(each: Milestone) -> str:
    evidence = each.evidence
    lines = [
        f"Owner: {each.owner.replace('_', ' ')}",
        f"For: {', '.join(each.consumers)}",
        f"After: {', '.join(each.depends_on) or 'nothing'}",
        "Shown by: "
        + ", ".join(
            [
                *evidence.gates,
                *evidence.files,
                *evidence.commands,
                *(f"contract of {one}" for one in evidence.contracts),
            ]
        ),
        *(f"Moved from {one.old} to {one.new}: {one.reason}" for one in each.log),
    ]
    return "\n".join([*lines, each.notes]).strip()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
