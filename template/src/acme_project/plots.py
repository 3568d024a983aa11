"""The readiness page's pictures: SVG that takes its ink from the page around it."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure

from .contract import Contract
from .evidence import Evidence

INK = "#123456"
GREY, BLUE, RED = "#8a8f98", "#2f7ed8", "#d2493a"
STATES = {"done": "#3c9d5b", "on track": BLUE, "at risk": "#d9822b", "blocked": "#d9822b"}
RUNGS = {"rule": GREY, "linear": BLUE, "boosted": "#d9822b", "deep": "#8e5fc4"}
# So many features fit beside the other pictures.
STRONGEST = 12
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "readiness",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # Titles and units come from the contract: a dollar sign is money, not mathematics.
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Plot:
    """A picture and the question that it answers."""

    title: str
    svg: str


def of(contract: Contract, evidence: Evidence, practices: list[dict[str, Any]]) -> list[Plot]:
    """Every picture for which there is evidence, in the order in which a reader asks."""
    if "evaluate" not in evidence.reports:
        return []
    unit, policies = contract.objective.unit, evidence.policies
    rungs = {name: each for name, each in policies.items() if name in RUNGS}
    with mpl.rc_context(STYLE):
        drawn = [
            Plot("What is each policy worth?", values(policies, unit)),
            Plot("Does a rung beat what is simpler?", uplifts(rungs, contract)),
            Plot("Where is the threshold?", curves(rungs, unit)),
            Plot("What does a rung bring, and cost?", costs(rungs, unit)),
            Plot("How honest are the probabilities?", calibration(rungs)),
        ]
        shipped = evidence.shipped_policy
        if shipped and shipped["slices"]:
            drawn.append(Plot("Is every group found as often?", slices(shipped["slices"])))
        if "explain" in evidence.reports:
            found = evidence.reports["explain"]["importance"][:STRONGEST]
            drawn.append(Plot("What do its answers rest on?", importance(found, unit)))
        budgets = next(each["evidence"] for each in practices if each["id"] == "P5")
        if "budgets" in budgets:
            drawn.append(Plot("Is it small enough?", bars(budgets)))
        promises = next(each["evidence"] for each in practices if each["id"] == "P9")
        if "milestones" in promises:
            drawn.append(Plot("What is due when?", timeline(promises)))
    return drawn


def canvas(rows: int = 0) -> tuple[Figure, Axes]:
    """An empty picture; taller than its neighbours only where many rows need it."""
    figure = Figure(figsize=(5.0, max(0.8 + 0.34 * rows, 2.9)), layout="constrained")
    return figure, figure.subplots()


def whisker(axes: Axes, place: float, found: dict[str, float], colour: str, fill: str = "") -> None:
    """A mean with its interval, lying at height *place*; *fill* "none" makes it hollow."""
    ends = [[found["mean"] - found["low"]], [found["high"] - found["mean"]]]
    axes.errorbar(found["mean"], place, xerr=ends, fmt="o", color=colour, mfc=fill or colour)


def label(axes: Axes, names: Iterable[str], across: str) -> None:
    """Name the rows, the first at the top, and what is measured across."""
    rows = list(names)
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.set_xlabel(across)


def values(policies: dict[str, dict[str, Any]], unit: str) -> str:
    """Value a row of each policy with its interval, on seen and on kept-back rows."""
    figure, axes = canvas(len(policies))
    for place, (name, policy) in enumerate(policies.items()):
        colour = RUNGS.get(name, GREY)
        whisker(axes, place - 0.12, policy["value"], colour)
        if policy["held_back"]:
            whisker(axes, place + 0.12, policy["held_back"], colour, "none")
    axes.axvline(0, color=INK, linewidth=0.6)
    label(axes, policies, f"{unit} a row (filled: out of fold, hollow: kept back)")
    return svg(figure)


def uplifts(rungs: dict[str, dict[str, Any]], contract: Contract) -> str:
    """What each rung brings beyond every simpler one after cost, against what is required."""
    pairs = [
        (f"{rung} over {simpler}", found, RUNGS[rung])
        for rung, policy in rungs.items()
        for simpler, found in policy["net_uplift"].items()
        if simpler in rungs
    ]
    figure, axes = canvas(len(pairs))
    for place, (_, found, colour) in enumerate(pairs):
        whisker(axes, place, found, colour)
    axes.axvline(0, color=INK, linewidth=0.6)
    axes.axvline(contract.uplift.required, color=RED, linewidth=1, linestyle="--")
    unit = contract.objective.unit
    label(axes, [name for name, _, _ in pairs], f"{unit} a row, after cost (dashed: required)")
    return svg(figure)


def curves(rungs: dict[str, dict[str, Any]], unit: str) -> str:
    """Value a row against the share of rows acted on, for each rung."""
    figure, axes = canvas()
    for name, policy in rungs.items():
        curve = policy["curve"]
        axes.plot(curve["acted_on"], curve["value"], color=RUNGS[name], label=name)
        axes.plot(policy["acted_on"], policy["value"]["mean"], "o", color=RUNGS[name])
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.set_xlabel("share of rows acted on (dot: the threshold that was chosen)")
    axes.set_ylabel(f"{unit} a row")
    axes.legend(frameon=False)
    return svg(figure)


def costs(rungs: dict[str, dict[str, Any]], unit: str) -> str:
    """What a rung brings beyond the rule, beside what it costs, a row."""
    figure, axes = canvas(len(rungs))
    for place, (name, policy) in enumerate(rungs.items()):
        brought = policy["uplift"].get("rule", {"mean": 0.0})["mean"]
        axes.barh(place - 0.2, brought, 0.36, color=RUNGS[name])
        axes.barh(place + 0.2, policy["cost"]["total"], 0.36, color=RED)
    axes.axvline(0, color=INK, linewidth=0.6)
    label(axes, rungs, f"{unit} a row beyond the rule (red: what the rung costs)")
    return svg(figure)


def calibration(rungs: dict[str, dict[str, Any]]) -> str:
    """What came true against what was predicted, in ten bins; honest is the diagonal."""
    figure, axes = canvas()
    for name, policy in rungs.items():
        found = policy["calibration"]
        axes.plot(found["predicted"], found["observed"], "o-", ms=3, color=RUNGS[name], label=name)
    axes.axline((0, 0), slope=1, color=INK, linewidth=0.6)
    axes.set_xlabel("probability that was predicted")
    axes.set_ylabel("share that came true")
    axes.legend(frameon=False)
    return svg(figure)


def slices(found: dict[str, dict[str, Any]]) -> str:
    """Recall of each group with its interval."""
    rows = [
        (f"{column}: {level}", each["recall"])
        for column, levels in found.items()
        for level, each in levels.items()
        if each["recall"]
    ]
    figure, axes = canvas(len(rows))
    for place, (_, recall) in enumerate(rows):
        whisker(axes, place, recall, BLUE)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter("{x:.0%}")
    label(axes, [name for name, _ in rows], "of those who needed it, the share acted on")
    return svg(figure)


def importance(found: list[dict[str, Any]], unit: str) -> str:
    """What a row loses when the values of one feature are shuffled, with its interval."""
    figure, axes = canvas(len(found))
    for place, each in enumerate(found):
        whisker(axes, place, each, BLUE)
    axes.axvline(0, color=INK, linewidth=0.6)
    names = [each["feature"] for each in found]
    label(axes, names, f"{unit} a row lost when its values are shuffled")
    return svg(figure)


def bars(found: dict[str, dict[str, float]]) -> str:
    """How much of each budget is used."""
    measured, budgets = found["measured"], found["budgets"]
    figure, axes = canvas(len(measured))
    for place, (name, value) in enumerate(measured.items()):
        used = value / budgets[name]
        axes.barh(place, min(used, 1.2), 0.5, color=RED if used > 1 else BLUE)
        axes.text(min(used, 1.2) + 0.02, place, f"{value:g} of {budgets[name]:g}", va="center")
    axes.axvline(1, color=INK, linewidth=0.8, linestyle="--")
    axes.set_xlim(0, 1.6)
    axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    label(axes, measured, "share of the budget used")
    return svg(figure)


def timeline(found: dict[str, Any]) -> str:
    """Due dates and today; a line leads to where a date is likely to end up."""
    rows = found["milestones"]
    figure, axes = canvas(len(rows))
    for place, each in enumerate(rows):
        due, forecast = date.fromisoformat(each["due"]), each["forecast"]
        if forecast:
            likely = date.fromisoformat(forecast["four_in_five"])
            axes.plot([due, likely], [place, place], color=GREY, linewidth=1)
        colour = RED if each["red"] else STATES.get(each["state"], GREY)
        axes.plot([due], [place], "D" if each["state"] == "done" else "o", color=colour)
    axes.axvline(date2num(date.fromisoformat(found["today"])), color=INK, linewidth=0.6)
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
    axes.xaxis.set_major_formatter(DateFormatter("%d %b"))
    label(
        axes,
        [each["id"] for each in rows],
        "diamond: done, red: broken, line: to the likely day, upright: today",
    )
    return svg(figure)


def svg(figure: Figure) -> str:
    """The picture alone, in the page's ink; the same data gives the same text."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")
