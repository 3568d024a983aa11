import json
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from acme_project import served
from acme_project.errors import Stop
from acme_project.serving import ask

import packaged


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    folder = tmp_path_factory.mktemp("asked")
    packaged.write(folder / "models")
    with served.service(folder) as connection:
        yield f"http://{connection.host}:{connection.port}"


def asked(*words: str) -> Result:
    return CliRunner().invoke(ask.command, words)


def test_a_service_that_answers_is_fine(address: str) -> None:
    assert asked(address).exit_code == 0
    assert asked(address, "--model", packaged.VERSION).exit_code == 0


def test_another_model_than_the_one_rolled_out_is_not(address: str) -> None:
    answer = asked(address, "--model", "linear-99999999")

    assert answer.exit_code == 1
    assert packaged.VERSION in answer.output


def test_nobody_there_is_a_no_after_some_waiting() -> None:
    answer = asked("http://127.0.0.1:9", "--wait", "1")

    assert answer.exit_code == 1
    assert "does not answer" in answer.output


def test_a_service_without_a_model_is_not_ready(tmp_path: Path) -> None:
    with served.service(tmp_path) as connection:
        answer = asked(f"http://127.0.0.1:{connection.port}")

    assert (answer.exit_code, "not ready" in answer.output) == (1, True)


def test_a_probability_that_is_none_is_found(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call = ask.call

    def broken(url: str, path: str, document: object = None) -> tuple[int, object]:
        status, answer = call(url, path, document)
        text = json.dumps(answer).replace('"probability": 0', '"probability": 7')
        return status, json.loads(text)

    monkeypatch.setattr(ask, "call", broken)
    assert ask.wrong(address, "") == "its probability is none"


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(Stop, match="no address"):
        ask.call("file:///etc/hostname", "/ready")
