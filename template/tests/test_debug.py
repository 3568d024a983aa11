import json

from conftest import Workshop


def test_every_way_leads_to_the_same_probability(finished: Workshop) -> None:
    answer = finished("debug", "5", "--json")
    assert answer.code == 0
    row = json.loads(answer.out)
    ways = row["probability"]
    assert set(ways) == {"steps", "training", "artifact"}
    assert max(ways.values()) - min(ways.values()) <= 1e-6
    assert row["decision"] == (ways["artifact"] >= row["threshold"])
    line = dict(
        zip(
            *(finished.read("data/table.csv").splitlines()[place].split(",") for place in (0, 4)),
            strict=True,
        )
    )
    assert row["cells"] == {name: line[name] for name in row["cells"]}


def test_who_it_is_stays_unsaid(finished: Workshop) -> None:
    header, *_, row = finished.read("data/table.csv").splitlines()[:7]
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    for words in (["debug", "7"], ["debug", "7", "--json"]):
        said = finished(*words).out
        assert "spending" in said
        assert not any(cells[name] in said for name in ("person", "family", "sex", "race"))


def test_a_line_that_is_not_there_is_named(finished: Workshop) -> None:
    for line in ("1", "999999"):
        answer = finished("debug", line)
        assert (answer.code, answer.out) == (2, "")
        assert f"no row on line {line}" in answer.err
        assert "name a line from 2 to" in answer.err
