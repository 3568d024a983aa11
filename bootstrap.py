"""Run a command in this checkout's own environment, which the first call makes.

    python3 bootstrap.py modelwright new ../churn --defaults --run
    python3 bootstrap.py just test

Needs nothing but Python >= 3.11 with pip, and git: it also works where the system's pip is
externally managed or has no `ensurepip`, because uv is brought into a folder of its own.
"""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
UV_HOME = os.path.join(HERE, ".uv")
VENV = os.path.join(HERE, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
STAMP = os.path.join(VENV, ".made")


def main(command):
    """Make the environment where it is missing or stale, then run *command* in it."""
    if sys.version_info < (3, 11):
        found = "%d.%d" % sys.version_info[:2]
        sys.exit(
            "error: modelwright needs Python 3.11 or newer, this is %s\n"
            "  fix: run the same line with a newer one, such as python3.12" % found
        )
    if not command:
        sys.exit(__doc__)
    if _is_stale():
        _make()
    path = BIN + os.pathsep + os.environ.get("PATH", "")
    environment = dict(os.environ, PATH=path, VIRTUAL_ENV=VENV)
    environment.pop("PYTHONHOME", None)
    try:
        sys.exit(subprocess.call(command, env=environment))
    except FileNotFoundError:
        sys.exit("error: there is no command %s\n  fix: try `just` or `modelwright`" % command[0])
    except KeyboardInterrupt:
        sys.exit(130)


def _is_stale():
    made_from = [os.path.join(HERE, name) for name in ("pyproject.toml", "constraints.txt")]
    return not os.path.exists(STAMP) or any(
        os.path.getmtime(STAMP) < os.path.getmtime(name) for name in made_from
    )


def _make():
    constraints = os.path.join(HERE, "constraints.txt")
    bring_uv = [sys.executable, "-m", "pip", "install", "--quiet", "--target", UV_HOME]
    uv = os.path.join(UV_HOME, "bin", "uv.exe" if os.name == "nt" else "uv")
    if not os.path.exists(uv):
        _run(bring_uv + ["uv=={}".format(_pinned(constraints, "uv"))], "pip could not bring uv")
    if not os.path.isdir(VENV):
        _run([uv, "venv", "--quiet", "--python", sys.executable, VENV], "no environment was made")
    install = [uv, "pip", "install", "--quiet", "--python", VENV, "--constraint", constraints]
    _run(install + ["--editable", HERE, "--group", "dev"], "the environment was not installed")
    with open(STAMP, "w"):
        pass


def _pinned(constraints, name):
    with open(constraints) as lines:
        return next(
            line.split()[0][len(name) + 2 :] for line in lines if line.startswith(name + "==")
        )


def _run(command, complaint):
    if subprocess.call(command, cwd=HERE):
        sys.exit(
            "error: %s; its own message stands above\n  fix: mend that, then repeat" % complaint
        )


if __name__ == "__main__":
    main(sys.argv[1:])
