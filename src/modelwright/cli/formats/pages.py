"""An audit as JUnit's XML and as a page of HTML that needs nothing else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # nosec B405 - it writes, and reads nothing
from collections.abc import Sequence
from html import escape

from ...audit import Audit, Verdict
from ...core.finding import Status
from .records import counted, findings

# XML 1.0 knows no other control characters, and no lone surrogates.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .4rem .6rem; border-top: 1px solid #8886 }
td:first-child { white-space: nowrap }
code { overflow-wrap: anywhere }
.error { border-left: 4px solid #c62828 } .warning { border-left: 4px solid #ef8f00 }
.note { border-left: 4px solid #607d8b }
small { opacity: .75; display: block }
"""


def junit(audits: Sequence[Audit]) -> str:
    """Return a suite for each repository and a case for each rule."""
    root = ET.Element("testsuites", name="modelwright audit")
    for audit in audits:
        count = counted(audit)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=_legal(audit.place),
            tests=str(len(audit.verdicts) or 1),
            failures=str(count["failed"]),
            errors=str(int(bool(audit.error))),
            skipped=str(sum(count[each] for each in ("skipped", "unknown", "suppressed", "off"))),
        )
        if audit.error:
            case = ET.SubElement(suite, "testcase", classname="modelwright", name="look at it")
            ET.SubElement(case, "error", message=_legal(audit.error))
        for verdict in audit.verdicts:
            _case(suite, verdict)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _case(suite: ET.Element, verdict: Verdict) -> None:
    rule = verdict.rule
    name = f"{rule.id} {rule.title}"
    case = ET.SubElement(suite, "testcase", classname=f"modelwright.{rule.practice}", name=name)
    if verdict.status is Status.FAILED:
        places = "\n".join(map(str, verdict.findings))
        failure = ET.SubElement(case, "failure", type=rule.severity, message=rule.title)
        failure.text = _legal(f"{places}\nwhy: {rule.why}\nfix: {rule.fix}")
    elif verdict.status is not Status.PASSED:
        said = f"{verdict.status}: {verdict.reason}"
        ET.SubElement(case, "skipped", message=_legal(said))


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def html(audits: Sequence[Audit]) -> str:
    """Return one page for all repositories."""
    body = "".join(map(_section, audits))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Audit</title>\n<style>{_STYLE}</style>\n<h1>Audit</h1>\n{body}</html>\n"
    )


def _section(audit: Audit) -> str:
    heading = f"<h2>{_shown(audit.place)}</h2>\n"
    if audit.error:
        return f"{heading}<p>It could not be looked at: {_shown(audit.error)}</p>\n"
    told = ", ".join(f"{count} {status}" for status, count in counted(audit).items() if count)
    rows = "".join(
        f'<tr class="{each["severity"]}"><td>{each["rule"]}<small>{each["severity"]}</small></td>'
        f"<td>{_shown(each['title'])}<small>{_shown(each['why'])}</small></td>"
        f"<td><code>{_shown(each['path'])}{':' + str(each['line']) if each['line'] else ''}</code>"
        f"<small>{_shown(each['message'])}</small></td><td>{_shown(each['fix'])}</td></tr>\n"
        for each in findings(audit)
    )
    head = "<tr><th>rule</th><th>what holds where it is kept</th><th>where</th><th>fix</th></tr>\n"
    unread = "".join(f"<li>{_shown(path)}: {_shown(why)}</li>" for path, why in audit.unread)
    notes = f"<h3>Not read</h3><ul>{unread}</ul>\n" if unread else ""
    return f"{heading}<p>{told}</p>\n<table>\n{head}{rows}</table>\n{notes}"


def _shown(text: str) -> str:
    return escape(_legal(text))
