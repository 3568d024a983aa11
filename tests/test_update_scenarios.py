"""What a team edited and what the template changed: nothing of either is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from updating import (
    Edit,
    Team,
    Template,
    Tree,
    append,
    at,
    both,
    crlf,
    executable,
    line,
    link,
    move,
    remove,
    write,
)

from modelwright.landing import Updated

PACKAGE = "{{ package }}"
BINARY = bytes(range(256)) * 8


def nothing(root: Path) -> None: ...


@dataclass(frozen=True)
class Row:
    """A user's edit, a template's, and what must come out: `has` lines, files gone, verdicts."""

    user: Edit
    template: Edit
    has: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    verdicts: dict[str, str] = field(default_factory=dict)


ROWS = {
    "an untouched file is updated": Row(
        nothing,
        at("text.md", line(3, "theirs")),
        has={"text.md": ("theirs",)},
        verdicts={"text.md": "updated"},
    ),
    "edits of lines far apart are both there": Row(
        at("text.md", line(3, "mine")),
        at("text.md", line(15, "theirs")),
        has={"text.md": ("mine", "theirs")},
        verdicts={"text.md": "merged"},
    ),
    "the same line edited in two ways is a conflict, in that file only": Row(
        at("text.md", line(3, "mine")),
        both(at("text.md", line(3, "theirs")), at("other.md", line(3, "theirs"))),
        has={"text.md": ("mine", "theirs"), "other.md": ("theirs",)},
        conflicts=("text.md",),
    ),
    "the same edit on both sides is no conflict": Row(
        at("text.md", line(3, "same")),
        at("text.md", line(3, "same")),
        has={"text.md": ("same",)},
    ),
    "edits two lines away are both there": Row(
        at("text.md", line(3, "mine")),
        at("text.md", line(6, "theirs")),
        has={"text.md": ("mine", "theirs")},
    ),
    "a file that I deleted stays deleted": Row(
        at("text.md", remove),
        at("text.md", line(3, "theirs")),
        gone=("text.md",),
        verdicts={"text.md": "deleted by you and changed"},
    ),
    "a file that I edited is kept where the template removes it": Row(
        at("text.md", line(3, "mine")),
        at("text.md", remove),
        has={"text.md": ("mine",)},
        verdicts={"text.md": "kept"},
    ),
    "a file that I left alone goes where the template removes it": Row(
        nothing,
        at("text.md", remove),
        gone=("text.md",),
        verdicts={"text.md": "deleted"},
    ),
    "a file that both removed is gone": Row(
        at("text.md", remove), at("text.md", remove), gone=("text.md",)
    ),
    "my edit follows a file that the template renames": Row(
        at("text.md", line(3, "mine")),
        move("text.md", "docs/text.md"),
        has={"docs/text.md": ("mine",)},
        gone=("text.md",),
        verdicts={"docs/text.md": "moved with your edits"},
    ),
    "an untouched file is renamed": Row(
        nothing,
        move("text.md", "docs/text.md"),
        has={"docs/text.md": ("line 3",)},
        gone=("text.md",),
        verdicts={"docs/text.md": "renamed"},
    ),
    "the template's edit follows a file that I renamed": Row(
        move("text.md", "mine.md"),
        at("text.md", line(3, "theirs")),
        has={"mine.md": ("theirs",)},
        gone=("text.md",),
        verdicts={"mine.md": "moved with your edits"},
    ),
    "a module that the template adds lands in the package that I moved": Row(
        move("churn", "src/churn"),
        both(
            at(f"{PACKAGE}/main.py", line(3, "theirs")),
            at(f"{PACKAGE}/added.py", write("added\n")),
        ),
        has={"src/churn/main.py": ("theirs",), "src/churn/added.py": ("added",)},
        gone=("churn/main.py", "churn/added.py"),
    ),
    "two different files of one name are a conflict that keeps both": Row(
        at("added.md", write("mine\n")),
        at("added.md", write("theirs\n")),
        has={"added.md": ("mine", "theirs")},
        conflicts=("added.md",),
    ),
    "the same file added by both is no conflict": Row(
        at("added.md", write("same\n")),
        at("added.md", write("same\n")),
        has={"added.md": ("same",)},
    ),
    "a bit that I set survives an edit": Row(
        at("run.sh", executable),
        at("run.sh", line(3, "theirs")),
        has={"run.sh": ("theirs",), "+x": ("run.sh",)},
    ),
    "a bit that the template sets survives my edit": Row(
        at("run.sh", line(3, "mine")),
        at("run.sh", executable),
        has={"run.sh": ("mine",), "+x": ("run.sh",)},
    ),
    "my line endings survive an edit": Row(
        both(at(".gitattributes", write("* text=auto\n")), at("text.md", crlf)),
        at("text.md", line(3, "theirs")),
        has={"text.md": ("theirs",)},
    ),
    "the template may change line endings": Row(
        both(at(".gitattributes", write("* text=auto\n")), at("text.md", line(3, "mine"))),
        both(at("text.md", crlf), at("text.md", line(15, "theirs"))),
        has={"text.md": ("mine", "theirs")},
    ),
    "both sides of a union file are kept": Row(
        both(at(".gitattributes", write("*.md merge=union\n")), at("text.md", append("mine\n"))),
        at("text.md", append("theirs\n")),
        has={"text.md": ("mine", "theirs")},
    ),
    "odd names are names": Row(
        at("größe und so.md", write("mine\n")),
        both(at("größe und so.md", nothing), at("ünïcode 文.md", write("theirs\n"))),
        has={"größe und so.md": ("mine",), "ünïcode 文.md": ("theirs",)},
    ),
    "an edit within what I reformatted is there": Row(
        at("text.md", *(line(n, f"   line {n}  ") for n in range(1, 21) if n not in {9, 10, 11})),
        at("text.md", line(10, "theirs")),
        has={"text.md": ("theirs", "   line 3  ")},
    ),
    "my folder stays where the template makes a file of that name": Row(
        both(at("text.md", remove), at("text.md/notes.md", write("mine\n"))),
        at("text.md", line(3, "theirs")),
        has={"text.md/notes.md": ("mine",)},
        conflicts=("text.md~modelwright_template-v2.0.0",),
    ),
    "a link that I put for a file is not lost": Row(
        at("text.md", link("other.md")),
        at("text.md", line(3, "theirs")),
        conflicts=("text.md", "text.md~modelwright_template-v2.0.0"),
    ),
    "markers in a document are no conflict": Row(
        at("marks.md", write("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n")),
        at("text.md", line(3, "theirs")),
        has={"text.md": ("theirs",), "marks.md": ("<<<<<<< HEAD",)},
    ),
    "a lock file that both changed is mine, to be made again": Row(
        at("sub/uv.lock", line(3, "mine")),
        at("sub/uv.lock", line(3, "theirs")),
        has={"sub/uv.lock": ("mine",)},
        verdicts={"sub/uv.lock": "to be made again"},
    ),
    "a file of mine in a folder that the template drops is kept": Row(
        at("churn/data/mine.txt", write("mine\n")),
        at(f"{PACKAGE}/data", remove),
        has={"churn/data/mine.txt": ("mine",)},
        gone=("churn/data/deep.txt",),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_lost(tmp_path: Path, name: str):
    row = ROWS[name]
    template, team = started(tmp_path)
    team.edit(row.user)
    template.release("v2.0.0", row.template)

    expected = team.verdicts()
    done = team.update()

    ended_as_declared(row, team, done, expected)
    assert "_commit: v2.0.0" in team.read(".copier-answers.yml")
    settle_and_repeat(team)


def ended_as_declared(row: Row, team: Tree, done: Updated, expected: Mapping[str, str]) -> None:
    """Hold a project after its update to what *row* says of it."""
    assert done.written
    assert tuple(sorted(done.outlook.merged.stages)) == row.conflicts
    for path, parts in row.has.items():
        for part in parts:
            if path == "+x":
                assert (team / part).stat().st_mode & 0o100
            else:
                assert part in (team / path).read_text()
    assert not [path for path in row.gone if (team / path).exists()]
    assert {path: expected.get(path) for path in row.verdicts} == row.verdicts


def started(root: Path) -> tuple[Template, Team]:
    template = Template(root / "template")
    return template, Team(root / "team", template)


def settle_and_repeat(team: Team) -> None:
    """A second update, once the first is committed, has nothing to do."""
    team.commit()
    assert not team.update().written
    assert team.status() == ""


def test_a_binary_that_both_changed_is_a_conflict_that_leaves_mine_in_place(tmp_path: Path):
    template = Template(tmp_path / "template")
    template.release("v1.0.0+1", at("logo.bin", write(BINARY)))
    template.git("tag", "-f", "v1.0.0")
    team = Team(tmp_path / "team", template)
    team.edit(at("logo.bin", write(BINARY + b"mine")))
    template.release("v2.0.0", at("logo.bin", write(BINARY + b"theirs")))

    assert list(team.update().outlook.merged.stages) == ["logo.bin"]
    assert (team / "logo.bin").read_bytes() == BINARY + b"mine"
    assert len(team.git("ls-files", "--unmerged", "logo.bin").splitlines()) == 3
