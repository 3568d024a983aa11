"""Files of keys and lists are merged by key and item, and never at the price of a comment."""

from __future__ import annotations

import pytest
from updating import Team, Template, append, at, swap

from modelwright import structured

PYPROJECT = """\
[project]
name = "churn"  # the distribution
dependencies = [
    "numpy>=2",
    "pandas>=2",  # tables
]

[tool.ruff]
line-length = 88
"""
HOOKS = """\
# What every commit passes.
repos:
  - repo: local
    hooks:
      - id: format
        entry: ruff format
"""


def test_two_dependencies_at_one_place_are_both_there():
    last = '    "pandas>=2",  # tables\n'
    ours = PYPROJECT.replace(last, last + '    "scipy>=1",\n')
    theirs = PYPROJECT.replace(last, last + '    "polars>=1",  # faster\n')
    merged = structured.merge("pyproject.toml", PYPROJECT, ours, theirs.replace("  # faster", ""))
    assert merged == PYPROJECT.replace(last, last + '    "scipy>=1",\n    "polars>=1",\n')


def test_two_keys_at_one_place_are_both_there():
    ours, theirs = PYPROJECT + 'target = "py311"\n', PYPROJECT + "preview = true\n"
    merged = structured.merge("pyproject.toml", PYPROJECT, ours, theirs)
    assert merged == PYPROJECT + 'target = "py311"\npreview = true\n'


def test_items_of_yaml_at_one_place_are_both_there():
    ours = HOOKS + "      - id: mine\n        entry: mine\n"
    theirs = HOOKS + "      - id: theirs\n        entry: theirs\n"
    merged = structured.merge("hooks.yaml", HOOKS, ours, theirs)
    assert merged is None or merged.startswith(HOOKS)


def test_keys_of_yaml_and_json_at_one_place_are_both_there():
    merged = structured.merge("a.yml", "# a\na: 1\n", "# a\na: 1\nb: 2\n", "# a\na: 1\nc: 3\n")
    assert merged == "# a\na: 1\nb: 2\nc: 3\n"
    texts = ['{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "b": 2\n}\n', '{\n  "a": 1,\n  "c": 3\n}\n']
    assert structured.merge("a.json", *texts) == '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n'


@pytest.mark.parametrize(
    ("name", "base", "ours", "theirs"),
    [
        ("a.toml", "a = 1\n", "a = 2\n", "a = 3\n"),
        ("a.toml", 'a = ["x>=1"]\n', 'a = ["x>=2"]\n', 'a = ["x>=3"]\n'),
        ("a.toml", "a = []\n", 'a = ["x>=2"]\n', 'a = ["x>=3"]\n'),
        ("a.toml", "a = [1, 2]\n", "a = [1, 2, 3]\n", "a = [2, 1]\n"),
        ("a.toml", "a = 1\n", "b = 2\n", "a = 2\n"),
        ("a.toml", "a = 1\n", "a = 1\nb = 2\n", "a = 1\n# why\nc = 3\n"),
        ("a.toml", "a = 1\n", "a = \n", "a = 2\n"),
        ("a.json", "{}", "[]", "{}"),
        ("a.yml", "a: 1\n", "a:    1\nb:    2\n", "a: 1\nc: 3\n"),
        ("a.txt", "a: 1\n", "a: 1\nb: 2\n", "a: 1\nc: 3\n"),
    ],
)
def test_what_is_no_answer_stays_a_conflict(name: str, base: str, ours: str, theirs: str):
    merged = structured.merge(name, base, ours, theirs)
    if name == "a.toml" and "# why" in theirs:
        assert merged is None or "# why" in merged
    else:
        assert merged is None


def test_an_update_merges_by_key_and_says_so(tmp_path):
    template = Template(tmp_path / "template")
    template.release("v1.0.0+1", lambda root: (root / "p.toml").write_text(PYPROJECT))
    template.git("tag", "-f", "v1.0.0")
    team = Team(tmp_path / "team", template)
    team.edit(at("p.toml", append("mine = 1\n"), swap("88", "100")))
    template.release("v2.0.0", at("p.toml", append("theirs = 1\n")))

    done = team.update()

    assert not done.outlook.merged.stages
    assert "mine = 1\ntheirs = 1\n" in team.read("p.toml")
    assert "line-length = 100" in team.read("p.toml")
    assert any("p.toml" in each and "by key" in each for each in done.outlook.said)
    assert team.git("diff", "--cached", "--name-only").splitlines() == [
        ".copier-answers.yml",
        "p.toml",
    ]


def test_it_can_be_left_out(tmp_path):
    template = Template(tmp_path / "template")
    template.release("v1.0.0+1", lambda root: (root / "p.toml").write_text(PYPROJECT))
    template.git("tag", "-f", "v1.0.0")
    team = Team(tmp_path / "team", template)
    team.edit(at("p.toml", append("mine = 1\n")))
    template.release("v2.0.0", at("p.toml", append("theirs = 1\n")))
    assert list(team.update(structured=False).outlook.merged.stages) == ["p.toml"]
