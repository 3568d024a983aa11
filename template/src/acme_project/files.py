"""Files appear whole or not at all."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from .errors import Stop


def write(path: Path, content: bytes) -> None:
    """Replace *path* by *content* in one step; an interruption leaves the old file.

    A file that holds it already is left alone.
    """
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    """Write *value* in a form that reads well and compares well."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write(path, f"{text}\n".encode())


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """Read what the stage *made_by* wrote, or say that it has not run."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise not_made(path, made_by) from None
    except ValueError:
        raise Stop(
            f"{path} is not the JSON that `{made_by}` writes",
            fix=f"delete it and run `{made_by}` again",
        ) from None


def not_made(path: Path, made_by: str) -> Stop:
    """The error for a file that an earlier stage has not written yet."""
    return Stop(
        f"{path} does not exist",
        why=f"the stage `{made_by}` writes it",
        fix=f"run `{made_by}` first, or `run` for all stages",
    )


def sha256(content: bytes) -> str:
    """The digest by which data and artifacts are known."""
    return hashlib.sha256(content).hexdigest()
