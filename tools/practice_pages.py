"""Write the pages about the practices, the ML Test Score and the audit's rules.

    python tools/practice_pages.py            # write them: `just docs`
    python tools/practice_pages.py --check    # exit 1 and name those that are not current

Their one text is `practices.toml` and `ml_tests.toml` in the template's package, which
`modelwright explain` and every readiness page speak from too, here and in the template; those
about rules come from the rules themselves.
"""

import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rule_pages import rule_pages

from modelwright.explain import MlTest, Practice, ml_tests, practices, renamed

ROOT = Path(__file__).parents[1]
# In the template the sample's names stand, and become a project's own.
PLACES: dict[Path, Callable[[str], str]] = {
    ROOT / "docs": partial(renamed, given={}),
    ROOT / "template/docs": str,
}
SECTIONS = {
    "data": "Data",
    "model": "Model",
    "infra": "Infrastructure",
    "monitoring": "Monitoring",
}
INTRODUCTION = """\
Ten practices take a model from research to production and keep it there. Each is a gate:
it looks at evidence that a run or a study measured, is red for a reason, and says how to
mend it. Without evidence it is missing, never green; with evidence that is older than
its inputs it is stale. A red one can be waived in `contract.toml` only, with a reason, a
person and a day after which it is red again.
"""
RUBRIC = """\
The rubric of Breck, Cai, Nielsen, Salib and Sculley, "The ML Test Score: A Rubric for ML
Production Readiness and Technical Debt Reduction" (IEEE Big Data 2017): 28 tests in four
sections, a point for each that runs by itself. The score is the lowest sum of a section.
A test counts when its check passed on evidence that is there and up to date; the
readiness page says of each what was found.
"""


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every page with its text."""
    for folder, spoken in PLACES.items():
        known = practices(spoken)
        yield folder / "practices/index.md", index(known)
        yield from ((folder / f"practices/{each.id}.md", practice(each)) for each in known)
        yield folder / "ml-test-score.md", score(ml_tests(spoken))
    yield from rule_pages()


def index(known: tuple[Practice, ...]) -> str:
    """The list of all practices."""
    rows = [f"| [{each.id}]({each.id}.md) | {each.title} | {each.why} |" for each in known]
    table = "\n".join(["| | practice | why |", "| --- | --- | --- |", *rows])
    return f"# The ten practices\n\n{INTRODUCTION}\n{table}\n"


def practice(of: Practice) -> str:
    """The page of one practice."""
    parts = {
        "When it is red": of.how,
        "Where it is set": of.where,
        "How to mend it": of.fix,
    }
    text = "".join(f"\n## {title}\n\n{wrapped(said)}\n" for title, said in parts.items())
    sources = "\n".join(wrapped(source, "- ") for source in of.sources)
    return f"# {of.id}: {of.title}\n\n{wrapped(of.why)}\n{text}\n## Sources\n\n{sources}\n"


def score(tests: tuple[MlTest, ...]) -> str:
    """The page of the ML Test Score, a table for each section."""
    head = "| | test | why | made by | checked in |\n| --- | --- | --- | --- | --- |\n"
    return f"# The ML Test Score\n\n{RUBRIC}" + "".join(
        f"\n## {title}\n\n{head}" + "".join(row(test) for test in tests if test.section == section)
        for section, title in SECTIONS.items()
    )


def row(test: MlTest) -> str:
    """A line of a table; a test that nothing measures says so."""
    made, checked = (f"`{each}`" if each else "nothing yet" for each in (test.command, test.file))
    return f"| {test.id} | {test.title} | {test.why} | {made} | {checked} |\n"


def wrapped(text: str, bullet: str = "") -> str:
    """*text* in lines that read well in an editor."""
    return textwrap.fill(
        text,
        88,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_on_hyphens=False,
        break_long_words=False,
    )


def main() -> None:
    """Write what is not current, or with --check only name it."""
    old = [
        (path, text)
        for path, text in pages()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path, text in old:
        print(path.relative_to(ROOT))
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    sys.exit("--check" in sys.argv and bool(old))


if __name__ == "__main__":
    main()
