"""Organisations of GitHub and GitLab, listed by programs that ask a forge on loopback."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from conftest import Modelwright
from fleet import Fleet
from forges import TOKEN, StandIn, installed, on_github, on_gitlab, standing_in

from modelwright.core.errors import Stop
from modelwright.fleet import Roster, read
from modelwright.forge import Organisation, listed

CREDENTIALED = "https://user:secret@github.com/acme/alpha.git"  # pragma: allowlist secret
ACME = Organisation("github", "acme", "github.com")


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[StandIn]:
    for name in ("GH_HOST", "GITLAB_HOST"):
        monkeypatch.delenv(name, raising=False)
    with standing_in() as found:
        monkeypatch.setenv(
            "PATH", f"{installed(tmp_path / 'tools')}{os.pathsep}{os.environ['PATH']}"
        )
        monkeypatch.setenv("STAND_IN", found.address)
        monkeypatch.setenv("GH_TOKEN", TOKEN)
        monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
        yield found


def fleet_of(folder: Path, entry: str, *, offline: bool = False) -> Roster:
    (folder / "fleet.toml").write_text(f"repositories = [{entry}]\n")
    return read(folder / "fleet.toml", offline=offline)


def names(folder: Path, entry: str) -> list[str]:
    return [each.name for each in fleet_of(folder, entry).members]


def test_an_organisation_of_many_pages_is_listed_whole(
    tmp_path: Path, forge: StandIn, monkeypatch: pytest.MonkeyPatch
):
    forge.repositories = [on_github(f"acme/r{number:03}") for number in range(250)]
    found = fleet_of(tmp_path, '{organisation = "github:acme"}').members
    assert len(found) == 250
    assert found[249].address == "https://github.com/acme/r249.git"
    assert all(each.remote for each in found)
    assert [path for _, path, _ in forge.asked] == [
        "/orgs/acme/repos?per_page=100&sort=full_name",
        "/orgs/acme/repos?per_page=100&page=2",
        "/orgs/acme/repos?per_page=100&page=3",
    ]
    monkeypatch.setenv("ONE_ARRAY", "1")
    assert fleet_of(tmp_path, '{organisation = "github:acme"}').members == found


def test_archived_ones_and_forks_are_left_out_unless_they_are_asked_for(
    tmp_path: Path, forge: StandIn
):
    forge.repositories = [
        on_github("acme/alpha"),
        on_github("acme/forked", fork=True),
        on_github("acme/old", archived=True),
    ]
    assert names(tmp_path, '{organisation = "github:acme"}') == ["alpha"]
    everything = '{organisation = "github:acme", archived = true, forks = true}'
    assert names(tmp_path, everything) == ["alpha", "forked", "old"]


def test_names_and_topics_choose_and_topics_become_labels(tmp_path: Path, forge: StandIn):
    forge.repositories = [
        on_github("acme/churn-eu", topics=["ml", "eu"]),
        on_github("acme/churn-us", topics=["ml"]),
        on_github("acme/website", topics=["eu"]),
    ]
    chosen = (
        '{organisation = "github:acme", names = ["churn-*"], topics = ["ml"], labels = ["a", "ml"]}'
    )
    found = fleet_of(tmp_path, chosen)
    assert [(each.name, each.labels) for each in found.members] == [
        ("churn-eu", ("a", "ml", "eu")),
        ("churn-us", ("a", "ml")),
    ]
    assert [each.name for each in found.part(("eu",), (1, 1), 0).members] == ["churn-eu"]


def test_a_group_is_listed_with_the_groups_below_and_names_are_told_apart(
    tmp_path: Path, forge: StandIn
):
    host = "git.acme.example"
    forge.repositories = [
        on_gitlab("acme/ml/eu/churn", host),
        on_gitlab("acme/ml/us/eu/churn", host),
        on_gitlab("acme/ml/radar", host, forked_from_project={"id": 1}),
    ]
    entry = f'{{organisation = "gitlab:acme/ml", host = "{host}", ssh = true}}'
    found = fleet_of(tmp_path, entry).members
    assert [each.name for each in found] == ["ml/eu/churn", "us/eu/churn"]
    assert found[0].address == f"git@{host}:acme/ml/eu/churn.git"
    assert forge.asked[0][1] == (
        "/groups/acme%2Fml/projects?per_page=100"
        "&include_subgroups=true&with_shared=false&order_by=id&sort=asc"
    )


def test_the_host_is_the_one_of_the_users_settings(forge: StandIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GH_HOST", "git.acme.example")
    monkeypatch.setenv("GITLAB_HOST", "https://gitlab.acme.example/")
    assert Organisation.of("github:acme").host == "git.acme.example"
    assert Organisation.of("gitlab:acme").host == "gitlab.acme.example"
    assert Organisation.of("github:acme", "GitHub.com").host == "github.com"
    assert forge.asked == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('{organisation = "acme"}', "neither `github:NAME` nor `gitlab:GROUP`"),
        ('{organisation = "github:acme/ml"}', "neither `github:NAME`"),
        ('{organisation = "github:../../user"}', "neither `github:NAME`"),
        ('{organisation = "github:--help"}', "neither `github:NAME`"),
        ('{organisation = "gitlab:acme/../b"}', "neither `github:NAME`"),
        ('{organisation = "github:acme?x=1"}', "neither `github:NAME`"),
        ('{organisation = "github:acme", host = "--jq"}', "`--jq` is no host"),
        ('{organisation = "github:acme", host = "a/b"}', "`a/b` is no host"),
        ('{organisation = "github:acme", topic = "a"}', "`topic = 'a'` says nothing"),
        ('{organisation = "github:acme", topics = "a"}', "`topics = 'a'` says nothing"),
        ('{organisation = "github:acme", forks = 1}', "`forks = 1` says nothing"),
        ('{organisation = ["github:acme"]}', "says nothing of an organisation"),
    ],
)
def test_what_names_no_organisation_asks_nobody(
    tmp_path: Path, forge: StandIn, entry: str, said: str
):
    with pytest.raises(Stop) as stop:
        fleet_of(tmp_path, entry)
    assert said in stop.value.why
    assert forge.asked == []


@pytest.mark.parametrize(
    ("answer", "what", "fix"),
    [
        ((404, {}, {"message": "Not Found"}), "there is no github:acme on github.com", "address"),
        ((401, {}, {"message": "Bad credentials"}), "`gh` is not logged in", "gh auth login"),
        ((403, {}, {"message": "API rate limit exceeded for 1"}), "its rate limit", "--offline"),
        ((429, {}, {"message": "Slow down"}), "its rate limit", "--offline"),
        ((502, {}, {"message": "Server Error"}), "cannot list github:acme", "repeat"),
    ],
)
def test_a_listing_that_breaks_off_is_none_at_all(
    forge: StandIn, answer: tuple[int, dict[str, str], Any], what: str, fix: str
):
    more = {"Link": f'<{forge.address}/orgs/acme/repos?per_page=100&page=2>; rel="next"'}
    forge.first = [(200, more, [on_github("acme/alpha")]), answer]
    with pytest.raises(Stop, match=what) as stop:
        listed(ACME, ssh=False)
    assert fix in stop.value.fix
    assert answer[2]["message"] in stop.value.why


def test_without_a_login_or_the_program_it_says_how_to_get_one(
    forge: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.delenv("GH_TOKEN")
    with pytest.raises(Stop, match="`gh` is not logged in to") as stop:
        listed(ACME, ssh=False)
    assert stop.value.fix == "gh auth login --hostname github.com"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Stop, match="`glab` cannot be run: No such file") as stop:
        listed(Organisation("gitlab", "acme", "gitlab.com"), ssh=False)
    assert "glab auth login" in stop.value.fix
    assert forge.asked == []


def test_a_program_that_hangs_is_given_up(tmp_path: Path, forge: StandIn):
    tool = tmp_path / "tools/gh"
    tool.write_text("#!/bin/sh\nexec sleep 60\n")
    began = time.monotonic()
    with pytest.raises(Stop, match=r"did not list github:acme on github\.com in 1 s"):
        listed(ACME, ssh=False, patience=1)
    assert time.monotonic() - began < 20
    assert forge.asked == []


@pytest.mark.parametrize(
    ("more", "ssh"),
    [
        ({"full_name": "acme/../../etc"}, False),
        ({"full_name": "acme/a\nb"}, False),
        ({"full_name": "acme/\x1b[31m"}, False),
        ({"full_name": "alpha"}, False),
        ({"full_name": 1}, False),
        ({"clone_url": "--upload-pack=touch /tmp/x"}, False),
        ({"clone_url": "ext::sh -c touch% /tmp/x"}, False),
        ({"clone_url": "file:///acme/alpha.git"}, False),
        ({"clone_url": "http://github.com/acme/alpha.git"}, False),
        ({"clone_url": CREDENTIALED}, False),
        ({"clone_url": "https://github.com.evil.example/acme/alpha.git"}, False),
        ({"clone_url": "https://github.com/acme/beta.git"}, False),
        ({"clone_url": "https://github.com/../acme/alpha.git"}, False),
        ({"clone_url": None}, False),
        ({"ssh_url": "-oProxyCommand=x@github.com:acme/alpha.git"}, True),
        ({"ssh_url": "git@evil.example:acme/alpha.git"}, True),
        ({"ssh_url": "git@-oProxyCommand=x.github.com:acme/alpha.git"}, True),
        ({"ssh_url": "git@github.com:acme/alpha.git\n"}, True),
        ({"topics": ["a\nb"]}, False),
        ({"topics": [1]}, False),
    ],
)
def test_an_answer_that_is_no_repository_of_the_host_is_refused(
    forge: StandIn, more: dict[str, Any], ssh: bool
):
    forge.first = [(200, {}, [on_github("acme/alpha", **more)])]
    with pytest.raises(Stop, match="in a way that is not understood") as stop:
        listed(ACME, ssh=ssh)
    assert "secret" not in stop.value.why


@pytest.mark.parametrize("said", ["", "{}", "[1]", "[{}]", "[] and", "[[", "[" * 10**6])
def test_what_is_no_list_of_repositories_is_refused(tmp_path: Path, forge: StandIn, said: str):
    printing(tmp_path / "tools/gh", said)
    if said:
        with pytest.raises(Stop, match="in a way that is not understood"):
            listed(ACME, ssh=False)
    else:
        assert listed(ACME, ssh=False) == []
    assert forge.asked == []


def test_addresses_over_ssh_may_be_below_the_host_and_have_a_port(forge: StandIn):
    for address in (
        "ssh://git@ssh.github.com:443/acme/alpha.git",
        "acme@github.com:acme/alpha.git",
    ):
        forge.first = [(200, {}, [on_github("acme/alpha", ssh_url=address)])]
        assert [each.address for each in listed(ACME, ssh=True)] == [address]


def printing(tool: Path, text: str) -> None:
    """Let *tool* print *text*, whatever it is asked."""
    said = tool.with_name("said")
    said.write_text(text)
    tool.write_text(f"#!/bin/sh\nexec cat '{said}'\n")


def test_ten_thousand_repositories_are_a_matter_of_seconds(tmp_path: Path, forge: StandIn):
    pages = [[on_github(f"acme/r{page}-{each}") for each in range(100)] for page in range(100)]
    printing(tmp_path / "tools/gh", "".join(map(json.dumps, pages)))
    began = time.monotonic()
    found = fleet_of(tmp_path, '{organisation = "github:acme"}').part((), (2, 4), 0)
    assert len(found.members) == 2500
    assert time.monotonic() - began < 30
    assert forge.asked == []


def test_offline_takes_the_last_listing(tmp_path: Path, forge: StandIn):
    entry = '{organisation = "github:acme"}'
    with pytest.raises(Stop, match="no last listing of github:acme on"):
        fleet_of(tmp_path, entry, offline=True)
    forge.repositories = [on_github("acme/alpha", topics=["ml"])]
    found = fleet_of(tmp_path, entry).members
    forge.first = [(502, {}, {"message": "Server Error"})]
    with pytest.raises(Stop, match="cannot list"):
        fleet_of(tmp_path, entry)
    asked = len(forge.asked)
    assert fleet_of(tmp_path, entry, offline=True).members == found
    assert len(forge.asked) == asked


def test_its_repositories_are_rows_as_others_are(
    tmp_path: Path, forge: StandIn, modelwright: Modelwright
):
    modelwright.environment |= dict(os.environ) | {
        key: modelwright.environment[key] for key in ("HOME", "GIT_CONFIG_GLOBAL")
    }
    fleet = Fleet(tmp_path, modelwright)
    team = fleet.team("alpha")
    bare = tmp_path / "hosted/acme/alpha.git"
    team.git("clone", "--quiet", "--bare", str(team.folder), str(bare))
    settings = Path(modelwright.environment["GIT_CONFIG_GLOBAL"])
    with settings.open("a") as file:
        file.write(f'[url "file://{tmp_path}/hosted/"]\ninsteadOf = https://github.com/\n')
    forge.repositories = [on_github("acme/alpha", topics=["ml"]), on_github("acme/empty")]
    fleet.list('repositories = [{organisation = "github:acme"}]')

    rows = fleet.rows("status")

    assert rows["alpha"]["version"] == "v1.0.0"
    assert rows["alpha"]["address"] == "https://github.com/acme/alpha.git"
    assert rows["alpha"]["labels"] == ["ml"]
    assert rows["empty"]["problem"]
    assert [*fleet.rows("status", "--offline")] == ["alpha", "empty"]

    fleet.list('repositories = [{organisation = "github:acme"}]\nsources = ["builtin"]')
    assert "is none of the fleet's" in fleet.rows("status", "--label", "ml")["alpha"]["problem"]

    forge.first = [(404, {}, {"message": "Not Found"})]
    done = fleet("status", "--json")
    assert (done.exit, done.out) == (2, "")
    assert "there is no github:acme on github.com" in done.err
