"""Keep models/ in step with the store that MODELS_URL names: a folder, or any that fsspec knows."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import click

from . import artifact, files, history, releases
from .errors import Stop

VARIABLE = "MODELS_URL"
# What changes; everything else is a release, which never does. The champion's comes last, so
# that nobody follows it to what is not there yet.
POINTERS = (history.FILE, releases.SHADOW, releases.CANARY, artifact.CURRENT)


class Store:
    """Releases and pointers at one address."""

    def __init__(self, url: str) -> None:
        """Find the store.

        Raises:
            Stop: the address is none, or the package that reaches it is not installed.
        """
        try:
            import fsspec  # noqa: PLC0415  # the service itself does without

            self.files, self.root = fsspec.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise Stop(
                f"{VARIABLE} cannot be used",
                why=str(error).splitlines()[0],
                fix="give a folder or s3://BUCKET/FOLDER, and `uv sync --extra s3`",
            ) from error

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None where there is none."""
        try:
            return self.files.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes | None) -> None:
        """Replace a file in one step, or remove it; what is the same already is left alone."""
        path, known = f"{self.root}/{name}", self.read(name)
        if content is None and known is not None:
            self.files.rm_file(path)
        elif content is not None and content != known:
            self.files.makedirs(path.rpartition("/")[0], exist_ok=True)
            with self.files.transaction, self.files.open(path, "wb") as file:
                file.write(content)

    def names(self, version: str) -> list[str]:
        """The files of a release."""
        found = self.files.ls(f"{self.root}/{version}", detail=False)
        return [path.rpartition("/")[2] for path in found]


def push(models: Path, store: Store) -> list[str]:
    """Bring every release that the store lacks, then the pointers; return the new versions.

    Raises:
        Stop: the store holds another release under the name of one of ours.
    """
    new = []
    for manifest in sorted(models.glob(f"*/{artifact.MANIFEST}")):
        folder, content = manifest.parent, manifest.read_bytes()
        known = store.read(f"{folder.name}/{artifact.MANIFEST}")
        if known is None and (folder / artifact.GRAPH).exists():
            for path in sorted(folder.iterdir(), key=lambda path: path == manifest):
                store.write(f"{folder.name}/{path.name}", path.read_bytes())
            new.append(folder.name)
        elif known is not None and json.loads(known)["files"] != json.loads(content)["files"]:
            raise Stop(
                f"the store holds another {folder.name}",
                why="a release never changes, so one of the two is not what its name says",
                fix=f"find out which, and delete models/{folder.name} here if it is yours",
            )
    for name in POINTERS:
        store.write(name, read(models / name))
    return new


def pull(models: Path, store: Store, also: Iterable[str] = ()) -> list[str]:
    """Bring the releases in use, the one before and those of *also*; return what is new.

    An empty store changes nothing.

    Raises:
        Stop: the store names a release that it does not hold, or that was altered on its way.
    """
    pointers = {name: store.read(name) for name in POINTERS}
    if pointers[artifact.CURRENT] is None:
        return []
    with tempfile.TemporaryDirectory() as name:
        there = Path(name)
        point(there, pointers)
        found = releases.read(there)
        canary = found.canary.version if found.canary else None
        used = (found.champion, canary, found.shadow, releases.previous(there))
        wanted = dict.fromkeys(filter(None, (*used, *also)))
    new = [each for each in wanted if not (models / each / artifact.GRAPH).exists()]
    for version in new:
        bring(version, models, store)
    with releases.alone(models):
        point(models, pointers)
    return new


def point(models: Path, pointers: dict[str, bytes | None]) -> None:
    """Let the pointers of a folder say this."""
    for name, content in pointers.items():
        if content is None:
            (models / name).unlink(missing_ok=True)
        else:
            files.write(models / name, content)


def bring(version: str, models: Path, store: Store) -> None:
    """Put a whole release into its place in one step."""
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".new-") as staging:
        folder = Path(staging) / version
        try:
            for name in store.names(version):
                files.write(folder / name, store.read(f"{version}/{name}") or b"")
            artifact.load(Path(staging), version)
        except FileNotFoundError:
            fix = "push it from where it was packaged"
            raise Stop(f"the store does not hold {version}", fix=fix) from None
        if (models / version).exists():
            (models / version).rename(Path(staging) / "without-its-graph")
        folder.rename(models / version)


def read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


@contextlib.contextmanager
def in_step(models: Path, *also: str | None) -> Generator[None]:
    """Change *models* from what the store knows, with the releases *also*, and let it know.

    Without MODELS_URL the folder is the only place there is.
    """
    url = os.environ.get(VARIABLE, "")
    if not url:
        yield
        return
    store = Store(url)
    pull(models, store, filter(None, also))
    yield
    push(models, store)


@click.group("models")
@click.option("--store", envvar=VARIABLE, required=True, help=f"Its address; or set {VARIABLE}.")
@click.option("--models", default="models", type=click.Path(path_type=Path), show_default=True)
@click.pass_context
def command(context: click.Context, store: str, models: Path) -> None:
    """Bring releases from the store, or to it."""
    context.obj = (models, Store(store))


@command.command("push")
@click.pass_obj
def push_command(places: tuple[Path, Store]) -> None:
    """Bring new releases and all pointers to the store."""
    said("pushed", push(*places))


@command.command("pull")
@click.argument("versions", nargs=-1)
@click.option("--every", type=click.FloatRange(min=1), help="Again after so many seconds.")
@click.pass_obj
def pull_command(
    places: tuple[Path, Store], versions: tuple[str, ...], every: float | None
) -> None:
    """Bring the releases in use, and VERSIONS, once or for as long as it runs."""
    said("pulled", pull(*places, versions))
    trouble = ""
    while every:
        time.sleep(every)
        try:
            if new := pull(*places):
                said("pulled", new)
            trouble = ""
        except Exception as error:  # noqa: BLE001  # each kind of store has errors of its own
            if str(error) != trouble:
                trouble = str(error)
                click.echo(f"the store cannot be read, what is here stays: {trouble}", err=True)


def said(done: str, versions: Iterable[Any]) -> None:
    """Name what was brought."""
    click.echo(f"{done} {', '.join(versions) or 'nothing new'}")
