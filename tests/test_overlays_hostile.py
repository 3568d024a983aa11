"""Overlays that are refused, and leave nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import Modelwright, tree
from fleet import Fleet
from overlaying import RECORD, START, Desk, House
from updating import ANSWERS, Tree, at, line, standing, write


@pytest.fixture
def desk(tmp_path: Path, modelwright: Modelwright) -> Desk:
    return Desk(tmp_path, modelwright)


def test_two_overlays_that_contradict_each_other_are_refused_with_both_places(desk: Desk):
    House(desk.folder / "second", {"ci.yml": START["ci.yml"], "b.txt": "b\n"})
    both = '[[overlays]]\nsource = "house"\n\n[[overlays]]\nsource = "second"\n'
    desk.policy(both)
    assert desk.new("--dry-run").exit == 0
    desk.policy(both + 'remove = ["text.md"]\n')
    removed = desk.new()
    assert (removed.exit, "`text.md`" in removed.err) == (2, True)
    desk.policy('[[overlays]]\nsource = "house"\n')
    write("[[overlays]]\nsource = 'second'\n")(desk.folder / "other.toml")
    Tree(desk.folder / "second").git("config", "user.name", "Ada")
    second = standing(desk.folder / "second")
    second.edit(at("ci.yml", line(1, "other")))

    refused = desk.modelwright(
        "new", desk.folder / "team", "--defaults", "--template", desk.template.folder,
        "--policy", desk.folder / "acme.toml", MODELWRIGHT_POLICY=str(desk.folder / "other.toml"),
    )  # fmt: skip

    assert (refused.exit, (desk.folder / "team").exists()) == (2, False)
    assert "overlays contradict each other: `ci.yml`" in refused.err
    assert "acme.toml:1 " in refused.err
    assert "other.toml:1 " in refused.err


HOSTILE = {
    "code": ({"copier.yml": "_tasks: ['touch ran']\n"}, "would run code"),
    "extension": ({"copier.yml": "_jinja_extensions: [os.X]\n"}, "would run code"),
    "migration": ({"copier.yml": "_migrations: ['touch ran']\n"}, "would run code"),
    "sandbox": ({"a.jinja": "{{ ''.__class__.__mro__ }}"}, "unsafe"),
    "environment": ({"a.jinja": "{{ '$HOME'|expandvars }}"}, "looks at this machine"),
    "record": ({RECORD: "_src_path: evil\n"}, "records where the project comes from"),
    "answers": ({ANSWERS: "x"}, "records where the project comes from"),
    "replay": ({".cruft.json": "{}"}, "records where the project comes from"),
    "git": ({"{{ '.GIT' }}/config": "x"}, "git's own"),
    "name": ({"{{ '..' }}/{{ '..' }}/a": "x"}, "can't be laid"),
    "config": ({"copier.yml": "[1"}, "can't be laid"),
    "subdirectory": ({"copier.yml": "_subdirectory: ../..\n"}, "can't be laid"),
    "room": ({"text.md/a": "x"}, "has no room"),
    "windows": ({"con": "x"}, "does not exist on every system"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_overlay_is_refused_and_leaves_nothing(desk: Desk, name: str):
    files, said = HOSTILE[name]
    House(desk.folder / "evil", files)
    desk.policy('[[overlays]]\nsource = "evil"\n')
    before = tree(desk.folder)
    refused = desk.new("--trust" if "code" in said else "--json")
    assert refused.exit == 2, refused.err
    assert said in refused.err
    assert "acme.toml:1" in refused.err
    assert "Traceback" not in refused.err
    assert tree(desk.folder) == before


@pytest.mark.parametrize("target", ["/etc/passwd", "../../template/text.md", "../.."])
def test_a_link_out_of_an_overlay_is_refused(desk: Desk, target: str):
    (desk.house / "leak.txt").symlink_to(target)
    desk.house.commit()
    refused = desk.new()
    assert (refused.exit, "link that leaves it" in refused.err) == (2, True)
    assert not (desk.folder / "team").exists()


@pytest.mark.parametrize(
    ("text", "at_line", "said"),
    [
        ("[overlays]\n", 1, "a list of tables"),
        ("overlays = [1]\n", 1, "an overlay is a table"),
        ("[[overlays]]\nref = 'v1'\n", 1, "names no `source`"),
        ("[[overlays]]\nsource = 'a'\n\n[[overlays]]\nsorce = 'b'\n", 5, "did you mean `source`?"),
        ("[[overlays]]\nsource = 'a'\nremove = ['../b']\n", 3, "no path below"),
        ("[[overlays]]\nsource = 'a'\nfolder = '/b'\n", 3, "no path below"),
        ("[[overlays]]\nsource = 'ext::sh -c id'\n", 1, "no address"),
        ("[[overlays]]\nsource = 'none'\n", 1, "there is no folder"),
        ("[[overlays]]\nsource = 'file:///none'\n", 1, "there is no git repository"),
        ("[[overlays]]\nsource = 'house'\nfolder = 'none'\n", 1, "no folder `none`"),
    ],
)
def test_an_overlay_that_cannot_be_used_is_refused_with_its_line(
    desk: Desk, text: str, at_line: int, said: str
):
    desk.policy(text)
    refused = desk("policy", "check")
    assert (refused.exit, refused.out) == (2, "")
    assert f"acme.toml:{at_line}" in refused.err
    assert said in refused.err


def test_an_overlay_that_policies_do_not_trust_is_never_fetched(desk: Desk):
    write("[templates]\ntrusted = ['builtin']\n")(desk.folder / "other.toml")
    desk.policy('[[overlays]]\nsource = "https://overlay.invalid/x.git"\n')
    other = str(desk.folder / "other.toml")
    command = ("policy", "check", "--policy", desk.folder / "acme.toml")
    refused = desk.modelwright(*command, MODELWRIGHT_POLICY=other)
    assert refused.exit == 2
    assert "acme.toml:1 says one thing" in refused.err
    assert "other.toml:2 another" in refused.err
    desk.policy("")
    team = desk.made()
    planted = "_modelwright: {overlays: [{source: 'https://overlay.invalid/x.git', commit: abc}]}\n"
    team.edit(at(RECORD, lambda path: path.write_text(path.read_text() + planted)))
    desk.policy(f"[templates]\ntrusted = ['{desk.template.folder}']\n")
    refused = desk.update(team)
    assert (refused.exit, "does not trust the overlay" in refused.err) == (2, True)


@pytest.mark.parametrize(
    "mark", ["[1]", "{}", "[{source: a}]", "[{source: a, commit: b, folder: ../x}]",
             "[{source: a, commit: b, remove: [/etc]}]", "[{source: 1, commit: b}]",
             "[{source: a, commit: --upload-pack=x}]"]
)  # fmt: skip
def test_a_record_that_was_tampered_with_is_refused(desk: Desk, mark: str):
    desk.policy("")
    team = desk.made()
    line = f"_modelwright: {{overlays: {mark}}}\n"
    team.edit(at(RECORD, lambda path: path.write_text(path.read_text() + line)))
    refused = desk.update(team)
    assert (refused.exit, RECORD in refused.err) == (2, True)
    assert "Traceback" not in refused.err


def test_a_fleet_never_fetches_what_a_repository_plants(tmp_path: Path, modelwright: Modelwright):
    fleet = Fleet(tmp_path, modelwright)
    bare = tmp_path / "bare.git"
    House(tmp_path / "house").git("clone", "--quiet", "--bare", tmp_path / "house", bare)
    head = Tree(tmp_path / "house").git("rev-parse", "HEAD").strip()
    planted = f"_modelwright: {{overlays: [{{source: 'file://{bare}', commit: {head}}}]}}\n"
    fleet.team("a").edit(at(RECORD, lambda path: path.write_text(path.read_text() + planted)))
    fleet.list(f'repositories = ["repos/*"]\nsources = ["{fleet.template.folder}"]')
    row = fleet.rows("update")["a"]
    assert row["state"] == "broken"
    assert "is none of the fleet's" in row["problem"]


def test_a_folder_that_is_no_overlay_is_not_read_for_ever(desk: Desk):
    os.mkfifo(desk.folder / "pipe")
    desk.policy('[[overlays]]\nsource = "."\n')
    refused = desk("policy", "check")
    assert (refused.exit, "neither a file nor a folder" in refused.err) == (2, True)
