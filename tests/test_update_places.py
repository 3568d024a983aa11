"""An update works wherever a project stands, and touches nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from updating import LINES, START, Team, Template, append, at, line, remove, standing, write

from modelwright import drift, update
from modelwright.core.errors import Stop
from modelwright.project import Request

CHANGE = at("text.md", line(3, "theirs"))


def test_a_project_in_a_folder_of_a_larger_repository(
    tmp_path: Path, template: Template, team: Team
):
    whole = standing(tmp_path / "whole")
    (tmp_path / "whole/pro jects").mkdir(parents=True)
    whole.git("init", "--quiet")
    remove(team / ".git")
    team.folder.rename(whole / "pro jects/one")
    at("text.md", write("not the project's\n"))(whole.folder)
    whole.commit()
    template.release("v2.0.0", CHANGE)
    at("beside.txt", write("untracked\n"))(whole.folder)

    standing(whole / "pro jects/one").update()

    assert "theirs" in whole.read("pro jects/one/text.md")
    assert whole.read("text.md") == "not the project's\n"
    assert set(whole.status().splitlines()) == {
        'M  "pro jects/one/.copier-answers.yml"',
        'M  "pro jects/one/text.md"',
        "?? beside.txt",
    }


def test_a_worktree_is_updated_and_its_sibling_is_not(
    tmp_path: Path, template: Template, team: Team
):
    team.git("worktree", "add", "--quiet", "-b", "side", tmp_path / "side")
    template.release("v2.0.0", CHANGE)
    side = standing(tmp_path / "side")

    side.update()

    assert "theirs" in side.read("text.md")
    assert team.status() == ""


def test_a_shallow_clone(tmp_path: Path, template: Template, team: Team):
    team.edit(at("text.md", line(15, "mine")))
    team.git("clone", "--quiet", "--depth=1", f"file://{team.folder}", tmp_path / "shallow")
    template.release("v2.0.0", CHANGE)
    shallow = standing(tmp_path / "shallow")

    shallow.update()

    assert {"theirs", "mine"} < set(shallow.read("text.md").splitlines())


def test_a_detached_head_stays_where_it_is(template: Template, team: Team):
    team.git("checkout", "--quiet", "--detach")
    head = team.git("rev-parse", "HEAD")
    template.release("v2.0.0", CHANGE)

    team.update()

    assert team.git("rev-parse", "HEAD") == head
    assert "theirs" in team.read("text.md")


def test_a_submodule_is_left_alone(template: Template, team: Team):
    team.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
             str(template.folder), "module")  # fmt: skip
    team.commit()
    before = (team / "module/text.md").read_bytes()
    template.release("v2.0.0", CHANGE)

    team.update()

    assert "theirs" in team.read("text.md")
    assert (team / "module/text.md").read_bytes() == before
    assert "module" not in team.status()


def test_a_repository_of_the_other_hash(
    tmp_path: Path, template: Template, team: Team, monkeypatch: pytest.MonkeyPatch
):
    remove(team / ".git")
    team.git("init", "--quiet", "--object-format=sha256")
    team.commit()
    template.release("v2.0.0", CHANGE)
    team.update()
    assert "theirs" in team.read("text.md")

    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    other = Team(tmp_path / "other", template)
    remove(other / ".git")
    other.git("init", "--quiet", "--object-format=sha1")
    other.commit()
    other.update()
    assert "theirs" in other.read("text.md")


HOSTILE = {
    "core.fsmonitor": "false; exit 1",
    "core.hooksPath": "{hooks}",
    "core.autocrlf": "true",
    "core.safecrlf": "true",
    "core.pager": "false",
    "core.attributesFile": "{hooks}/attributes",
    "core.excludesFile": "{hooks}/excludes",
    "commit.gpgSign": "true",
    "gpg.program": "false",
    "diff.external": "false",
    "diff.noprefix": "true",
    "diff.renames": "false",
    "diff.algorithm": "patience",
    "diff.ignoreSubmodules": "none",
    "apply.whitespace": "error",
    "merge.renames": "false",
    "merge.conflictStyle": "diff3",
    "merge.directoryRenames": "conflict",
    "merge.ff": "only",
    "merge.verifySignatures": "true",
    "status.showUntrackedFiles": "no",
    "status.relativePaths": "false",
    "color.ui": "always",
    "log.showSignature": "true",
    "index.version": "4",
    "core.quotePath": "true",
    "core.precomposeUnicode": "true",
    "rerere.enabled": "true",
    "merge.default": "odd",
    "merge.odd.driver": "false",
    "filter.odd.clean": "sed s/line/odd/",
    "filter.odd.smudge": "sed s/line/odd/",
    "filter.odd.required": "true",
}


def test_settings_of_git_do_not_change_the_result(tmp_path: Path, template: Template, team: Team):
    team.edit(
        at("text.md", line(15, "mine")),
        at("other.md", line(3, "mine")),
        at(".gitattributes", write("*.md filter=odd merge=odd\n")),
    )
    twin = standing(tmp_path / "twin")
    team.git("clone", "--quiet", team.folder, twin.folder)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        at(name, write("#!/bin/sh\nexit 1\n", 0o755))(hooks)
    (hooks / "attributes").write_text("* -text merge=odd\n")
    (hooks / "excludes").write_text("*\n")
    for name, value in HOSTILE.items():
        twin.git("config", name, value.format(hooks=hooks))
    template.release("v2.0.0", CHANGE, at("other.md", line(3, "theirs")))

    plain, hostile = team.update(), twin.update()

    assert plain.outlook.merged.tree == hostile.outlook.merged.tree
    assert plain.outlook.merged.verdicts == hostile.outlook.merged.verdicts
    for path in ("text.md", "other.md"):
        assert team.read(path) == twin.read(path)


def test_the_users_own_driver_runs_with_trust_only(tmp_path: Path, template: Template, team: Team):
    team.edit(at(".gitattributes", write("*.md merge=loud\n")), at("text.md", line(15, "mine")))
    team.git(
        "config", "merge.loud.driver", f"touch {tmp_path}/ran; git merge-file --quiet %A %O %B"
    )
    template.release("v2.0.0", CHANGE)

    team.update()

    assert not (tmp_path / "ran").exists()
    assert "theirs" in team.read("text.md")


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("name", ["added.md", "added.md/deep.txt", ".env"])
def test_a_file_that_git_does_not_keep_and_is_in_the_way_is_named_and_left(
    template: Template, team: Team, name: str, ignored: bool
):
    if ignored:
        team.edit(at(".gitignore", write(f"{name.partition('/')[0]}\n")))
    at(name, write("mine\n"))(team.folder)
    template.release("v2.0.0", CHANGE, at(name.partition("/")[0], write("theirs\n")))

    with pytest.raises(Stop, match=name.partition("/")[0]):
        team.update()

    assert team.read(name) == "mine\n"
    assert "theirs" not in team.read("text.md")


def test_what_the_project_ignores_is_left_out_and_named(template: Template, team: Team):
    team.edit(at("deep/.gitignore", write("*.env\n!kept.env\n")))
    brought = ("deep/secret.env", "deep/kept.env", "secret.env")
    template.release("v2.0.0", *(at(path, write("theirs\n")) for path in brought))

    done = team.update(commit=True)

    verdicts = [done.outlook.merged.verdicts[path] for path in brought]
    assert verdicts == ["left out", "added", "added"]
    assert not (team / "deep/secret.env").exists()
    assert any("--heal deep/secret.env" in said for said in done.outlook.said)
    assert team.update().outlook.current
    assert "deep/secret.env" not in drift.edits(team.folder, Request()).files
    drift.heal(team.folder, "deep/secret.env", Request())
    assert team.read("deep/secret.env") == "theirs\n"


def test_an_ignored_file_of_the_first_rendering_stays_the_teams(tmp_path: Path):
    template = Template(
        tmp_path / "template", {**START, ".gitignore.jinja": ".env\n", ".env": "v1\n"}
    )
    team = Team(tmp_path / "team", template)
    at(".env", write("mine\n"))(team.folder)
    template.release("v2.0.0", CHANGE, at(".env", write("v2\n")))
    assert not drift.edits(team.folder, Request()).edited

    verdicts = team.update().outlook.merged.verdicts

    assert verdicts[".env"] == "left out"
    assert team.read(".env") == "mine\n"


def test_a_file_that_is_not_in_the_way_does_not_stop_an_update(template: Template, team: Team):
    at("notes/mine.md", write("mine\n"))(team.folder)
    template.release("v2.0.0", CHANGE)

    team.update()

    assert team.read("notes/mine.md") == "mine\n"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_change_that_git_was_told_not_to_see_is_not_lost(
    template: Template, team: Team, flag: str
):
    team.git("update-index", flag, "text.md")
    at("text.md", line(15, "mine"))(team.folder)
    template.release("v2.0.0", CHANGE)

    with pytest.raises(Stop, match=r"text\.md"):
        team.update()

    assert "mine" in team.read("text.md")


@pytest.mark.parametrize("staged", [False, True])
def test_what_is_not_committed_is_refused(template: Template, team: Team, staged: bool):
    at("other.md", line(15, "mine"))(team.folder)
    if staged:
        team.git("add", "other.md")
    template.release("v2.0.0", CHANGE)
    before = team.status()

    with pytest.raises(Stop, match=r"not committed: other\.md"):
        team.update()

    assert team.status() == before


def test_conflicts_of_the_last_update_are_settled_first(template: Template, team: Team):
    team.edit(at("text.md", line(3, "mine")))
    template.release("v2.0.0", CHANGE)
    assert list(team.update().outlook.merged.stages) == ["text.md"]
    before = team.read("text.md")

    with pytest.raises(Stop, match=r"not committed: .*text\.md"):
        team.update()

    assert team.read("text.md") == before
    assert len(team.git("ls-files", "--unmerged").splitlines()) == 3


def test_two_updates_in_a_row(template: Template, team: Team):
    team.edit(at("text.md", line(15, "mine")))
    template.release("v2.0.0", CHANGE)
    team.update(commit=True)
    template.release("v3.0.0", at("text.md", line(4, "later")))
    team.update(commit=True)

    assert {"mine", "theirs", "later"} < set(team.read("text.md").splitlines())
    assert (
        team.git("log", "--format=%an %s", "-2")
        .splitlines()[0]
        .endswith("Update from template v2.0.0 to v3.0.0")
    )
    assert not team.update().written


def test_a_branch_leaves_the_work_tree_and_the_index_alone(template: Template, team: Team):
    at("other.md", line(15, "not yet committed"))(team.folder)
    before = team.status()
    template.release("v2.0.0", CHANGE)

    team.update(branch="template/v2")

    assert team.status() == before
    assert "theirs" in team.git("show", "template/v2:text.md")


def test_an_update_is_taken_back(template: Template, team: Team):
    team.edit(at("text.md", line(3, "mine")))
    template.release("v2.0.0", CHANGE, at("new/deep.txt", write("new\n")), at("other.md", remove))
    before = {path: (team / path).read_bytes() for path in ("text.md", "other.md")}
    team.update()
    assert (team / "new/deep.txt").exists()

    update.take_back(team.folder)

    assert {path: (team / path).read_bytes() for path in before} == before
    assert team.status() == ""
    assert not (team / "new").exists()


def test_edits_since_are_not_taken_back(template: Template, team: Team):
    template.release("v2.0.0", CHANGE)
    team.update()
    at("text.md", append("since\n"))(team.folder)

    with pytest.raises(Stop, match=r"changed since the update: text\.md"):
        update.take_back(team.folder)

    assert "since" in team.read("text.md")


def test_a_template_that_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A bundle is fetched as a remote repository is, without a network."""
    monkeypatch.setenv("MODELWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    template = Template(tmp_path / "template", {**START, "text.md": LINES})
    bundle = tmp_path / "t.bundle"
    template.git("bundle", "create", "--quiet", bundle, "--all", "HEAD")
    source = object.__new__(Template)
    source.folder = bundle
    team = Team(tmp_path / "team", source)
    template.release("v2.0.0", CHANGE)
    template.git("bundle", "create", "--quiet", bundle, "--all", "HEAD")

    team.update()

    assert "theirs" in team.read("text.md")
    assert list(tmp_path.glob("cache/templates/*.git"))
