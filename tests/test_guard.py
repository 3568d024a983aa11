"""What a process that renders a template may take, and see."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from conftest import Modelwright
from test_sources import QUICK, template

from modelwright import aside, guard

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


def limits(*, trusted: bool = False) -> guard.Limits:
    return guard.Limits(10, 4 * 10**9, 10**6, trusted)


def seen(name: str) -> tuple[str | None, str | None]:
    """Return a variable as a template would see it, and as git does."""
    return os.environ.get(name), guard.environment().get(name)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("loop", LOOP, "more than 1 s of CPU"),
        ("memory", "{{ 'x' * 10 ** 11 }}", "more than 900 MB of memory"),
        ("size", "{% for a in range(2000) %}{{ 'x' * 10 ** 6 }}{% endfor %}", "MB of memory"),
    ],
)
def test_a_template_that_takes_too_much_is_stopped(
    modelwright: Modelwright, tmp_path: Path, kind: str, text: str, said: str
):
    source = template(tmp_path / kind, a__txt__jinja=text)
    done = modelwright(
        "new", tmp_path / "p", *QUICK, "--template", source,
        MODELWRIGHT_RENDER_SECONDS="1", MODELWRIGHT_RENDER_MEGABYTES="900",
    )  # fmt: skip

    assert (done.exit, done.out) == (2, "")
    assert said in done.err
    assert [path.name for path in tmp_path.iterdir()] == [kind]


def test_a_question_is_held_to_the_limits_too(modelwright: Modelwright, tmp_path: Path):
    question = f'name: {{type: str, default: "{LOOP}"}}\n'
    source = template(tmp_path / "t", copier__yml=question, a__txt="a")
    arguments = ("new", tmp_path / "p", *QUICK, "--template", source)
    done = modelwright(*arguments, MODELWRIGHT_RENDER_SECONDS="1")

    assert done.exit == 2
    assert "more than 1 s of CPU" in done.err


@pytest.mark.parametrize("trusted", [False, True])
def test_only_a_trusted_template_sees_what_may_be_secret(
    monkeypatch: pytest.MonkeyPatch, trusted: bool
):
    monkeypatch.setenv("API_TOKEN", "secret")
    [found] = aside.side_by_side([partial(seen, "API_TOKEN")], limits(trusted=trusted))
    assert found == ("secret" if trusted else None, "secret")


def test_a_trusted_task_runs_as_the_users_own_command(modelwright: Modelwright, tmp_path: Path):
    task = '_tasks: ["test $(ulimit -S -v)$API_TOKEN = $(ulimit -H -v)secret"]\n'
    source = template(tmp_path / "t", copier__yml=task, a__txt="a")
    arguments = ("new", tmp_path / "p", *QUICK, "--template", source, "--trust")
    assert modelwright(*arguments, API_TOKEN="secret").exit == 0  # noqa: S106


def test_copier_comes_without_its_prompts_and_leaves_them_to_others():
    code = """
import sys
from modelwright import render
assert "copier" not in sys.modules
render.begin()
render.prepare()
assert "copier" in sys.modules
assert not {"questionary", "prompt_toolkit", "pygments"} & set(sys.modules)
from copier._user_data import Choice
assert Choice("a", "b").value == "b"
import questionary, prompt_toolkit.lexers
assert questionary.text and prompt_toolkit.lexers.PygmentsLexer
"""
    subprocess.run([sys.executable, "-c", code], check=True)
