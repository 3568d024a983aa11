"""`modelwright new` writes a whole repository or nothing, and says what to do next."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Modelwright, tree

from modelwright.cli import screen

QUICK = ("--defaults", "--no-install", "--no-git")


def test_lays_out_a_repository_named_after_its_folder(modelwright: Modelwright, tmp_path: Path):
    done = modelwright("new", tmp_path / "churn-radar", *QUICK)

    assert done.exit == 0
    assert done.out.splitlines()[0].startswith(f"{tmp_path}/churn-radar is laid out: ")
    assert done.out.splitlines()[-1].startswith(f"next: cd {tmp_path}/churn-radar && ")
    answers = yaml.safe_load((tmp_path / "churn-radar/.copier-answers.yml").read_text())
    assert (answers["title"], answers["package"], answers["command"]) == (
        "Churn Radar",
        "churn_radar",
        "churn-radar",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["churn-radar"]


def test_the_same_answers_give_the_same_bytes(modelwright: Modelwright, tmp_path: Path):
    modelwright("new", tmp_path / "one/churn", *QUICK)
    answers = tmp_path / "one/churn/.copier-answers.yml"
    modelwright("new", tmp_path / "two/churn", *QUICK, "--answers", answers)

    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_answers_come_from_options_and_from_a_file(modelwright: Modelwright, tmp_path: Path):
    file = tmp_path / "answers.yml"
    file.write_text("licence: MIT\nunit: yes\ntitle: 1.10\npackage: x1\n")

    done = modelwright(
        "new", tmp_path / "a", *QUICK, "--answers", file, "-d", "licence=Apache-2.0",
        "-d", "parts=serving", "--json",
    )  # fmt: skip

    answers = json.loads(done.out)["answers"]
    assert answers["licence"] == "Apache-2.0"
    assert answers["parts"] == ["serving"]
    assert answers["unit"] == "yes"
    assert answers["title"] == "1.10"


def test_a_dry_run_prints_the_tree_and_writes_nothing(modelwright: Modelwright, tmp_path: Path):
    done = modelwright("new", tmp_path / "churn", "--defaults", "--dry-run")

    assert done.exit == 0
    assert "  src/\n    churn/\n" in done.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-d", "title=a\nb"], "U+000A"),
        (["-d", "package=class"], "'class' is taken"),
        (["-d", "command=pandas"], "'pandas' is taken"),
        (["-d", "title=漢字"], "no name can be derived"),
        (["-d", "launch_date=2026-02-30"], "is not a date"),
        (["-d", "parts=monitoring"], "add serving"),
        (["-d", "parts=serving,servin"], "'servin' is not in"),
        (["-d", "ci=jenkins"], "'jenkins' is not in"),
        (["-d", "titel=x"], "did you mean `title`?"),
        (["-d", "title"], "is no answer"),
        (["--answers", "missing.yml"], "cannot read `missing.yml`"),
        (["--run", "--no-install"], "--run needs an environment"),
        (["--template", "missing"], "missing"),
        (["--template", "ext::sh -c id"], "no address of a repository"),
        (["--template=--upload-pack=id"], "no address of a repository"),
    ],
)
def test_what_cant_be_used_is_refused_and_nothing_is_written(
    modelwright: Modelwright, tmp_path: Path, arguments: list[str], said: str
):
    done = modelwright("new", "churn", "--defaults", *arguments, cwd=tmp_path)

    assert (done.exit, done.out) == (2, "")
    assert said in done.err
    assert "  fix: " in done.err
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", ["", "- a\n", "a: [", "\0", "<<<<<<< x\n", "!!python/object:x {}"]
)
def test_a_file_that_holds_no_answers_is_refused(
    modelwright: Modelwright, tmp_path: Path, content: str
):
    (tmp_path / "answers.yml").write_text(content)
    done = modelwright("new", tmp_path / "churn", *QUICK, "--answers", tmp_path / "answers.yml")

    assert done.exit == 2
    assert "answers.yml" in done.err
    assert not (tmp_path / "churn").exists()


def test_the_first_commit_holds_everything(modelwright: Modelwright, tmp_path: Path):
    done = modelwright("new", tmp_path / "churn", "--defaults", "--no-install")

    assert (done.exit, "warning" in done.err) == (0, False)
    log = _git(modelwright, tmp_path / "churn", "log", "--format=%an %s %D")
    assert log == "Ada Start from template 0.1.0 HEAD -> main\n"
    assert _git(modelwright, tmp_path / "churn", "status", "--porcelain") == ""


def test_a_failed_step_is_named_with_its_command_and_the_rest_goes_on(
    modelwright: Modelwright, tmp_path: Path
):
    done = modelwright(
        "new", tmp_path / "churn", "--defaults",
        GIT_CONFIG_GLOBAL="/dev/null", UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cold"),
    )  # fmt: skip

    assert done.exit == 0
    assert "warning: install failed: uv sync failed: " in done.err
    assert "warning: hooks failed: it needs the step before it, install" in done.err
    assert "warning: commit failed: git commit failed: git does not know your name" in done.err
    assert f"repeat it with: cd {tmp_path}/churn && " in done.err
    assert (tmp_path / "churn/pyproject.toml").is_file()


def test_a_pipeline_that_could_not_run_is_said_and_no_page_is_promised(
    modelwright: Modelwright, tmp_path: Path
):
    done = modelwright(
        "new", tmp_path / "churn", "--defaults", "--run",
        UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cold"),
    )  # fmt: skip

    assert done.exit == 1
    assert "warning: the pipeline did not run" in done.err
    assert "readiness page" not in done.out


def test_the_log_of_a_fault_of_ours_holds_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    address = "https://user:t0ken@example.org/t.git"  # pragma: allowlist secret
    monkeypatch.setattr("sys.argv", ["modelwright", "new", "-d", "key=hush", address])
    screen.show_bug(RuntimeError(f"no {address}"))
    said = capsys.readouterr().err
    log = Path(said.split()[-1])

    assert "RuntimeError" in log.read_text()
    for secret in ("hush", "t0ken"):
        assert secret not in said + log.read_text()
    log.unlink()


def test_json_is_one_document_on_stdout(modelwright: Modelwright, tmp_path: Path):
    done = modelwright("new", tmp_path / "churn", *QUICK, "--json")

    document = json.loads(done.out)
    assert document["project"] == str(tmp_path / "churn")
    assert document["template_version"] == "0.1.0"
    assert sorted(document["files"]) == sorted(tree(tmp_path / "churn"))
    assert document["failed"] == []
    assert document["green"] is None


def test_help_and_version_answer_without_copier():
    for option in ("--help", "--version"):
        code = f"""
import sys; sys.argv = ["modelwright", "{option}"]
from modelwright.cli import main
try: main()
except SystemExit: pass
assert not {{"copier", "jinja2", "yaml", "questionary"}} & set(sys.modules)
"""
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)


@pytest.mark.parametrize("arguments", [["nwe"], ["new"], ["new", "a", "--nope"], ["new", "a", "b"]])
def test_wrong_usage_is_the_users_to_fix(modelwright: Modelwright, arguments: list[str]):
    done = modelwright(*arguments)
    assert (done.exit, done.out) == (2, "")


def _git(modelwright: Modelwright, project: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", project, *arguments],
        env=modelwright.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
