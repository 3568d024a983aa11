"""CSV files as streams: read a record at a time, written whole or not at all."""

import csv
import gzip
import io
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO, cast

from .errors import Stop

STANDARD = "-"
MAX_LINE_BYTES = 1_048_576


class Record(NamedTuple):
    """The cells of one record, and the line it ends on, counted from 1."""

    line: int
    cells: list[str]


def read(source: str) -> Iterator[Record]:
    """Yield the records of a UTF-8 CSV file, the header first.

    *source* is a path, of a gzipped file when it ends in .gz, or `-` for standard input.
    Raises `Stop` with the line at the first byte that cannot be read as such.
    """
    reader = csv.reader(_lines(source), strict=True)
    try:
        for cells in reader:
            yield Record(reader.line_num, cells)
    except UnicodeDecodeError as error:
        place = f"{source}, line {reader.line_num + 1}"
        raise Stop(f"{place}: not UTF-8", fix="save the file as UTF-8") from error
    except csv.Error as error:
        raise Stop(f"{source}, line {reader.line_num}: not CSV", why=str(error)) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Stop(
            f"{source}, line {reader.line_num + 1}: the gzipped file is truncated or damaged",
            why=str(error),
            fix="copy or make the file again",
        ) from error
    except OSError as error:
        raise Stop(f"cannot read {source}", why=str(error.strerror)) from error


@contextmanager
def writing(target: str) -> Generator[TextIO]:
    """Give a text file that becomes *target* when the block ends well, and else leaves no trace.

    *target* is a path, gzipped when it ends in .gz, or `-` for standard output.
    """
    path = None if target == STANDARD else Path(target)
    if path and path.exists() and not path.is_file():
        raise Stop(f"cannot write {target}", why="it is no regular file", fix="name a file, or `-`")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent if path else None, prefix=".score.")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file, _text(file, target) as out:
                yield out
            if path:
                part.chmod(0o644)
                part.replace(path)
            else:
                _print(part)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Stop(f"cannot write {target}", why=str(error.strerror)) from error


def _lines(source: str) -> Iterator[str]:
    """Decode line by line, so that the line of a wrong byte is known."""
    encoding = "utf-8-sig"
    with _open(source) as file:
        while line := file.readline(MAX_LINE_BYTES):
            if len(line) == MAX_LINE_BYTES:
                raise csv.Error(f"a line has {MAX_LINE_BYTES} bytes or more")
            yield line.decode(encoding)
            encoding = "utf-8"


@contextmanager
def _open(source: str) -> Generator[BinaryIO | gzip.GzipFile]:
    if source == STANDARD:
        yield sys.stdin.buffer
    elif source.endswith(".gz"):
        with gzip.open(source) as zipped:
            yield zipped
    else:
        with Path(source).open("rb") as file:
            yield file


@contextmanager
def _text(file: BinaryIO, target: str) -> Generator[TextIO]:
    with ExitStack() as stack:
        raw = file
        if target.endswith(".gz"):
            # Without a name and a time in its head, the same rows give the same bytes.
            zipped = gzip.GzipFile("", "wb", fileobj=file, mtime=0)
            raw = cast("BinaryIO", stack.enter_context(zipped))
        yield stack.enter_context(io.TextIOWrapper(raw, "utf-8", newline=""))


def _print(part: Path) -> None:
    try:
        with part.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has enough, as `head` has; Python must not flush into the pipe when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
