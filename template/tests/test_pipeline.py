import ast
import json
import shutil
from pathlib import Path

import pytest
import yaml

from acme_project import artifact

from conftest import ROOT, Workshop

PACKAGE = Path(artifact.__file__).parent
# What moves files and words, and changes no figure.
PLUMBING = {"cli", "contract", "errors", "evidence", "files", "paths", "sections"}
STAGES = ("data", "validate", "baseline", "train", "evaluate", "gate", "package")
# What a stage starts as a process of its own, or loads by name; parts may be switched off.
STARTED = {
    "package": ("probe",),
    "explain": ("serving/client",),
    "privacy": ("serving/client",),
    "capture": ("serving/serve", "serving/telemetry"),
    "parity": ("score", "serving/serve", "serving/telemetry"),
    "smoke": (*STAGES, "probe", "score"),
    "rehearsal": ("score", "serving/drill", "serving/serve", "serving/telemetry"),
}


def exists(module: str) -> bool:
    return (PACKAGE / f"{module}.py").exists()


def imported(module: str) -> set[str]:
    """The modules of this package that *module* rests on, itself included."""
    found, waiting = set(), {module}
    while waiting:
        name = waiting.pop()
        found.add(name)
        tree = ast.parse((PACKAGE / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = name.rpartition("/")[0] + "/" if "/" in name and node.level == 1 else ""
                names = [node.module] if node.module else [each.name for each in node.names]
                paths = {folder + each.replace(".", "/") for each in names if each}
                waiting |= paths - found
    return found


def declared(file: str) -> dict[str, list[str]]:
    """The modules that each stage or study of *file* lists, as paths under the package."""
    stages = yaml.safe_load((ROOT / file).read_text("utf-8"))["stages"]
    folder = f"src/{PACKAGE.name}/"
    return {
        name: [
            path.removeprefix(folder).removesuffix(".py")
            for path in stage["deps"]
            if path.endswith(".py") and path.startswith(folder)
        ]
        for name, stage in stages.items()
    }


@pytest.mark.parametrize(("stage", "listed"), declared("dvc.yaml").items())
def test_a_stage_runs_again_when_code_that_it_rests_on_changes(
    stage: str, listed: list[str]
) -> None:
    roots = [stage, *STARTED.get(stage, ())]
    assert set(listed) == set.union(*map(imported, filter(exists, roots))) - PLUMBING


@pytest.mark.parametrize(("study", "listed"), declared("studies/dvc.yaml").items())
def test_a_study_runs_again_when_code_that_it_rests_on_changes(
    study: str, listed: list[str]
) -> None:
    assert set(listed) >= imported(f"studies/{study}") - PLUMBING


def test_from_the_table_to_a_model_and_a_page(finished: Workshop) -> None:
    model = artifact.load(finished.root / "models")
    gate = json.loads(finished.read("reports/gate.json"))
    assert model.manifest.rung == gate["champion"]
    assert model.manifest.data.warning == "sample data: RAND HIE, not your problem"
    assert "RAND HIE, not your problem" in finished.read("reports/index.html")
    card = finished.root / "models" / model.manifest.version / "model-card.md"
    assert "RAND HIE, not your problem" in card.read_text("utf-8")


def test_an_unchanged_project_is_left_alone(finished: Workshop) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.root.rglob("*") if path.is_file()}
    answer = finished.start("run")
    after = {path: path.stat().st_mtime_ns for path in finished.root.rglob("*") if path.is_file()}
    assert answer.code == 0
    assert answer.err == "nothing has changed, so nothing was run\n"
    changed = [path.name for path in after if before.get(path) != after[path]]
    assert changed in ([], [".doit.json"])


def test_a_limit_that_no_stage_reads_is_judged_all_the_same(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^memory_mb = .*$", "memory_mb = 1.0")
    answer = copy.start("run")
    assert answer.err == "nothing has changed, so nothing was run\n"
    assert answer.code == 1
    assert "P5   red" in answer.out


def test_only_what_depends_on_a_change_runs(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^required = .*$", "required = 0.06")
    stages = [line.split()[0] for line in copy.start("run").err.splitlines() if line.endswith(" s")]
    assert stages[:2] == ["evaluate", "gate"]
    assert not {"data", "baseline", "train"} & set(stages)


def test_the_same_inputs_give_the_same_version(copy: Workshop) -> None:
    version = copy.read("models/CURRENT").strip()
    graph = (copy.root / "models" / version / "model.onnx").read_bytes()
    shutil.rmtree(copy.root / "models" / version)
    assert copy("package").code == 0
    assert copy.read("models/CURRENT").strip() == version
    assert (copy.root / "models" / version / "model.onnx").read_bytes() == graph


def test_nothing_is_packaged_when_the_gate_lets_nothing_pass(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^required = .*$", "required = 1000.0")
    before = copy.read("models/CURRENT")
    answer = copy.start("run")
    assert answer.code == 1
    assert answer.out.startswith("Do not ship: no rung is beyond doubt")
    assert copy.read("models/CURRENT") == before


def test_a_source_that_is_gone_is_named_with_its_fix(project: Workshop) -> None:
    (project.root / "data/sample/rand-hie.csv.gz").unlink()
    answer = project.start("run")
    assert answer.code == 2
    assert "rand-hie.csv.gz" in answer.err
    assert "  fix: " in answer.err
    assert not (project.root / "reports").exists()


def test_a_stage_says_which_one_comes_first(project: Workshop) -> None:
    answer = project("evaluate")
    assert answer.code == 2
    assert "fix: run `baseline` first" in answer.err
