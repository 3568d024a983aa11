"""What runs on every push, and what on a schedule? Only what a runner would do counts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

# Not behind a comment, nor as words to print, nor with its exit code thrown away.
COMMAND = (
    r"(?m)^(?!\s*echo\b)[^#\n]*?"
    r"(?<![\w.-])acme-project %s\b(?!.*\|\|)"
)
# What holds a job of GitLab's back, or lets it fail.
HELD_BACK = {"rules", "only", "except", "when", "allow_failure"}
SCHEDULED = re.compile(r"\$CI_PIPELINE_SOURCE\s*==\s*[\"']schedule[\"']")


def runs_pipeline(path: Path) -> bool:
    """Whether the workflow file *path* runs the pipeline on a push, whatever else happens.

    Raises:
        ValueError: the file is not there, or is no workflow of GitHub's or GitLab's.
    """
    workflow = parsed(path)
    gitlab = "gitlab" in path.name
    return runs("run", on_every_push(workflow) if gitlab else on("push", workflow))


def retrains(folder: Path, command: str) -> bool:
    """Whether a workflow in *folder* runs this project's *command* on a schedule."""
    for path in sorted(folder.glob("*.y*ml")) + sorted(folder.glob(".*.y*ml")):
        try:
            workflow = parsed(path)
        except ValueError:
            continue
        gitlab = "gitlab" in path.name
        if runs(command, on_a_schedule(workflow) if gitlab else on("schedule", workflow)):
            return True
    return False


def cronjob(folder: Path, command: str) -> bool:
    """Whether a Kubernetes CronJob in *folder* runs this project's *command*."""
    return any(runs(command, arguments(path)) for path in sorted(folder.glob("*.y*ml")))


def arguments(path: Path) -> Iterator[str]:
    """What the containers of each CronJob in a manifest run; nothing where it is broken."""
    try:
        documents = list(yaml.safe_load_all(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return
    for job in documents:
        if isinstance(job, dict) and job.get("kind") == "CronJob":
            for container in job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]:
                yield "\n".join(map(str, container.get("args") or ()))


def runs(command: str, scripts: Iterator[str]) -> bool:
    """Whether one of the *scripts* runs the command, and minds how it ends."""
    return any(re.search(COMMAND % command, script) for script in scripts)


def parsed(path: Path) -> dict[Any, Any]:
    """The workflow in a file; a ValueError says why there is none."""
    try:
        workflow = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(str(error).splitlines()[0]) from error
    if not isinstance(workflow, dict):
        raise ValueError("it holds no jobs")  # noqa: TRY004
    return workflow


def on(event: str, workflow: dict[Any, Any]) -> Iterator[str]:
    """GitHub: the commands of steps that no condition guards, of jobs likewise, for an event."""
    # YAML 1.1 reads a bare `on` as true.
    events = workflow.get("on", workflow.get(True)) or ()
    if event not in ([events] if isinstance(events, str) else events):
        return
    for job in filter(unconditional, (workflow.get("jobs") or {}).values()):
        for step in filter(unconditional, job.get("steps") or ()):
            yield step.get("run") or ""


def unconditional(part: dict[str, Any]) -> bool:
    """Whether a job or step always runs, and its failure counts."""
    return "if" not in part and not part.get("continue-on-error")


def on_every_push(workflow: dict[str, Any]) -> Iterator[str]:
    """GitLab: the scripts of jobs that are not hidden, and that no rule or hand holds back."""
    return (script(job) for job in jobs(workflow) if not HELD_BACK & set(job))


def on_a_schedule(workflow: dict[str, Any]) -> Iterator[str]:
    """GitLab: the scripts of jobs whose only rule is a schedule, and of those without a rule."""
    for job in jobs(workflow):
        rules = job.get("rules") or []
        called = all(set(rule) == {"if"} and SCHEDULED.search(rule["if"]) for rule in rules)
        if called and not (HELD_BACK - {"rules"}) & set(job):
            yield script(job)


def jobs(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """GitLab: the jobs that are not hidden."""
    named = workflow.items()
    return [job for name, job in named if isinstance(job, dict) and not name.startswith(".")]


def script(job: dict[str, Any]) -> str:
    """GitLab: what a job runs."""
    lines = job.get("script") or ""
    return lines if isinstance(lines, str) else "\n".join(map(str, lines))
