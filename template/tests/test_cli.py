import subprocess
import sys

from conftest import Workshop

LOADED = """
import sys
from acme_project import cli
sys.argv = ["x", "--help"]
try:
    cli.main()
finally:
    print({"pandas", "sklearn", "numpy", "doit"} & set(sys.modules))
"""


def test_help_lists_every_command_and_loads_none() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    for name in ("run", "data", "validate", "baseline", "train", "evaluate", "gate", "package"):
        assert f"\n  {name} " in done.stdout
    assert done.stdout.endswith("set()\n")


def test_usage_is_the_users_to_fix(project: Workshop) -> None:
    assert project("nonsense").code == 2
    assert project("data", "--nonsense").code == 2


def test_a_folder_without_a_contract_is_no_project(project: Workshop) -> None:
    (project.root / "contract.toml").unlink()
    answer = project("gate")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: no contract.toml in ")
