"""Copier's questions and answers, as the rest of the tool meets them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from copier._types import MISSING
from copier._user_data import AnswersMap
from copier._user_data import Question as CopierQuestion
from copier.errors import CopierError

from ..core.errors import Stop
from .failures import bare
from .values import Question


def answered(answers: AnswersMap) -> dict[str, Any]:
    """Return what was answered, without what no longer needs an answer."""
    found = {**answers.last, **answers.user}
    return {
        name: value
        for name, value in found.items()
        if name not in answers.hidden and not name.startswith("_")
    }


def asked(question: CopierQuestion) -> Question:
    """Return Copier's *question* in our words."""
    choices = tuple((str(c.title), c.value) for c in question._formatted_choices)
    default = question.get_default()
    return Question(
        name=question.var_name,
        reason=question.render_value(question.help),
        default=None if default is MISSING else default,
        choices=choices,
        multiple=question.multiselect,
        secret=question.secret,
        complain=lambda typed: complaint(question, typed),
    )


def refuse_unknown(given: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse an answer to a question that is not among the *known* ones.

    Raises:
        Stop: naming it, and the one that may be meant.

    """
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise Stop(
                f"the template asks no question `{name}`",
                fix=f"did you mean `{close[0]}`?" if close else f"it asks {', '.join(known)}",
            )


def complaint(question: CopierQuestion, typed: Any) -> str:
    """Say what is wrong with an answer, or nothing."""
    try:
        question.validate_answer(question.parse_answer(typed))
    except (ValueError, TypeError, CopierError) as error:
        return bare(str(error))
    return ""
