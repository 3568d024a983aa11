import re
from pathlib import Path

import pytest

from acme_project import alerts
from acme_project.ci import runs_pipeline
from acme_project.contract import Contract
from acme_project.evidence import Evidence
from acme_project.gates import roles

from conftest import ROOT, WORKFLOW, Workshop

OWNERS = """
*        @platform   # whatever nobody else owns
/src/    @science
/data/   @engineering
/src/*/data.py  @engineering jane@example.org
"""
ROLES = {
    "data_scientist": "@science",
    "data_engineer": "@engineering",
    "devops_engineer": "@platform",
}


@pytest.fixture
def shared(project: Workshop) -> Workshop:
    """A project of three people, whatever the answers were."""
    for role, owner in ROLES.items():
        project.edit("contract.toml", rf"^{role} = .*$", f'{role} = "{owner}"')
    (project.root / "CODEOWNERS").write_text(OWNERS.replace(" jane@example.org", ""))
    return project


def faults(project: Workshop) -> str:
    contract = Contract.load(project.root / "contract.toml")
    return "; ".join(roles.judge(contract, Evidence(project.root, {})).faults)


def test_every_stage_and_folder_has_an_owner_by_the_last_line_that_matches(
    shared: Workshop,
) -> None:
    found = roles.judge(Contract.load(shared.root / "contract.toml"), Evidence(shared.root, {}))
    assert found.faults == ()
    assert found.evidence["stages"]["data"] == ("@engineering",)
    assert found.evidence["stages"]["train"] == ("@science",)
    folders = found.evidence["folders"]
    assert folders["data/"] == ("@engineering",)
    assert folders["src/"] == ("@science",)
    assert folders["studies/"] == ("@platform",)


def test_this_project_agrees_with_itself(project: Workshop) -> None:
    assert faults(project) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("CODEOWNERS", r"^\*.*$", "", "studies/; the devops engineer owns nothing"),
        ("CODEOWNERS", r"^/src/ .*$", "/src/", "no owner to validate, baseline, train"),
        ("CODEOWNERS", r"^/src/ .*$", "# @science", "the data scientist owns nothing"),
        (
            "CODEOWNERS",
            r"\Z",
            "* @platform\n",
            "the data scientist owns nothing; the data engineer",
        ),
        ("CODEOWNERS", r"@engineering$", "@engineering @jane", "names @jane, who has no role"),
        ("CODEOWNERS", r"^/src/ .*$", "/src/ @scince", "names @scince, who has no role"),
        ("contract.toml", r'= "@platform"$', '= "@devops"', "names @platform, who has no role"),
        ("contract.toml", r'= "@platform"$', '= ""', "nobody is the devops engineer"),
        ("contract.toml", r"^ci = .*$", 'ci = ""', "no CI runs the pipeline"),
        ("contract.toml", r"^ci = .*$", 'ci = "gone.yml"', "gone.yml cannot be read"),
        ("ci.yml", r"- run: ", "# run: ", "ci.yml does not run the pipeline on every push"),
    ],
)
def test_what_nobody_owns_or_runs_is_a_fault(
    shared: Workshop, file: str, old: str, new: str, fault: str
) -> None:
    text = shared.read(file)
    (shared.root / file).write_text(re.sub(old, new, text, count=1, flags=re.MULTILINE))
    assert fault in faults(shared)


def test_one_person_may_fill_every_role(shared: Workshop) -> None:
    for role in ROLES:
        shared.edit("contract.toml", rf"^{role} = .*$", f'{role} = "@jane"')
    (shared.root / "CODEOWNERS").write_text("* @jane\n")
    assert faults(shared) == ""


GITLAB = """
stages: [all]
pipeline:
  script:
    - .uv/bin/uv run acme-project run
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "runs"),
    [
        (WORKFLOW, "", "", True),
        (WORKFLOW, "[push]", "{push: {branches: [main]}, pull_request: }", True),
        (WORKFLOW, "run: ", "run: |\n          .uv/bin/uv run ", True),
        (WORKFLOW, "[push]", "workflow_dispatch", False),
        (WORKFLOW, "steps:", "if: false\n    steps:", False),
        (WORKFLOW, "- run", "- if: github.event_name == 'schedule'\n        run", False),
        (WORKFLOW, "- run", "- continue-on-error: true\n        run", False),
        (WORKFLOW, "run: ", "run: echo ", False),
        (WORKFLOW, "run: ", "run: |\n          # ", False),
        (WORKFLOW, " run\n", " run || true\n", False),
        (WORKFLOW, " run\n", " ready\n", False),
        (GITLAB, "", "", True),
        (GITLAB, "- .uv", "# .uv", False),
        (GITLAB, "pipeline:", ".pipeline:", False),
        (GITLAB, "  script:", "  when: manual\n  script:", False),
        (GITLAB, "  script:", "  rules: [{when: never}]\n  script:", False),
    ],
)
def test_only_what_a_runner_would_do_counts(
    tmp_path: Path, text: str, old: str, new: str, *, runs: bool
) -> None:
    path = tmp_path / (".gitlab-ci.yml" if text == GITLAB else "ci.yml")
    path.write_text(text.replace(old, new) if old else text)
    assert runs_pipeline(path) is runs


def test_the_workflow_of_this_project_runs_the_pipeline() -> None:
    names = (".github/workflows/ci.yml", ".gitlab-ci.yml")
    assert all(runs_pipeline(ROOT / name) for name in names if (ROOT / name).exists())


def test_an_alert_that_calls_nobody_or_says_nothing_is_a_fault(
    shared: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = alerts.Alert("lost", "Lost", "somebody", "no-such-section", "Nobody comes.", "monitor")
    monkeypatch.setattr(roles, "alerts", lambda: {"lost": stray})
    assert faults(shared) == (
        "the alert lost calls nobody; docs/runbook.md says nothing about lost"
    )


def test_headings_have_the_anchors_that_links_use(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Runbook\n\n## P7: a secret, found\ntext\n### Roll back \n")
    assert alerts.sections(tmp_path / "page.md") == {"runbook", "p7-a-secret-found", "roll-back"}
