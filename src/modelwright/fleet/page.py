"""A fleet as a page that needs nothing else, and as a table for spreadsheets."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Sequence

from ..core.finding import Severity
from .status import Row

HEAD = ("Repository", "Version", "Latest", "Behind", "Edited", "Audit", "At risk", "Ready",
        "Updated", "Labels", "Problem")  # fmt: skip
# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Fleet</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
p { margin: .3rem 0 1rem; opacity: .75; }
input { font: inherit; padding: .4rem .6rem; width: min(24rem, 100%); margin-bottom: 1rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid #8884;
  vertical-align: top; }
th { padding: 0; white-space: nowrap; position: sticky; top: 0; background: Canvas; }
th button { all: unset; cursor: pointer; font-weight: 600; padding: .35rem .7rem; }
th button:focus-visible { outline: 2px solid Highlight; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
td { white-space: nowrap; }
td:nth-child(7), td:last-child { white-space: normal; }
td.number { font-variant-numeric: tabular-nums; }
tr.broken td { color: #c22; }
tr.behind td:nth-child(4), tr.failing td:nth-child(6), tr.risky td:nth-child(7) {
  font-weight: 600; color: #a60; }
@media (prefers-color-scheme: dark) { tr.broken td { color: #f77; }
  tr.behind td:nth-child(4), tr.failing td:nth-child(6), tr.risky td:nth-child(7) {
    color: #fb4; } }
</style>
<h1>{headline}</h1>
<p>{made}</p>
<input type="search" placeholder="Search, as in: behind risk" aria-label="Search">
<div><table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table></div>
<script>
const body = document.querySelector("tbody");
const rows = [...body.rows];
const text = new Map(rows.map(row => [row, row.textContent.toLowerCase() + " " + row.className]));
document.querySelector("input").addEventListener("input", event => {
  const words = event.target.value.toLowerCase().split(/\\s+/);
  for (const row of rows) row.hidden = !words.every(word => text.get(row).includes(word));
});
const order = new Intl.Collator("en", { numeric: true });
document.querySelectorAll("th").forEach((head, column) => head.addEventListener("click", () => {
  const up = head.getAttribute("aria-sort") !== "ascending";
  document.querySelectorAll("th").forEach(each => each.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = row => row.cells[column].textContent;
  body.append(...rows.sort((a, b) => (up ? 1 : -1) * order.compare(value(a), value(b))));
}));
</script>
</html>
"""


def cells(row: Row) -> tuple[str, ...]:
    """Return what a row shows, in the order of `HEAD`; a dash is what is not known."""
    risk = "-" if row.at_risk is None else ", ".join(row.at_risk) or "none"
    return (
        row.name,
        row.version or "-",
        row.latest or "-",
        "-" if row.behind is None else str(row.behind),
        "-" if row.drift is None else str(row.drift),
        "-" if row.audit is None else f"{_count(row, 'error')}, {_count(row, 'warning')}",
        risk,
        row.ready or "-",
        row.updated or "-",
        ", ".join(row.labels),
        row.problem,
    )


def headline(rows: Sequence[Row]) -> str:
    """Return the answer in one line."""
    counts = {
        "behind": sum(bool(row.behind) for row in rows),
        "edited": sum(bool(row.drift) for row in rows),
        "with errors in the audit": sum(bool(row.audit and row.audit["error"]) for row in rows),
        "with milestones at risk": sum(bool(row.at_risk) for row in rows),
        "broken": sum(bool(row.problem) for row in rows),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    return f"{len(rows)} repositories: {', '.join(said) or 'all current'}"


def page(rows: Sequence[Row], made: str) -> str:
    """Return a page with all *rows* that can be searched and sorted."""
    parts = {
        "headline": html.escape(headline(rows)),
        "made": html.escape(made),
        "head": "".join(f"<th scope='col'><button>{name}</button></th>" for name in HEAD),
        "body": "\n".join(map(_line, rows)),
    }
    text = _PAGE
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part, 1)
    return text


def table(rows: Iterable[Row]) -> str:
    """Return all *rows* as CSV, in which nothing is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*HEAD, "Address", "Template"])
    for row in rows:
        writer.writerow([_harmless(each) for each in (*cells(row), row.address, row.template)])
    return out.getvalue()


def _line(row: Row) -> str:
    failing = row.audit and row.audit["error"]
    states = {"behind": row.behind, "edited": row.drift, "failing": failing, "risky": row.at_risk,
              "broken": row.problem}  # fmt: skip
    kinds = " ".join(name for name, value in states.items() if value) or "current"
    shown = "".join(
        f"<td{' class=number' if name in {'Behind', 'Edited'} else ''}>{html.escape(each)}</td>"
        for name, each in zip(HEAD, cells(row), strict=True)
    )
    return f'<tr class="{kinds}" title="{html.escape(row.address)}">{shown}</tr>'


def _count(row: Row, severity: Severity) -> str:
    number = len((row.audit or {}).get(severity, ()))
    return f"{number} {severity}{'' if number == 1 else 's'}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and text != "-" else text
