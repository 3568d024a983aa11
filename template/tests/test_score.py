import csv
import gzip
import io
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from acme_project import score
from acme_project.artifact import load
from acme_project.errors import Stop

import packaged

HEADER = "person,age,visits,spending,plan\n"
GOOD = "p1,42.0,3.0,120.5,free\n"


def table(count: int) -> str:
    rows = packaged.people(count, seed=1)
    rows.insert(0, "person", [f"p{number}" for number in range(count)])
    return rows.to_csv(index=False)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    packaged.write(tmp_path / "models")
    return tmp_path / "models"


def run(models: Path, source: object, target: object, stdin: bytes = b"") -> Result:
    arguments = [str(source), str(target), "--models", str(models)]
    return CliRunner().invoke(score.command, arguments, input=stdin, standalone_mode=False)


def test_scores_every_row_and_keeps_the_other_columns(models: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(table(1_100))

    assert run(models, source, target).exit_code == 0

    expected = load(models).predict(packaged.rows(1_100))
    assert list(csv.DictReader(target.read_text().splitlines())) == [
        {
            "person": f"p{number}",
            "probability": str(prediction.probability),
            "decision": str(prediction.decision).lower(),
            "model": packaged.VERSION,
        }
        for number, prediction in enumerate(expected)
    ]


def test_reads_and_writes_gzip_and_standard_streams(models: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv.gz", tmp_path / "out.csv.gz"
    source.write_bytes(gzip.compress(table(20).encode()))

    assert run(models, source, target).exit_code == 0
    piped = run(models, "-", "-", stdin=table(20).encode())

    assert gzip.decompress(target.read_bytes()).decode() == piped.stdout
    assert piped.stderr.startswith(f"20 rows scored by {packaged.VERSION}")


def test_a_header_alone_gives_a_header(models: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("the last scores")

    assert run(models, "-", target, stdin=HEADER.encode()).exit_code == 0

    assert target.read_text() == "person,probability,decision,model\n"


def test_accepts_a_byte_order_mark_quotes_and_blanks(models: Path) -> None:
    content = "\ufeff" + HEADER.replace("\n", "\r\n") + '"p\n1",42,,1e2,"25%"\r\n'

    result = run(models, "-", "-", stdin=content.encode())

    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert row["person"] == "p\n1"


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "no UTF-8": ((HEADER + GOOD).encode() + b"p2,\xff,1,1,free\n", "line 3: not UTF-8"),
    "an open quote": ((HEADER + '"p1,').encode(), "line 2: not CSV"),
    "a missing column": (b"age,visits,plan\n", "the header has no column spending"),
    "a repeated column": (b"age,visits,spending,plan,age\n", "the header repeats age"),
    "a taken name": (HEADER.replace("person", "model").encode(), "the header uses model"),
    "a short line": ((HEADER + GOOD + "p2,1\n").encode(), "line 3: 2 cells instead of 5"),
    "a blank line": ((HEADER + "\n" + GOOD).encode(), "line 2: 0 cells instead of 5"),
    "text": ((HEADER + GOOD + "p2,old,,1,free\n").encode(), "line 3, column age: must be a num"),
    "grouped digits": ((HEADER + "p2,4_2,,1,free\n").encode(), "line 2, column age: must be a nu"),
    "NaN": ((HEADER + "p2,nan,,1,free\n").encode(), "line 2, column age: must be a finite number"),
    "out of range": ((HEADER + GOOD + "p2,121,,1,free\n").encode(), "line 3, column age: must be"),
    "a blank": ((HEADER + "p2,,,1,free\n").encode(), "line 2, column age: is required"),
    "an unknown level": ((HEADER + "p2,1,,1,gold\n").encode(), "line 2, column plan: must be one"),
    "a late fault": ((HEADER + GOOD * 3_000 + "p,1,1,1,x\n").encode(), "line 3002, column plan"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_whole(
    models: Path, tmp_path: Path, content: bytes, reason: str
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    target.write_text("the last scores")
    before = sorted(tmp_path.iterdir())

    result = run(models, source, target)

    assert isinstance(result.exception, Stop)
    assert reason in result.exception.what
    assert str(source) in result.exception.what
    assert target.read_text() == "the last scores"
    assert sorted(tmp_path.iterdir()) == before
    assert "person" not in run(models, source, "-").stdout


@pytest.mark.parametrize("content", [gzip.compress(table(500).encode())[:-20], b"no gzip"])
def test_a_damaged_gzip_is_refused(models: Path, tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "in.csv.gz"
    source.write_bytes(content)

    result = run(models, source, tmp_path / "out.csv")

    assert "truncated or damaged" in str(result.exception)
    assert not (tmp_path / "out.csv").exists()


def test_a_place_that_cannot_be_read_or_written_is_named(models: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "file.csv"

    assert f"cannot read {absent}" in str(run(models, absent, "-").exception)
    assert f"cannot write {absent}" in str(run(models, "-", absent, HEADER.encode()).exception)
    assert "no regular file" in str(run(models, "-", tmp_path, HEADER.encode()).exception)


def test_memory_does_not_grow_with_the_file(models: Path, tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        source = tmp_path / f"{rows}.csv"
        source.write_text(HEADER + GOOD * rows)
        tracemalloc.start()
        assert run(models, source, tmp_path / "out.csv").exit_code == 0
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(30_000) < 1.2 * peak(3_000)
