"""What the parts of a solution are called where it has a label, so that a document can refer to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.writer.records import AnswerView, StepView


def step_labels(steps: Sequence[StepView], label: str) -> Iterator[tuple[StepView, str]]:
    """Yield steps, each with its label: `loss-2` for step 2, `loss-3-2` for step 2 of the third way of working.

    It is empty for what has no number on the page, and for all steps if `label` is empty.
    """
    prefix, ways = label, 0
    taken: set[str] = set()
    for step in steps:
        if step.kind == "method":
            ways += 1
            prefix = f"{label}-{ways}"
        numbered = label and step.number and "only step" not in step.facts
        name = f"{prefix}-{step.number}" if numbered else ""
        yield step, "" if name in taken else name
        taken.add(name)


def answer_labels(answers: Sequence[AnswerView], label: str) -> Iterator[tuple[AnswerView, str]]:
    """Yield answers, each with its label: `loss`, `loss-answer-2`, ...; empty if `label` is."""
    for number, answer in enumerate(answers, start=1):
        yield answer, label if number == 1 or not label else f"{label}-answer-{number}"
