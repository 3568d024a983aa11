"""Whatever a template does that Copier documents, the bytes are those of Copier's own command."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Modelwright, tree
from test_rendering import _executables

QUESTIONS = """\
name: {type: str, default: "Ada é"}
wanted: {type: bool, default: true}
count: {type: int, default: 3}
kind: {type: str, choices: {First: a, Second: b}, default: b}
parts: {type: yaml, default: [x, "y y", z]}
many: {type: str, multiselect: true, choices: [m, n, o], default: [n, o]}
later: {type: str, default: "{{ name|lower }}-{{ count + 1 }}", when: "{{ wanted }}"}
"""
ANSWERS = "{{ _copier_conf.answers_file }}"
FOLDERS = [
    "",
    "plain",
    "{{ name }}",
    "{% if wanted %}there{% endif %}",
    "{% if not wanted %}gone{% endif %}",
    "{% yield part from parts %}of {{ part }}{% endyield %}",
]
NAMES = ["text", "{{ kind }}", "{% if count > 2 %}more{% endif %}", "x{# a note #}y", "{{ later }}"]
LOOPED = "{% yield each from many %}{{ each }}{% endyield %}"
BODIES = [
    "as it is\n",
    "no end",
    "{{ name }}: {{ parts|join('+') }}\r\n{{ later }}\r\n",
    "{% for p in parts %}\n{{ loop.index }} {{ p }}\n{% endfor %}",
    "{%- if kind == 'a' -%} a {%- else %} b\n{% endif %}\n\n",
    "{% include 'plain-part' %}{{ many|to_nice_yaml }}{{ name|to_json }}\n",
    "{{ _copier_conf.answers_file }} {{ _folder_name }} {% raw %}{{ raw }}{% endraw %}\n",
]
SETTINGS = [
    "",
    "_exclude: ['*.skip', '{% if wanted %}plain/{% endif %}', plain-part]\n",
    "_templates_suffix: .tmpl\n",
    "_envops: {trim_blocks: true, lstrip_blocks: true, keep_trailing_newline: false}\n",
    "_envops: {line_statement_prefix: '%%', line_comment_prefix: '##'}\n",
    "_preserve_symlinks: true\n",
]


def make(folder: Path, draw: random.Random) -> None:
    """Write a template of everything that Copier documents, or half of it."""
    folder.mkdir()
    settings = draw.choice(SETTINGS)
    suffix = ".tmpl" if "tmpl" in settings else ".jinja"
    (folder / "copier.yml").write_text(QUESTIONS + settings)
    (folder / "plain-part").write_text("part of {{ name }}\n")
    (folder / f"{ANSWERS}{suffix}").write_text("{{ _copier_answers|to_nice_yaml -}}\n")
    for number in range(12):
        place = folder / draw.choice(FOLDERS) / draw.choice(FOLDERS)
        place.mkdir(parents=True, exist_ok=True)
        loop = draw.random() < 0.3 and "yield" not in str(place)
        name = LOOPED if loop else draw.choice(NAMES)
        ending = draw.choice(["", ".skip", ".md"]) + draw.choice(["", suffix])
        file = place / f"{name}{number}{ending}"
        file.write_bytes(draw.choice(BODIES).encode())
        file.chmod(draw.choice([0o644, 0o755]))
    (folder / "link.md").symlink_to("plain-part")


@pytest.mark.parametrize("seed", range(10))
def test_a_generated_template_renders_as_copier_renders_it(
    modelwright: Modelwright, tmp_path: Path, seed: int
):
    source = tmp_path / "t"
    make(source, random.Random(seed))
    given = ("--defaults", "-d", "name=Grace") if seed % 2 else ("--defaults",)
    done = modelwright(
        "new", tmp_path / "ours/p", "--template", source, *given, "--no-install", "--no-git"
    )
    theirs = subprocess.run(
        [sys.executable, "-m", "copier", "copy", "--quiet", *given, source, tmp_path / "theirs/p"],
        env=modelwright.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.exit, theirs.returncode) == (0, 0), done.err + theirs.stderr
    assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")
    modes = [_executables(tmp_path / whose / "p") for whose in ("ours", "theirs")]
    assert modes[0] == modes[1]
