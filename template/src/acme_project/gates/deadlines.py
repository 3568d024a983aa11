"""P9: every promise with a date stands, and whoever waits for it knows of each slip."""

from collections.abc import Mapping
from datetime import date

from ..contract import Contract
from ..evidence import Evidence
from ..milestones.board import Board, look
from ..milestones.evidence import Known
from ..milestones.reading import BadPlan
from ..milestones.words import document
from .finding import Finding

LAUNCH = "launch"


def judge(
    contract: Contract, evidence: Evidence, statuses: Mapping[str, str], today: date
) -> Finding:
    """Red when a milestone is overdue, claimed in vain, incomplete, or moved in silence.

    *statuses* are those of the other practices, which milestones name as evidence.
    """
    try:
        board = look(evidence.root, today, Known(evidence.root, statuses))
    except BadPlan as bad:
        return Finding("there is no plan that can be read", (bad.what,))
    faults = (*board.faults, *contradiction(contract, board))
    return Finding(sentence(board), faults, document(board))


def sentence(board: Board) -> str:
    """What is next, and how likely it is made."""
    ahead = [one for one in board.standings if one.forecast and one.milestone.due >= board.today]
    if not ahead:
        return board.sentence
    first = min(ahead, key=lambda one: one.milestone.due)
    last = next((one for one in ahead if one.milestone.id == LAUNCH), ahead[-1])
    said = f"{board.sentence}; next is {first.milestone.id} on {first.milestone.due}"
    chance = last.forecast.chance if last.forecast else 0.0
    return f"{said}; the chance to make {last.milestone.id} on {last.milestone.due} is {chance:.0%}"


def contradiction(contract: Contract, board: Board) -> list[str]:
    """What contract and plan say differently about the launch."""
    launch = board.plan.by_id.get(LAUNCH)
    if launch is None:
        return [f"milestones.toml has no milestone `{LAUNCH}`, which [launch] promises"]
    faults = []
    if launch.due != contract.launch.date:
        faults.append(
            f"the launch is on {launch.due} in the plan, {contract.launch.date} in [launch]"
        )
    if forgotten := sorted(set(contract.launch.consumers) - set(launch.consumers)):
        faults.append(f"[launch] promises it to {forgotten[0]}, whom the plan does not name")
    return faults
