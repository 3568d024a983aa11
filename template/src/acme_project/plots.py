"""The readiness page's pictures: SVG that takes its ink from the page around it."""

import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

INK = "#123456"
RUNGS = {"rule": "#8a8f98", "linear": "#2f7ed8", "boosted": "#d9822b"}
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


def value_by_policy(policies: dict[str, dict[str, Any]], unit: str) -> str:
    """Value a row of each policy with its interval, on seen and on kept-back rows."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 3.0), layout="constrained")
        axes = figure.subplots()
        names = list(policies)
        for offset, key, fill in ((0.12, "value", None), (-0.12, "held_back", "none")):
            for place, name in enumerate(names):
                value = policies[name][key]
                if value is None:
                    continue
                ends = [[value["mean"] - value["low"]], [value["high"] - value["mean"]]]
                colour = RUNGS.get(name, RUNGS["rule"])
                axes.errorbar(
                    value["mean"], place + offset, xerr=ends, fmt="o", color=colour, mfc=fill
                )
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel(f"{unit} a row (filled: out of fold, hollow: kept back)")
        return svg(figure)


def value_curve(policies: dict[str, dict[str, Any]], unit: str) -> str:
    """Value a row against the share of rows acted on, for each rung."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 3.0), layout="constrained")
        axes = figure.subplots()
        for name, colour in RUNGS.items():
            if name in policies:
                curve, chosen = policies[name]["curve"], policies[name]
                axes.plot(curve["acted_on"], curve["value"], color=colour, label=name)
                axes.plot(chosen["acted_on"], chosen["value"]["mean"], "o", color=colour)
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel("share of rows acted on (dot: the threshold that was chosen)")
        axes.set_ylabel(f"{unit} a row")
        axes.legend(frameon=False)
        return svg(figure)


def svg(figure: Figure) -> str:
    """The picture alone, in the page's ink; the same data gives the same text."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")
