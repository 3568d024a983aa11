"""Templates of other teams: rendered as Copier renders them, and run nothing without consent."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import Modelwright, tree

QUICK = ("--defaults", "--no-install", "--no-git")


def template(folder: Path, **files: str) -> Path:
    """Write a template, one file per keyword; `__` in a name is a dot."""
    for name, text in {"copier__yml": "name: churn\n", **files}.items():
        path = folder / name.replace("__", ".").replace("_of_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_folder_is_a_template(modelwright: Modelwright, tmp_path: Path):
    source = template(tmp_path / "t", readme__md__jinja="hello {{ name }}\n")
    done = modelwright("new", tmp_path / "p", *QUICK, "--template", source, "-d", "name=ada")

    assert done.exit == 0
    assert tree(tmp_path / "p") == {"readme.md": b"hello ada\n"}


def test_a_git_repository_is_a_template_at_a_version(modelwright: Modelwright, tmp_path: Path):
    source = template(
        tmp_path / "t",
        a__txt="one\n",
        **{"{{ _copier_conf__answers_file }}__jinja": "{{ _copier_answers|to_nice_yaml }}"},
    )
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"], ["tag", "v1.0.0"]):
        subprocess.run(["git", "-C", source, *command], env=modelwright.environment, check=True)
    (source / "a.txt").write_text("two\n")
    for command in (["commit", "-qam", "two"], ["tag", "v2.0.0"]):
        subprocess.run(["git", "-C", source, *command], env=modelwright.environment, check=True)

    latest = modelwright("new", tmp_path / "p2", *QUICK, "--template", f"git+file://{source}")
    older = modelwright(
        "new", tmp_path / "p1", *QUICK, "--template", f"git+file://{source}", "--ref", "v1.0.0"
    )

    assert "from template v2.0.0" in latest.out
    assert "from template v1.0.0" in older.out
    assert (tmp_path / "p1/a.txt").read_text() == "one\n"
    assert "_commit: v1.0.0" in (tmp_path / "p1/.copier-answers.yml").read_text()


def test_a_secret_answer_is_rendered_and_shown_nowhere(modelwright: Modelwright, tmp_path: Path):
    source = template(
        tmp_path / "t",
        copier__yml="name: ada\nkey: {type: str, secret: true, default: none}\n",
        a__txt__jinja="{{ key }}",
        **{"{{ _copier_conf__answers_file }}__jinja": "{{ _copier_answers|to_nice_yaml }}"},
    )
    done = modelwright(
        "new", tmp_path / "p", *QUICK, "--template", source, "-d", "key=hush", "--json"
    )

    assert (tmp_path / "p/a.txt").read_text() == "hush"
    assert "hush" not in done.out + done.err
    assert "hush" not in (tmp_path / "p/.copier-answers.yml").read_text()


@pytest.mark.parametrize(
    ("feature", "named"),
    [
        ('_tasks: ["touch ran"]', "tasks"),
        ("_jinja_extensions: [antigravity.X]", "jinja_extensions"),
    ],
)
def test_code_of_a_template_needs_trust(
    modelwright: Modelwright, tmp_path: Path, feature: str, named: str
):
    source = template(tmp_path / "t", copier__yml=f"{feature}\n", a__txt="a")
    done = modelwright("new", tmp_path / "p", *QUICK, "--template", source)

    assert done.exit == 2
    assert named in done.err
    assert "--trust" in done.err
    assert not (tmp_path / "p").exists()


def test_a_trusted_task_runs(modelwright: Modelwright, tmp_path: Path):
    tasks = '_tasks: ["touch ran", "git init --quiet"]\n'
    source = template(tmp_path / "t", copier__yml=tasks, a__txt="a")
    assert modelwright("new", tmp_path / "p", *QUICK, "--template", source, "--trust").exit == 0
    assert (tmp_path / "p/ran").exists()
    assert (tmp_path / "p/.git").exists()


def test_a_task_that_fails_leaves_nothing(modelwright: Modelwright, tmp_path: Path):
    source = template(tmp_path / "t", copier__yml='_tasks: ["false"]\n', a__txt="a")
    done = modelwright("new", tmp_path / "p", *QUICK, "--template", source, "--trust")

    assert done.exit == 2
    assert "Traceback" not in done.err
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    "files",
    [
        {"copier__yml": "_subdirectory: ..\n"},
        {"copier__yml": "a: [\n"},
        {"copier__yml": "- a\n"},
        {"{{ '..' }}_of_escaped__txt": "x"},
        {"{{ '.git' }}_of_hooks_of_pre-commit": "x"},
        {"con__txt": "x"},
        {"a__txt__jinja": "{{ ''.__class__.__mro__ }}"},
        {"a__txt__jinja": "{{ missing.attribute }}"},
        {"a__txt__jinja": "{% if %}"},
        {"a__txt__jinja": "{% include '../../../etc/passwd' %}"},
    ],
    ids=lambda files: next(iter(files)) + ": " + next(iter(files.values())).strip(),
)
def test_a_hostile_template_is_refused_and_nothing_is_written(
    modelwright: Modelwright, tmp_path: Path, files: dict[str, str]
):
    source = template(tmp_path / "t", **files)
    before = tree(tmp_path)
    done = modelwright("new", tmp_path / "p", *QUICK, "--template", source)

    assert (done.exit, done.out) == (2, ""), done.err
    assert "  fix: " in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "p").exists()
    assert tree(tmp_path) == before


def test_a_link_that_leaves_the_template_is_refused(modelwright: Modelwright, tmp_path: Path):
    (tmp_path / "secret").write_text("s")
    for preserve in ("true", "false"):
        source = template(tmp_path / preserve, copier__yml=f"_preserve_symlinks: {preserve}\n")
        (source / "link").symlink_to(tmp_path / "secret")
        done = modelwright("new", tmp_path / "p", *QUICK, "--template", source)
        assert done.exit == 2
        assert not (tmp_path / "p").exists()


def test_credentials_of_an_address_are_not_shown(modelwright: Modelwright, tmp_path: Path):
    source = "https://user:t0ken@127.0.0.1:9/nothing.git"  # pragma: allowlist secret
    done = modelwright("new", tmp_path / "p", *QUICK, "--template", source)

    assert done.exit == 2
    assert "127.0.0.1" in done.err
    assert "t0ken" not in done.err


def test_a_program_that_a_templates_own_git_names_does_not_run(
    modelwright: Modelwright, tmp_path: Path
):
    source = template(tmp_path / "t", a__txt="one\n", __gitattributes="*.txt filter=own\n")
    marker = tmp_path / "ran"
    for command in (
        ["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"], ["tag", "v1.0.0"],
        ["config", "filter.own.smudge", f"touch {marker}; cat"],
    ):  # fmt: skip
        subprocess.run(["git", "-C", source, *command], env=modelwright.environment, check=True)
    (source / "a.txt").unlink()
    subprocess.run(
        ["git", "-C", source, "checkout", "-q", "."], env=modelwright.environment, check=True
    )
    assert marker.exists(), "the fault bites"
    marker.unlink()

    done = modelwright("new", tmp_path / "p", *QUICK, "--template", source)
    assert done.exit == 0, done.err
    assert (tmp_path / "p/a.txt").read_bytes() == b"one\n"
    assert not marker.exists()
