"""Does CI run the whole pipeline on every push? Only what a runner would do counts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

COMMAND = "acme-project run"
# Not behind a comment, nor as words to print, nor with its exit code thrown away.
RUN = re.compile(rf"(?m)^(?!\s*echo\b)[^#\n]*?(?<![\w.-]){COMMAND}\b(?!.*\|\|)")


def runs_pipeline(path: Path) -> bool:
    """Whether the workflow file *path* runs the pipeline on a push, whatever else happens.

    Raises:
        ValueError: the file is not there, or is no workflow of GitHub's or GitLab's.
    """
    try:
        workflow = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(str(error).splitlines()[0]) from error
    if not isinstance(workflow, dict):
        raise ValueError("it holds no jobs")  # noqa: TRY004
    scripts = gitlab(workflow) if "gitlab" in path.name else github(workflow)
    return any(RUN.search(script) for script in scripts)


def github(workflow: dict[Any, Any]) -> Iterator[str]:
    """The commands of steps that no condition guards, of jobs likewise, started by a push."""
    # YAML 1.1 reads a bare `on` as true.
    events = workflow.get("on", workflow.get(True)) or ()
    if "push" not in ([events] if isinstance(events, str) else events):
        return
    for job in filter(unconditional, (workflow.get("jobs") or {}).values()):
        for step in filter(unconditional, job.get("steps") or ()):
            yield step.get("run") or ""


def unconditional(part: dict[str, Any]) -> bool:
    """Whether a job or step always runs, and its failure counts."""
    return "if" not in part and not part.get("continue-on-error")


def gitlab(workflow: dict[str, Any]) -> Iterator[str]:
    """The scripts of jobs that are not hidden, and that no rule or hand holds back."""
    held_back = {"rules", "only", "except", "when", "allow_failure"}
    for name, job in workflow.items():
        if isinstance(job, dict) and not name.startswith(".") and not held_back & set(job):
            script = job.get("script") or ""
            yield script if isinstance(script, str) else "\n".join(map(str, script))
