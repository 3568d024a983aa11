"""Ask the artifact as its users do, in processes of their own: over HTTP, and from file to file."""

import csv
import http.client
import json
import os
import re
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from .errors import Stop
from .signature import Row

PACKAGE = Path(__file__).parent.name
# A probability and the decision that follows from it.
Answer = tuple[float, bool]
# Below the service's limits on rows and bytes, also when rows are wide.
BATCH_ROWS = 100
ANSWER_SECONDS = 10
START_SECONDS = 30
# What would make a service of ours another one, or let it write where the real one does.
SETTINGS = {"SERVE_TOKEN", "OUTCOMES_URL"}
FILE_SECONDS = 120


def by_file(folder: Path, rows: Sequence[Row]) -> list[Answer]:
    """What `score` says about *rows*, with the models under *folder* and nothing else there.

    Raises:
        Stop: it says nothing, or not in time.
    """
    with tempfile.TemporaryDirectory() as made:
        source, target = Path(made) / "rows.csv", Path(made) / "scored.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        run(["-m", PACKAGE, "score", str(source), str(target)], folder, FILE_SECONDS)
        with target.open(encoding="utf-8", newline="") as file:
            said = [
                {"probability": float(row["probability"]), "decision": row["decision"] == "true"}
                for row in csv.DictReader(file)
            ]
    return understood(said, rows)


def understood(said: Sequence[dict[str, Any]], rows: Sequence[Row]) -> list[Answer]:
    """An answer to each of *rows*, or a stop."""
    if len(said) != len(rows):
        raise Stop(f"{len(said)} answers to {len(rows)} rows")
    return [(each["probability"], each["decision"]) for each in said]


def run(words: Sequence[str], folder: Path, seconds: float) -> str:
    """What Python prints when it runs *words* in *folder*.

    Raises:
        Stop: it ends with another exit code than 0, or not in time; the last lines tell why.
    """
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, *words],
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Stop(f"no answer within {seconds:g} s") from None
    if done.returncode:
        raise Stop(last_lines(done.stderr))
    return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """The environment of a process that runs the code of *folder*, or this very code."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    source = folder / "src" if (folder / "src").exists() else Path(__file__).parents[1]
    return kept | {"PYTHONPATH": str(source)}


def last_lines(text: str) -> str:
    """The end of what a process said, on one line."""
    return " / ".join(text.strip().splitlines()[-3:]) or "it ended without a word"


@contextmanager
def service(folder: Path) -> Generator[http.client.HTTPConnection]:
    """A connection to the service, which knows *folder* alone and ends with the block.

    Raises:
        Stop: it does not start.
    """
    with process(folder) as (_, number), connected(number) as connection:
        yield connection


def connected(number: int) -> closing[http.client.HTTPConnection]:
    """A connection to a service of this machine, for a `with` block."""
    return closing(http.client.HTTPConnection("127.0.0.1", number, timeout=ANSWER_SECONDS))


@contextmanager
def process(folder: Path) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    """The process that serves what is in *folder*, and its port; it ends with the block."""
    log = folder / "serve.log"
    with log.open("wb") as said:
        started = subprocess.Popen(  # nosec B603
            [sys.executable, "-m", PACKAGE, "serve", "--port", "0"],
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        yield started, port(started, log)
    finally:
        started.terminate()
        try:
            started.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def port(process: subprocess.Popen[bytes], log: Path) -> int:
    """The free port that the service has taken, as soon as it says so."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if found := re.search(r"http://127\.0\.0\.1:(\d+) ", log.read_text("utf-8", "replace")):
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise Stop(f"the service does not start: {last_lines(log.read_text('utf-8', 'replace'))}")


def over_http(connection: http.client.HTTPConnection, rows: Sequence[Row]) -> list[Answer]:
    """What the service says about *rows*, asked in batches."""
    batches = (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))
    return [answer for batch in batches for answer in asked(connection, batch)]


def asked(connection: http.client.HTTPConnection, rows: Sequence[Row]) -> list[Answer]:
    """The answers to one request; raises Stop as `told` does."""
    return understood(told(connection, "/predict", {"rows": rows})["predictions"], rows)


def told(
    connection: http.client.HTTPConnection, path: str, document: dict[str, Any]
) -> dict[str, Any]:
    """What the service answers to *document*.

    Raises:
        Stop: it refuses, is silent or speaks in another way.
    """
    try:
        connection.request("POST", path, json.dumps(document), {"content-type": "application/json"})
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Stop(f"the service does not answer: {error!r}") from error
    if response.status != http.HTTPStatus.OK:
        raise Stop(f"POST {path} is refused: {response.status}, {answer.get('title')}")
    return answer
