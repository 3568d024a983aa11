"""What a project is, and what another version of its template would make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from . import merge, past, render
from .core import changes
from .core.errors import Stop
from .core.lineage import Lineage
from .core.overlay import alike
from .dating import dated
from .git import Repository, Tree
from .git.templates import parsed
from .merge import Merged
from .project import Request, governed, recorded
from .resolutions import recalled
from .sides import Side, Sides, render_both

__all__ = ["Outlook", "Request", "dated", "foresee", "patch"]
# Verdicts of conflicts that nobody was asked about, and the options that ask.
_ALONE: Mapping[merge.Verdict, str] = {
    "merged by key": "--no-structured",
    "resolved as before": "--no-rerere",
}


@dataclass(frozen=True)
class Outlook:
    """The merge that would be written; nothing is written yet."""

    repo: Repository
    lineage: Lineage
    version: str
    base: Tree
    theirs: Tree
    merged: Merged
    said: tuple[str, ...] = ()
    stored: str = ""
    changelog: str = ""
    patch: str = ""

    @property
    def current(self) -> bool:
        """Say whether there is nothing to do."""
        return not self.merged.changes


def patch(outlook: Outlook) -> str:
    """Return what the merge changes, as `git diff` shows it."""
    text = outlook.repo.patch(outlook.merged.before, outlook.merged.tree)
    for side, name in outlook.merged.sides.items():
        text = text.replace(side, name)
    return text


def foresee(repo: Repository, request: Request) -> Outlook:
    """Merge in memory: render what the project was made from and what it would become.

    The *request* is `located`.

    Raises:
        Stop: the project records no template, or a version of it cannot be rendered.

    """
    render.begin()
    lineage = recorded(repo, request)
    request = governed(lineage, request)
    if lineage.undated:
        request = dated(repo, request)
        lineage = recorded(repo, request)
    if not request.template:
        past.refuse_swapped(repo, lineage, request.file)
    known = past.remembered(repo, lineage, request.file)
    sides = render_both(repo, known, request)
    if lineage.replay:
        lineage = replace(lineage, name=sides.old.version)
    _refuse_downgrade(lineage, sides.new, request)
    old, new = sides.old, marked(repo, lineage, sides.old, sides.new, request)
    base, theirs = leave_to_user(repo, old, new)
    merged = _merged(sides, base, theirs)
    said = (
        *sides.said,
        *_settled_alone(merged),
        *(_made_again(path) for path in merged.paths("to be made again")),
        *(_left_out(repo, path) for path in merged.paths("left out")),
        *_forgotten(lineage, new, request),
        *_relaid(lineage, new),
    )
    changelog = changes.between(new.changelog, lineage.version, new.version)
    return Outlook(repo, lineage, new.version, base, theirs, merged, said, new.base, changelog)


def _settled_alone(merged: Merged) -> Iterator[str]:
    for verdict, option in _ALONE.items():
        for path in merged.paths(verdict):
            yield f"`{path}` was {verdict}; {option} leaves a conflict"


def _made_again(path: str) -> str:
    command = merge.LOCKS[path.rpartition("/")[2]]
    return f"`{path}` was changed by both and is yours still; make it again with `{command}`"


def _left_out(repo: Repository, path: str) -> str:
    bare = path.removeprefix(repo.prefix)
    return (
        f"`{path}` is ignored by git here and left out; `modelwright diff --heal {bare}` brings it"
    )


def _merged(sides: Sides, base: Tree, theirs: Tree) -> Merged:
    """Merge, before and after which a trusted template may migrate what is there."""
    repo, request = sides.job.repo, sides.job.request
    labels = ("yours", f"template-{sides.new.version}")
    known = recalled(repo, request.file, request.shared)
    known = known if request.rerere else {}
    terms = merge.Terms({repo.prefix + request.file}, labels, request.structured, known)
    if not (sides.new.migrates and request.runs):
        return merge.three_way(repo, base, theirs, terms)
    committed = repo.tree(repo.ours)
    ours, base = sides.migrated("before", committed, base)
    outside = {p: each for p, each in committed.items() if not p.startswith(repo.prefix)}
    merged = merge.three_way(repo, base, theirs, terms, {**outside, **ours})
    [after] = sides.migrated("after", repo.tree(merged.tree))
    return replace(merged, tree=repo.write(after, onto=repo.ours))


def marked(repo: Repository, lineage: Lineage, old: Side, new: Side, request: Request) -> Side:
    """Let the answers file say what exactly was rendered; leave it alone where nothing changes."""
    own = repo.prefix + request.file
    if own not in new.tree:
        return new
    rest = {path: entry for path, entry in new.tree.items() if path != own}
    same = rest == {path: entry for path, entry in old.tree.items() if path != own}
    text = repo.git("cat-file", "blob", new.tree[own].oid)
    written = Lineage.parse(text, request.file)
    committed = repo.tree(repo.ours).get(own)
    unchanged = (written.source, written.answers) == (lineage.source, lineage.answers)
    unchanged = unchanged and alike(new.overlays, lineage.overlays)
    if same and unchanged and committed:
        kept = {**new.tree, own: committed}
        return replace(new, tree=kept)
    base = past.fingerprint(repo, new.tree, request.file)
    source = "" if lineage.source.built_in else new.source
    blob = repo.blob(past.signed(text, past.Mark(new.commit, base, source, new.overlays)))
    return replace(new, tree={**new.tree, own: replace(new.tree[own], oid=blob)}, base=base)


def _refuse_downgrade(lineage: Lineage, theirs: Side, request: Request) -> None:
    old, new = parsed(lineage.version), parsed(theirs.version)
    if old and new and new < old and not request.template:
        raise Stop(
            f"the project is at template {lineage.version}, and {theirs.version} is older",
            why="a template says how to go forward only",
            fix="name a newer one with --to"
            if request.to
            else "nothing to do, unless the template released something since",
        )


def leave_to_user(repo: Repository, old: Side, new: Side) -> tuple[Tree, Tree]:
    """Apply `_skip_if_exists`, and `_exclude` where a new version hands a file over."""
    ours = repo.tree(repo.ours)
    base, theirs = dict(old.tree), dict(new.tree)
    handed = new.excluded - old.excluded
    for path in [*theirs]:
        if new.skipped.match(path.removeprefix(repo.prefix)):
            base.pop(path, None)
            if path in ours:
                theirs.pop(path)
    for path in [*base]:
        if path not in theirs and handed.match(path.removeprefix(repo.prefix)):
            base.pop(path)
    return base, theirs


def _relaid(lineage: Lineage, theirs: Side) -> Iterator[str]:
    """Say which overlays are new, others, or dropped."""
    before = {(each.bare, each.folder): each for each in lineage.overlays}
    for each in theirs.overlays:
        was = before.pop((each.bare, each.folder), None)
        if was is None:
            yield f"the overlay `{each}` is laid on top from now on"
        elif was.identity != each.identity:
            yield f"the overlay `{was}` is at {each.short} by now"
    for each in before.values():
        yield f"the overlay `{each}` is dropped"


def _forgotten(lineage: Lineage, theirs: Side, request: Request) -> Iterator[str]:
    """Say which recorded answers are no longer what is rendered."""
    for name, was in lineage.answers.items():
        if name in request.given:
            continue
        if name not in theirs.public:
            yield f"the template asks for `{name}` no more: {was!r} is dropped"
        elif theirs.public[name] != was:
            yield (
                f"{was!r} cannot answer `{name}` any more: {theirs.public[name]!r}, its default, "
                f"is taken; choose with -d {name}=..."
            )
