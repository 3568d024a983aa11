"""Milestones: promises with a date, an owner, consumers, and evidence that a machine checks.

The package imports nothing of the project's but in `command.py`, and needs the standard library
alone (a country's holidays and iCalendar files take a package each), so that whoever looks after
many repositories runs these very modules on each. They never run anything of a repository's.
"""
