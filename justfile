# What to do in this repository. `python3 bootstrap.py just` works on a bare machine.

# Each stage of a generated pipeline is a process, and would compile its libraries anew.
unexport PYTHONDONTWRITEBYTECODE
export OMP_NUM_THREADS := "1"
export OPENBLAS_NUM_THREADS := "1"

# List the recipes.
default:
    @just --list --unsorted

# Format, lint, types, layers and hygiene: seconds.
check:
    ruff format --check .
    ruff check .
    ty check --error-on-warning
    lint-imports --no-cache
    pre-commit run --all-files

# Mend what can be mended by a tool.
fix:
    ruff format .
    ruff check --fix .

# Everything that CI asks for, fast checks first.
test *options: check
    python tests/soak.py
    pytest -m "not slow" --numprocesses logical {{ options }}
    pytest -m slow {{ options }}

# Only the tests that install nothing.
quick *options:
    pytest -m "not slow" --numprocesses logical {{ options }}

# Write the pages that are made from the template's texts.
docs:
    python tools/practice_pages.py

# Measure, and write docs/benchmarks.md.
bench:
    python bench/run.py
    python bench/update.py
    python bench/fleet.py

# Measure how often the audit's rules are right, and write the figures and their pages.
precision:
    python bench/precision.py
    python tools/practice_pages.py

# Let every gate fail on purpose, ten minutes, and write docs/violations.md.
violations:
    VIOLATIONS=write pytest -m slow tests/test_violations.py

# What takes too long for CI (an hour); leaves dated records in docs/soak/.
soak:
    SOAK=1 pytest tests/test_sampled_projects.py tests/test_false_alarms.py \
        tests/test_sudden_death.py
    SOAK=1 pytest tests/test_update_faults.py tests/test_fleet_kills.py
    python tools/reliability_page.py

# Choose the newest versions that fit, with their hashes and without a registry's address.
constraints:
    uv pip compile pyproject.toml --group dev --universal --upgrade --generate-hashes \
        --no-annotate --no-header --no-emit-index-url --quiet --output-file constraints.txt

# Record the template at this version: later wheels update projects that were made from it.
record:
    python tools/record_release.py

# Build the wheel and the source distribution.
release:
    python -m build
