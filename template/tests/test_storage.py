import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from acme_project import artifact, promote, releases, rollback, storage
from acme_project.errors import Stop
from acme_project.storage import Store

import packaged
from conftest import Workshop

OTHER = "linear-99999999"


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    where = str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path}"
    return Store(where)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A machine with one release, which is current."""
    packaged.write(tmp_path / "here")
    return tmp_path / "here"


def packed(models: Path, version: str = OTHER) -> None:
    """Package another release beside the first."""
    folder = shutil.copytree(models / packaged.VERSION, models / version)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"version": version}))


def released(models: Path) -> None:
    """Make another release current, by hand."""
    packed(models)
    (models / "CURRENT").write_text(f"{OTHER}\n")


def test_another_machine_gets_what_is_in_use_and_no_more(
    here: Path, store: Store, tmp_path: Path
) -> None:
    released(here)
    assert storage.push(here, store) == [packaged.VERSION, OTHER]

    assert storage.pull(tmp_path / "there", store) == [OTHER]

    assert artifact.load(tmp_path / "there").manifest.version == OTHER
    assert not (tmp_path / "there" / packaged.VERSION).exists()
    assert storage.pull(tmp_path / "there", store) == []


def test_the_release_that_a_rollback_leads_to_comes_with_it(
    here: Path, store: Store, tmp_path: Path
) -> None:
    packed(here)
    releases.promote(here, packaged.VERSION, "the first")
    releases.promote(here, OTHER, "better")
    releases.start(here, packaged.VERSION, 0.1, "once more")
    storage.push(here, store)

    assert storage.pull(tmp_path / "there", store) == [OTHER, packaged.VERSION]
    assert releases.read(tmp_path / "there") == releases.read(here)

    releases.stop(here, "enough")
    storage.push(here, store)
    storage.pull(tmp_path / "there", store)
    assert releases.read(tmp_path / "there").canary is None
    assert releases.rollback(tmp_path / "there", "worse").version == packaged.VERSION


def test_a_release_that_is_not_in_use_comes_when_it_is_asked_for(
    here: Path, store: Store, tmp_path: Path
) -> None:
    packed(here)
    storage.push(here, store)

    assert storage.pull(tmp_path / "there", store, [OTHER]) == [packaged.VERSION, OTHER]
    with pytest.raises(Stop, match="does not hold linear-0"):
        storage.pull(tmp_path / "there", store, ["linear-0"])


def test_an_empty_store_takes_nothing_away(here: Path, store: Store) -> None:
    assert storage.pull(here, store) == []
    assert artifact.current(here) == packaged.VERSION


def test_nobody_is_sent_to_a_release_that_is_not_there_yet(
    here: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.push(here, store)
    released(here)
    write = Store.write

    def cut_off(self: Store, name: str, content: bytes | None) -> None:
        if name.endswith("manifest.json"):
            raise ConnectionError("the line is cut")
        write(self, name, content)

    monkeypatch.setattr(Store, "write", cut_off)
    with pytest.raises(ConnectionError):
        storage.push(here, store)
    monkeypatch.undo()

    assert storage.pull(tmp_path / "there", store) == [packaged.VERSION]
    assert storage.push(here, store) == [OTHER]
    assert storage.pull(tmp_path / "there", store) == [OTHER]


def test_a_release_that_was_altered_on_its_way_does_not_land(
    here: Path, store: Store, tmp_path: Path
) -> None:
    storage.push(here, store)
    storage.pull(tmp_path / "there", store)
    released(here)
    storage.push(here, store)
    store.write(f"{OTHER}/model.onnx", b"something else")

    with pytest.raises(Stop, match="was altered"):
        storage.pull(tmp_path / "there", store)

    assert artifact.load(tmp_path / "there").manifest.version == packaged.VERSION
    assert not (tmp_path / "there" / OTHER).exists()


def test_a_release_never_changes(here: Path, store: Store) -> None:
    storage.push(here, store)
    manifest = here / packaged.VERSION / "manifest.json"
    changed = json.loads(manifest.read_text()) | {"files": {"model.onnx": "0" * 64}}
    manifest.write_text(json.dumps(changed))

    with pytest.raises(Stop, match="another"):
        storage.push(here, store)


def test_what_only_git_brought_is_completed(here: Path, store: Store) -> None:
    storage.push(here, store)
    (here / packaged.VERSION / "model.onnx").unlink()

    assert storage.push(here, store) == []
    assert storage.pull(here, store) == [packaged.VERSION]
    assert artifact.load(here).manifest.version == packaged.VERSION


def test_a_promotion_starts_from_the_store_and_ends_in_it(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, there = str(tmp_path / "store"), tmp_path / "there"
    packed(here)
    storage.push(here, Store(url))
    monkeypatch.setenv(storage.VARIABLE, url)
    (there / "models").mkdir(parents=True)
    (there / "contract.toml").touch()
    monkeypatch.chdir(there)

    CliRunner().invoke(promote.command, [OTHER], catch_exceptions=False)
    storage.pull(here, Store(url))
    assert artifact.current(here) == OTHER

    CliRunner().invoke(rollback.command, catch_exceptions=False)
    storage.pull(here, Store(url))
    assert artifact.current(here) == packaged.VERSION


def test_an_address_that_nothing_reaches_is_explained() -> None:
    with pytest.raises(Stop, match="MODELS_URL"):
        Store("nowhere://bucket")


def test_it_follows_the_store_for_as_long_as_it_runs(here: Path, tmp_path: Path) -> None:
    url, there = str(tmp_path / "store"), tmp_path / "there"
    storage.push(here, Store(url))
    words = ["models", "--models", str(there), "pull", "--every", "1"]
    following = subprocess.Popen(
        [sys.executable, "-m", "acme_project", *words],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "MODELS_URL": url},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(there, packaged.VERSION)
        released(here)
        storage.push(here, Store(url))
        wait_for(there, OTHER)
    finally:
        following.send_signal(signal.SIGTERM)
        following.wait(10)


def test_a_fresh_clone_completes_what_git_has_kept_of_a_release(copy: Workshop) -> None:
    models = copy.root / "models"
    version = artifact.current(models)
    assert version
    manifest = models / version / "manifest.json"
    kept = manifest.read_bytes()
    for path in (*(models / version).iterdir(), models / "CURRENT"):
        if path.name not in {"manifest.json", "record.json"}:
            path.unlink()

    assert copy.start("package").code == 0

    assert artifact.load(models).manifest.version == version
    assert manifest.read_bytes() == kept


def wait_for(models: Path, version: str) -> None:
    end = time.monotonic() + 30
    while artifact.current(models) != version:
        assert time.monotonic() < end, f"{version} does not come"
        time.sleep(0.1)
