"""P7 know the data: what must not be committed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...core.finding import Finding
from ..code import Unparsable
from ..notebook import cells_of
from ..personal import personal
from ..places import DOCKERFILES
from ..rule import Rule
from ..snapshot import Snapshot

# A text that holds none of the first words holds no such secret, which is quick to tell.
_SECRETS = (
    (("AKIA", "ASIA"), r"\b(AKIA|ASIA)[0-9A-Z]{16}\b", "an access key of AWS"),
    (
        ("gho_", "ghp_", "ghs_", "ghu_", "github_pat_"),
        r"\b(ghp|gho|ghs|ghu)_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40,}",
        "a GitHub token",
    ),
    (("glpat-",), r"\bglpat-[\w-]{20}\b", "a GitLab token"),
    (("PRIVATE KEY",), r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----", "a private key"),
    (("xox",), r"\bxox[abprs]-[A-Za-z0-9-]{20,}", "a Slack token"),
    (("hf_",), r"\bhf_[A-Za-z0-9]{34}\b", "a Hugging Face token"),
    (("Bearer eyJ",), r"\bBearer eyJ[\w-]{10,}\.[\w-]{10,}", "a bearer's token"),
    # With a UUID it is an element of the page that scikit-learn draws.
    (("sk-",), r"\bsk-(?![0-9a-f]{8}-[0-9a-f]{4}-)(proj-|ant-)?[A-Za-z0-9_-]{32,}", "an API key"),
    (
        ("://",),
        r"://[^/\s:@'\"{$]+:[^/\s:@'\"{$<*]{6,}@(?!localhost|127\.|(db|postgres)[:/])",
        "a password",
    ),
)
# Not how many words a model reads, nor where the next page begins.
_CALLED = re.compile(r"password|passwd|secret|api_?key|access_?key|(?<!page_)token(?!i|s)", re.I)
_ASSIGNED = re.compile(
    rf"""(?:{_CALLED.pattern})\w*["']?\]?\s*[:=]\s*["']([^"'\s]{{8,}})["']""",
    re.I,
)
# What stands for a password in the form of an address, and what names a thing.
_NAMED = re.compile(r":(pass(word|wd)?|pwd|secret|[A-Z_]+)@", re.I)
_IDENTIFIER = re.compile(
    r"[a-z]+([._-][a-z]+)*([._-]\d{0,3}[a-z]{0,2})?|([a-z]+\d?[._-])+[a-z]+|([A-Z]+\d?_)+[A-Z]+"
)
# Without quotes, as a shell and an image have it.
_EXPORTED = re.compile(
    r"^\s*(?:export|ENV)\s+\w*(?:PASSWORD|SECRET|API_?KEY|TOKEN)\w*=([\w+/-]{16,})\s*$", re.I
)
_PLACEHOLDER = re.compile(
    r"\$\{|\{\{|<|example|change|your|dummy|test|xxx|\*\*|placeholder|fake|\.\.\.|1234", re.I
)
# Data or minified code has longer lines; a person's are shorter.
_LONGEST = 5_000
_TEXTS = ("*.py", "*.toml", "*.yaml", "*.yml", "*.json", "*.ini", "*.cfg", "*.env*", "*.ipynb")
_TEXTS += ("*.sh", *DOCKERFILES, "*.pem", "*.key", "*.md", "*.txt", "*.conf")
_DATA = (
    "*tests/*",
    "*fixture*",
    "*data/*.csv",
    "*data/*.json*",
    "*data/*.tsv",
    "*sample*.csv",
    "*.ipynb",
    "*.csv",
)
_SAMPLE = re.compile(r"\.(example|sample|template|dist|test|tpl|defaults?|schema|vault|enc|age)\b")


class Secrets(Rule):
    """No secret is committed."""

    id = "MW-P7-1"
    severity = "error"
    reads = (
        ".py",
        ".ipynb",
        ".toml",
        ".yaml",
        ".yml",
        ".json",
        ".env",
        ".ipynb",
        ".sh",
        ".txt",
        ".md",
    )
    why = "History keeps it for whoever may read the repository, now and later."
    fix = "Revoke it first, then take it from the environment; history needs to be cleaned too."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for tokens by their form, and for literals that are called secret."""
        for path in files.matching(*_TEXTS):
            text = files.text(path)
            known = [(re.compile(pattern), what) for words, pattern, what in _SECRETS
                     if any(word in text for word in words)]  # fmt: skip
            named = not path.endswith((".md", ".ipynb", ".txt")) and "test" not in path
            named = named and bool(_CALLED.search(text))
            for number, line in enumerate(text.splitlines() if known or named else (), start=1):
                if what := _secret(line, known) or (named and _literal(line)):
                    yield Finding(path, number, f"it holds {what}")


def _secret(line: str, known: Sequence[tuple[re.Pattern[str], str]]) -> str:
    if len(line) > _LONGEST:
        return ""
    for pattern, what in known:
        found = pattern.search(line)
        if found and not (_PLACEHOLDER.search(found[0]) or _NAMED.search(found[0])):
            return what
    return ""


def _literal(line: str) -> str:
    if len(line) > _LONGEST:
        return ""
    found = _ASSIGNED.search(line) or _EXPORTED.search(line)
    literal = found and re.search(r"\d", found[1]) and re.search(r"[A-Za-z]", found[1])
    literal = literal and not _IDENTIFIER.fullmatch(found[1])
    return "a literal that is called secret" if literal and not _PLACEHOLDER.search(line) else ""


class PersonalData(Rule):
    """No personal data is committed."""

    id = "MW-P7-2"
    severity = "error"
    reads = (".csv", ".json", ".py", ".ipynb")
    why = "People did not agree to be test data, and a clone can't be called back."
    fix = "Make data up, with addresses of example.org, and clean history."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look in tests, fixtures, tables and notebooks for addresses and numbers of people."""
        for path in files.matching(*_DATA):
            for number, line in enumerate(files.text(path).splitlines(), start=1):
                if what := personal(line, path):
                    yield Finding(path, number, f"it holds {what}")
                    break


class NotebookOutputs(Rule):
    """Notebooks hold no outputs."""

    id = "MW-P7-3"
    reads = (".ipynb",)
    why = "Outputs hold rows of data, and turn every review into noise."
    fix = "Strip them when committing, with nbstripout as a hook."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for cells with outputs."""
        for path in files.matching("*.ipynb"):
            if cells := _printed(files, path):
                text = files.text(path)
                line = text[: text.find('"output_type"')].count("\n") + 1
                yield Finding(path, line, f"{cells} cells hold outputs")


def _printed(files: Snapshot, path: str) -> int:
    try:
        return sum(bool(cell.get("outputs")) for cell in cells_of(files.text(path)))
    except Unparsable as error:
        files.unread[path] = str(error)
        return 0


class EnvironmentFile(Rule):
    """No `.env` with values is committed."""

    id = "MW-P7-10"
    severity = "error"
    reads = (".env",)
    why = "It is where secrets are put, sooner or later."
    fix = "Ignore `.env`, and commit `.env.example` with names only."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for such a file with a value in it."""
        for path in files.matching(".env", "*/.env", ".env.*", "*/.env.*"):
            if path.startswith("test") or "/test" in path or _SAMPLE.search(path):
                continue
            for number, line in enumerate(files.text(path).splitlines(), start=1):
                if re.match(r"\s*(export\s+)?\w+\s*=\s*(?![\"']{2}\s*$|#)\S", line):
                    yield Finding(path, number, "it is committed, with values")
                    break


RULES = (
    Secrets(),
    PersonalData(),
    NotebookOutputs(),
    EnvironmentFile(),
)
