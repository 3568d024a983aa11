"""Sample names become answers; an answer is data, in every format."""

from __future__ import annotations

import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt

from modelwright import naming
from modelwright.naming import complaints, derived, spelling

PRINTABLE = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1
)
HOSTILE = [
    "{{ 7*7 }}", "{% raw %}", "{= 7*7 =}", "# copier: if x", "${HOME}", "$(id)", "`id`", ";rm",
    'both "quotes\'', "back\\slash", "yes", "null", "1.10", "1e3", "2026-01-01", "- a", "a: b",
    "#x", "&a", "*a", "!!python/object", '"""', "'''", "]", "<script>alert(1)</script>",
    "[x](javascript:alert(1))", "a|b", "1. x", "+ x", "> x", "é漢🙂", "&lt;", "==", "$x$",
]  # fmt: skip


def rendered(name: str, source: str, **answers: object) -> str:
    environment = SandboxedEnvironment(
        extensions=[naming.SampleNames],
        block_start_string="# copier:",
        block_end_string="\n",
        variable_start_string="{=",
        variable_end_string="=}",
        comment_start_string="{=#",
        comment_end_string="#=}",
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    source = environment.preprocess(source, name)
    return environment.from_string(source).render(**answers)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_answer_keeps_its_value_in_every_format(text: str):
    toml = rendered("a.toml", 'x = "a sample"  #= x\ny = ["b"]  #= y\n', x=text, y=[text])
    assert tomllib.loads(toml) == {"x": text, "y": [text]}
    written = rendered("a.yml", "x: a sample  #= x\nl:\n  - b  #= x\n", x=text)
    assert yaml.safe_load(written) == {"x": text, "l": [text]}
    assert json.loads(rendered("a.json", '{"t": "Acme Project"}', title=text)) == {"t": text}
    assert _reads(rendered("a.md", "A sample. <!--= x -->\n", x=text)) == text
    assert _reads(rendered("a.md", "# Acme Project\n", title=text)) == text


@given(PRINTABLE.filter(lambda text: not complaints.complain_of_text(text)))
def test_any_answer_that_is_accepted_reads_the_same_in_markdown(text: str):
    assert _reads(spelling.to_markdown(text) + "\n") == text


def _reads(markdown: str) -> str:
    """Return the text that a reader of *markdown* sees."""
    inline = [token for token in MarkdownIt("commonmark").parse(markdown) if token.type == "inline"]
    assert len(inline) == 1
    children = inline[0].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


def test_names_are_replaced_in_python_and_in_paths():
    assert rendered("a.py", "import acme_project\n", package="churn") == "import churn\n"
    assert rendered("", "src/acme_project", package="churn") == "src/churn"
    assert rendered("justfile", "acme-project run\n", command="churn") == "churn run\n"


def test_conditions_are_comments():
    source = "a\n# copier: if on\nb\n# copier: endif\nc\n"
    assert rendered("justfile", source, on=True) == "a\nb\nc\n"
    assert rendered("justfile", source, on=False) == "a\nc\n"
    page = "a\n<!-- copier: if on -->\nb\n<!-- copier: endif -->\nc\n"
    assert rendered("a.md", page, on=False) == "a\nc\n"


@pytest.mark.parametrize(
    ("title", "package"),
    [
        ("Churn Radar", "churn_radar"),
        ("Crème brûlée 2", "creme_brulee_2"),
        ("漢字", ""),
        ("x" * 60, "x" * 40),
    ],
)
def test_a_package_is_derived_from_a_title(title: str, package: str):
    assert derived.package_from_title(title) == package


@pytest.mark.parametrize(
    "name",
    ["", "x", "2fast", "class", "match", "json", "random", "pandas", "sklearn", "none", "con",
     "test", "tests", "a__b", "_a", "a-b", "Ab", "é", "x" * 41, "../x", "a b", "numpy", "fastapi"],
)  # fmt: skip
def test_a_package_that_would_hide_something_is_refused(name: str):
    assert complaints.complain_of_package(name)


@pytest.mark.parametrize(
    "name", ["python", "uv", "just", "pytest", "scikit-learn", "a_b", "-x", "git"]
)
def test_a_command_that_would_hide_something_is_refused(name: str):
    assert complaints.complain_of_command(name)


@pytest.mark.parametrize(
    "text",
    ["", " ", " a", "a ", "a\nb", "a\tb", "a\0b", "a\x1b[31m", "a\u202eb", "a\u200bb", "x" * 201],
)
def test_text_that_is_not_one_printable_line_is_refused(text: str):
    assert complaints.complain_of_text(text)


@pytest.mark.parametrize(
    "date", ["2026-02-30", "2027-1-4", "20270104", "2027-W01-1", "tomorrow", "2027-01-09", ""]
)
def test_a_date_on_which_nobody_works_is_refused(date: str):
    assert complaints.complain_of_date(date)


@pytest.mark.parametrize("owners", ["", "ada", "@a, @b", "@a b", "@a; rm", "a@b", "@a, @b, @c, @d"])
def test_owners_that_are_not_addresses_of_three_roles_are_refused(owners: str):
    assert complaints.complain_of_owners(owners)


@pytest.mark.parametrize("owners", ["@ada", "@org/team, @b, c+d@example.org"])
def test_owners_of_three_roles_are_accepted(owners: str):
    assert not complaints.complain_of_owners(owners)
