"""Look for personal data and raw ids in the table, in the artifact, in reports and in logs."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from importlib import import_module

import click
import pandas as pd

from . import artifact, evidence, personal, table
from .cli import source_of
from .contract import Contract
from .paths import Paths

# Shorter ids are also counts, years and codes: those are told by the name beside them.
DISTINCTIVE = 5
# A few numerals of a long document are ids by chance; more are not.
BY_CHANCE = 4
# Personal data of nobody's, sent to the service to see whether it comes out in its log.
SECRETS = ("jane.doe@example.com", "+12025550143", "DE89370400440532013000")
WORD = re.compile(r"[\w.+@-]+")
PRINTABLE = re.compile(rb"[\x20-\x7e]{6,}")


@click.command("privacy")
def command() -> None:
    """Say where personal data is that should not be; exit 1 when there is any."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    source = table.read_text(paths.root / contract.data.source)
    raw = {name: set(source[name]) - {""} for name in contract.privacy.ids if name in source}
    prepared = table.read_text(paths.table)
    documents = dict(written(paths))
    lines = logged(paths, raw)
    faults = [
        *in_features(contract),
        *in_table(prepared, contract),
        *ids_in_table(prepared, raw),
        *(f"{name} {fault}" for name, text in documents.items() for fault in said(text, contract)),
        *(f"{name} {fault}" for name, text in documents.items() for fault in identified(text, raw)),
        *lines,
    ]
    looked_at = {"columns": len(prepared.columns), "documents": [*documents], "ids": [*raw]}
    evidence.keep("privacy", {"faults": faults, "looked_at": looked_at}, paths)
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.exceptions.Exit(1)
    click.echo(f"no personal data in {len(prepared.columns)} columns, {len(documents)} documents")


def in_features(contract: Contract) -> Iterator[str]:
    """Features that say who somebody is, by [privacy] or by their names."""
    for name in contract.features:
        if name in contract.privacy.personal:
            yield f"feature `{name}` is personal by [privacy]"
        elif personal.called(name):
            yield f"feature `{name}` is named like personal data"


def in_table(prepared: pd.DataFrame, contract: Contract) -> Iterator[str]:
    """Columns of the prepared table whose cells are personal."""
    for name in prepared:
        for kind, count in personal.in_column(prepared[name], contract.launch.country).items():
            yield f"column `{name}` holds {kind} ({count} different ones)"


def ids_in_table(prepared: pd.DataFrame, raw: dict[str, set[str]]) -> Iterator[str]:
    """Columns of the prepared table that repeat the ids of the source."""
    for column in prepared:
        cells = set(prepared[column].str.removesuffix(".0")) - {""}
        for name, ids in raw.items():
            long = {value for value in cells & ids if len(value) >= DISTINCTIVE}
            if (column == name and cells & ids) or 2 * len(long) > len(cells):
                yield f"column `{column}` holds ids of `{name}` that are no pseudonyms"


def written(paths: Paths) -> Iterator[tuple[str, str]]:
    """The text in each file of the packaged model, and in what the other stages reported."""
    version = artifact.latest(paths.models)
    files = [
        *((paths.models / version).iterdir() if version else ()),
        *paths.reports.glob("*.json"),
        paths.page,
    ]
    for path in sorted(files):
        if path.is_file() and path != paths.report("privacy"):
            yield str(path.relative_to(paths.root)), text(path.read_bytes())


def text(content: bytes) -> str:
    """All that can be read in a file, in the members of an archive as well."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(text(archive.read(name)) for name in archive.namelist())
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(run.decode("ascii") for run in PRINTABLE.findall(content))


def said(document: str, contract: Contract) -> Iterator[str]:
    """Personal values in a document, but for what the contract says about its own people."""
    known = contract.model_dump_json(exclude={"features"})
    for kind, values in personal.mentioned(document).items():
        if strangers := [value for value in values if value not in known]:
            yield f"holds {kind} ({len(strangers)} different ones)"


def identified(document: str, raw: dict[str, set[str]]) -> Iterator[str]:
    """Raw ids in a document: by what stands beside them, or because they cannot be chance."""
    words = set(WORD.findall(document))
    for name, ids in raw.items():
        hits = {word for word in words & ids if len(word) >= DISTINCTIVE}
        sure = {word for word in hits if not word.isdigit() and not word.isalpha()}
        beside = re.findall(rf'"{re.escape(name)}": "?([^",\s}}]+)', document)
        if sure or len(hits) > BY_CHANCE or ids & set(beside):
            yield f"holds ids of `{name}`"


def logged(paths: Paths, raw: dict[str, set[str]]) -> Iterator[str]:
    """What callers send to the service and find again in its log; nothing without a service."""
    version = artifact.latest(paths.models)
    if version is None or not source_of("serve"):
        return
    client = import_module(".serving.client", __package__)
    model = artifact.load(paths.models, version)
    longest = [max(ids, key=len) for ids in raw.values() if ids]
    lines = "\n".join(client.overheard(model, [*SECRETS, *longest]))
    if any(secret in lines for secret in SECRETS):
        yield "the service's log repeats what callers send"
    yield from (f"the service's log {fault}" for fault in identified(lines, raw))
    for name, number in client.numbers(model).items():
        if json.dumps(number)[:9] in lines:
            yield f"the service's log repeats `{name}` of a row"
