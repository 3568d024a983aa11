"""Pull requests over real HTTP, against a forge on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from conftest import Modelwright
from described import faults_of_answer
from fleet import Fleet
from forges import TOKEN, StandIn, standing_in
from updating import Team, at, line

from modelwright.core.errors import Stop
from modelwright.forge import Forge, Project, Proposal, project

THEIRS = at("text.md", line(3, "theirs"))
WORDS = Proposal("modelwright/update", "Update", "why")


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Generator[StandIn]:
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    with standing_in() as found:
        yield found


@pytest.fixture
def fleet(tmp_path: Path, modelwright: Modelwright) -> Fleet:
    found = Fleet(tmp_path, modelwright)
    modelwright.environment |= {"GH_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN}
    return found


def hosted(fleet: Fleet, forge: StandIn, kind: str) -> Team:
    """Return a clone of a repository that stands on the forge, whose list names its address."""
    team = fleet.team("alpha")
    bare = fleet.folder / "hosted/acme/alpha.git"
    team.git("clone", "--quiet", "--bare", str(team.folder), str(bare))
    team.git("remote", "add", "origin", str(bare))
    fleet.list(
        f'repositories = ["file://{bare}"]\n[[forges]]\nkind = "{kind}"\n'
        f'prefix = "file://{fleet.folder}/hosted/"\napi = "{forge.address}"'
    )
    return team


@pytest.mark.parametrize(
    ("method", "path", "content", "said"),
    [
        ("GET", "/repos/acme/alpha/pulls?state=opened", None, "'opened' is not one of"),
        ("GET", "/repos/acme/alpha/pulls?branch=a", None, "no parameter `branch`"),
        ("POST", "/repos/acme/alpha/pulls", {"title": "a", "head": "a"}, "'base' is a required"),
        ("POST", "/repos/acme/alpha/pulls", {"head": "a", "base": "b", "text": ""}, "`text`"),
        ("PUT", "/repos/acme/alpha/pulls/1", {"title": "a"}, "no such operation"),
    ],
)
def test_the_stand_in_notices_what_github_does_not_publish(
    method: str, path: str, content: dict[str, str] | None, said: str
):
    stand_in = StandIn(first=[(200, {}, {})])
    stand_in.answer(method, path, content)
    assert any(said in each for each in stand_in.faults), stand_in.faults


def test_what_the_stand_in_noticed_fails_the_test():
    with pytest.raises(AssertionError, match="'default_branch' is a required"), standing_in() as it:
        it.faults += faults_of_answer("GET", "/repos/acme/alpha", 200, {"name": "alpha"})


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_one_request_is_opened_renewed_and_closed(fleet: Fleet, forge: StandIn, kind: str):
    team = hosted(fleet, forge, kind)
    fleet.template.release("v2.0.0", THEIRS)

    row = fleet.rows("update", "--yes", "--open-prs")["alpha"]
    assert (row["state"], row["request"]) == ("updated", f"{forge.address}/requests/1")
    assert forge.methods == ["GET", "GET", "POST"]
    assert forge.requests[0]["title"] == "Update from template v1.0.0 to v2.0.0"
    assert "acme/alpha" in forge.asked[0][1].replace("%2F", "/")

    assert fleet.rows("update", "--yes", "--open-prs")["alpha"]["request"] == row["request"]
    assert forge.methods[3:] == ["GET"]

    fleet.template.release("v3.0.0", at("text.md", line(18, "theirs")))
    assert fleet.states("--yes", "--open-prs") == {"alpha": "updated"}
    assert len(forge.requests) == 1
    assert forge.requests[0]["title"] == "Update from template v1.0.0 to v3.0.0"

    team.update(commit=True)
    team.git("push", "--quiet", "origin", "HEAD:main")
    assert fleet.states("--yes", "--open-prs") == {"alpha": "current"}
    assert not forge.requests[0]["open"]


def test_a_request_with_conflicts_says_so_in_its_title(fleet: Fleet, forge: StandIn):
    team = hosted(fleet, forge, "github")
    team.edit(at("text.md", line(3, "mine")))
    team.git("push", "--quiet", "origin", "HEAD:main")
    fleet.template.release("v2.0.0", THEIRS)
    assert fleet.states("--yes", "--open-prs") == {"alpha": "conflict"}
    assert forge.requests == []
    assert fleet.states("--yes", "--open-prs", "--allow-conflicts") == {"alpha": "conflict"}
    assert forge.requests[0]["title"].endswith(", with conflicts in 1 files")
    assert forge.requests[0]["body"] == "With conflicts in text.md"


def test_without_a_token_nothing_is_pushed(fleet: Fleet, forge: StandIn):
    hosted(fleet, forge, "github")
    fleet.template.release("v2.0.0", THEIRS)
    del fleet.modelwright.environment["GH_TOKEN"]
    row = fleet.rows("update", "--yes", "--open-prs")["alpha"]
    assert "there is no token" in row["problem"]
    assert "GH_TOKEN" in row["fix"]
    assert forge.asked == []
    listed = ["git", "for-each-ref", "refs/heads/modelwright"]
    bare = fleet.folder / "hosted/acme/alpha.git"
    assert subprocess.run(listed, cwd=bare, capture_output=True, check=True).stdout == b""


def there(forge: StandIn, waited: list[float]) -> Project:
    return Project(Forge("github", "", forge.address), "acme/alpha", waited.append)


def test_a_rate_limit_is_waited_for_and_a_long_one_said(forge: StandIn):
    waited: list[float] = []
    forge.first = [(429, {"Retry-After": "7"}, {}), (403, {"Retry-After": "3"}, {})]
    assert there(forge, waited).propose(WORDS).endswith("/requests/1")
    assert waited == [7, 3]

    forge.first = [(429, {"Retry-After": "3600"}, {})]
    with pytest.raises(Stop, match="asks to wait for 3600 s"):
        there(forge, waited).propose(WORDS)
    assert waited == [7, 3]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((403, {}, {"message": "Resource not accessible"}), "403 .* Resource not accessible"),
        ((422, {}, {"message": "Validation Failed"}), "422 .* Validation Failed"),
        ((301, {"Location": "http://127.0.0.1:9/"}, {}), "answers 301"),
        ((500, {}, {}), "answers 500"),
    ],
)
def test_what_the_forge_refuses_is_said_in_its_words(
    forge: StandIn, answer: tuple[int, dict[str, str], dict[str, str]], said: str
):
    forge.first = [answer]
    with pytest.raises(Stop, match=said):
        there(forge, []).propose(WORDS)
    assert len(forge.asked) == 1


def test_a_token_is_sent_over_https_or_loopback_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    with pytest.raises(Stop, match="is not https"):
        Project(Forge("github", "", "http://forge.example"), "acme/alpha").refuse_mute()


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/alpha.git",
        "https://user:secret@github.com/acme/alpha",  # pragma: allowlist secret
        "git@github.com:acme/alpha.git",
        "ssh://git@github.com/acme/alpha.git",
    ],
)
def test_an_address_says_which_project_it_is(address: str):
    found = project(address)
    assert (found.path, found.forge.api) == ("acme/alpha", "https://api.github.com")
    with pytest.raises(Stop, match="no forge"):
        project("https://forge.example/acme/alpha")
