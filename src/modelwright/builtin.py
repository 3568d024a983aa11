"""The template that ships with the tool, in the wheel or in a checkout, and its older releases."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_INSTALLED = Path(__file__).parent / "builtin_template"
_CHECKOUT = Path(__file__).parents[2]
RELEASES = Path(__file__).parent / "releases"


def folder() -> Path:
    """Return the folder that holds `copier.yml` and `template/`."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def version() -> str:
    """Return the version that a rendering records: the tool and its template go together."""
    from importlib import metadata  # half of what `--help` would cost

    return metadata.version("modelwright")


def releases() -> list[str]:
    """Return the older versions that the wheel carries."""
    return sorted(path.name.removesuffix(".tar.xz") for path in RELEASES.glob("*.tar.xz"))


def unpack(release: str, into: Path) -> None:
    """Write the files of an older release below *into*.

    Raises:
        KeyError: the wheel does not carry it.

    """
    import tarfile  # a rendering of the present version needs none

    if release not in releases():
        raise KeyError(release)
    with tarfile.open(RELEASES / f"{release}.tar.xz") as archive:
        # Python 3.11.3 and older have no filters; what is unpacked came with this very wheel.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(into)  # noqa: S202  # nosec B202


def pack(release: str, root: Path, paths: Iterable[str]) -> Path:
    """Record the files *paths* below *root* as a release; the same files give the same bytes."""
    import io
    import tarfile

    RELEASES.mkdir(exist_ok=True)
    place = RELEASES / f"{release}.tar.xz"
    with tarfile.open(place, "w:xz", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(paths):
            info = tarfile.TarInfo(path)
            content = (root / path).read_bytes()
            info.size = len(content)
            info.mode = 0o755 if (root / path).stat().st_mode & 0o100 else 0o644
            archive.addfile(info, io.BytesIO(content))
    return place
