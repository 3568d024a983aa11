"""Git's objects by their content, named as git names them, and packed to be written at once."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

_FOLDER = "40000"
_KINDS = {"commit": 1, "tree": 2, "blob": 3}


@dataclass(frozen=True, order=True)
class Entry:
    """What a path of a tree holds: git's mode and the object's id."""

    mode: str
    oid: str


Tree = Mapping[str, Entry]


@dataclass(frozen=True)
class Unwritten:
    """Objects that git is told about all at once, before it is asked anything else."""

    objects: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def add(self, kind: str, content: bytes, algorithm: str) -> str:
        """Return the id that git gives to an object, which is written later."""
        whole = f"{kind} {len(content)}\0".encode() + content
        oid = hashlib.new(algorithm, whole).hexdigest()
        self.objects[oid] = (kind, content)
        return oid

    def add_tree(self, tree: Tree, algorithm: str) -> str:
        """Return the id of the tree of all paths in *tree*."""
        return self._add_folder(_nested(tree), algorithm)

    def taken(self) -> bytes:
        """Return all objects as a pack, which gitformat-pack(5) describes, and forget them."""
        algorithm = "sha256" if len(next(iter(self.objects))) > 40 else "sha1"  # noqa: PLR2004
        packed = [_packed(*each) for each in self.objects.values()]
        whole = b"PACK" + struct.pack(">II", 2, len(packed)) + b"".join(packed)
        self.objects.clear()
        return whole + hashlib.new(algorithm, whole).digest()

    def _add_folder(self, items: Mapping[str, dict | Entry], algorithm: str) -> str:
        raw = []
        for name, item in items.items():
            if isinstance(item, Entry):
                raw.append((name, name, item.mode.lstrip("0"), item.oid))
            else:
                raw.append((f"{name}/", name, _FOLDER, self._add_folder(item, algorithm)))
        raw.sort(key=lambda each: each[0].encode("utf-8", "surrogateescape"))
        content = b"".join(
            f"{mode} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(oid)
            for _, name, mode, oid in raw
        )
        return self.add("tree", content, algorithm)


def _packed(kind: str, content: bytes) -> bytes:
    """Return an object of a pack: kind and size, seven bits to the byte after four, then all."""
    left, byte = len(content) >> 4, _KINDS[kind] << 4 | len(content) & 15
    head = bytearray()
    while left:
        head.append(byte | 0x80)
        byte, left = left & 0x7F, left >> 7
    head.append(byte)
    return bytes(head) + zlib.compress(content, 1)


def _nested(tree: Tree) -> dict[str, dict | Entry]:
    root: dict[str, dict | Entry] = {}
    for path, entry in tree.items():
        *folders, name = path.split("/")
        at = root
        for folder in folders:
            inner = at.setdefault(folder, {})
            assert isinstance(inner, dict)  # noqa: S101 - git keeps no file and folder of a name  # nosec B101
            at = inner
        at[name] = entry
    return root
