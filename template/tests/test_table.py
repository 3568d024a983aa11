import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Workshop

SAMPLE = "data/sample/rand-hie.csv.gz"


def lines(content: bytes) -> list[bytes]:
    return gzip.decompress(content).splitlines(keepends=True)


def cut(content: bytes) -> bytes:
    return content[:-1000]


def ragged(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content)[:-40])


def without_rows(content: bytes) -> bytes:
    return gzip.compress(lines(content)[0])


def without_column(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b",age,", b",years,", 1))


def latin1(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b"excellent", b"exc\xe9llent", 1))


def words(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b"13748.76,good,42.88", b"1,good,old", 1))


def emptied(content: bytes) -> bytes:
    head, *rows = lines(content)
    place = head.split(b",").index(b"doctor_visits")
    cells = [row.split(b",") for row in rows]
    return gzip.compress(
        b"".join([head, *(b",".join([*c[:place], b"", *c[place + 1 :]]) for c in cells)])
    )


def one_class(content: bytes) -> bytes:
    head, *rows = lines(content)
    return gzip.compress(b"".join([head, *(row.rpartition(b",")[0] + b",0\n" for row in rows)]))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (None, "cannot be read: No such file"),
        (cut, "is cut off or damaged"),
        (ragged, "the header has 28"),
        (without_rows, "has 0 rows"),
        (without_column, "has no column `age`"),
        (latin1, "is not UTF-8: byte"),
        (words, "column `age`, row 2: `old` is no number"),
        (emptied, "column `doctor_visits` holds no value"),
        (one_class, "column `next_year_spending` holds one class only"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing_behind(
    project: Workshop, damage: Callable[[bytes], bytes] | None, complaint: str
) -> None:
    source = project.root / SAMPLE
    if damage is None:
        source.unlink()
    else:
        source.write_bytes(damage(source.read_bytes()))
    before = project.files()

    answer = project("data")

    assert (answer.code, answer.out) == (2, "")
    assert complaint in answer.err
    assert "fix: " in answer.err
    assert Path(SAMPLE).name in answer.err or "column" in answer.err
    assert project.files() == before


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (r"^(age = .*) high = 120.0", r"age = { kind = 'number', low = 0.0, high = 20.0", "`age`"),
        (
            r"^\[features\]",
            '[features]\nplan = { kind = "category", levels = ["free", "25%", "50%", "95%"] }',
            "column `plan` holds `deductible`",
        ),
        (r"^(general_health = .*), required = false", "", "column `general_health`"),
        (r"^key = .*", 'key = ["person"]', "repeat the key person"),
    ],
)
def test_a_table_unlike_the_contract_stops(
    project: Workshop, old: str, new: str, complaint: str
) -> None:
    if not new:
        new = "general_health = { kind = 'number', low = 0.0, high = 100.0"
    project.edit("contract.toml", old, new)
    assert project("data").code == 0
    answer = project("validate")
    assert answer.code == 2
    assert complaint in answer.err


def test_the_outcome_under_another_name_is_a_leak(project: Workshop) -> None:
    source = project.root / SAMPLE
    head, *rows = lines(source.read_bytes())
    doubled = [
        head.rstrip() + b",bill\n",
        *(r.rstrip() + b"," + r.rpartition(b",")[2] for r in rows),
    ]
    source.write_bytes(gzip.compress(b"".join(doubled)))
    project.edit(
        "contract.toml",
        r"^\[features\]",
        '[features]\nbill = { kind = "number", low = 0.0, high = 1e6 }',
    )
    assert project("data").code == 0
    assert "`bill` is the outcome under another name" in project("validate").err
