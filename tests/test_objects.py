"""Objects that we name and pack ourselves are git's own."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from modelwright.git.objects import Entry, Unwritten
from modelwright.git.plumbing import Git

SIZES = (0, 1, 15, 16, 2047, 2048, 300_000)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_git_reads_what_was_packed(tmp_path: Path, algorithm: str):
    git = Git(tmp_path)
    git("init", "--quiet", f"--object-format={algorithm}")
    texts = [hashlib.shake_128(str(size).encode()).digest(size) for size in SIZES]
    blobs = [git.unwritten.add("blob", text, algorithm) for text in texts]
    names = [f"folder.{n}/é {n}" if n % 2 else f"folder-{n}" for n in range(len(SIZES))]
    entries = [Entry("100644", oid) for oid in blobs]
    tree = git.unwritten.add_tree(dict(zip(names, entries, strict=True)), algorithm)

    listed = git("ls-tree", "-r", "-z", "--name-only", tree).split("\0")
    assert sorted(names) == sorted(filter(None, listed))
    for oid, text in zip(blobs, texts, strict=True):
        kept = subprocess.run(
            ["git", "cat-file", "blob", oid], cwd=tmp_path, check=True, capture_output=True
        )
        assert kept.stdout == text
    assert git("hash-object", "--stdin", text=texts[-1]).strip() == blobs[-1]
    assert git("fsck", "--strict", "--no-dangling") == ""


def test_what_is_written_is_written_once(tmp_path: Path):
    git = Git(tmp_path)
    git("init", "--quiet", "--object-format=sha1")
    git.unwritten.add("blob", b"a", "sha1")
    elsewhere = git.among(LANG="C")
    assert elsewhere.unwritten is git.unwritten
    elsewhere.write()
    assert git.unwritten == Unwritten()
