"""What a build tells of each set: a summary, what failed, what is stale; for people, and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from derive.engine import messages
from derive.engine.messages import Message, annotation, messages_of
from derive.errors import counted, visible
from derive.problems.session import Outcome


def summary(outcome: Outcome, out: Path) -> str:
    """Return the line that ends the build of one set."""
    record = outcome.record
    failed = {m.problem for m in record.messages if m.kind == "error"}
    error = max(record.evidence.values(), default=0.0)
    parts = [f"{outcome.file}: {counted(record.problems, 'problem')}"]
    if record.evidence:
        parts.append(f"{len(record.evidence)} solved and checked (largest relative error {error:.0e})")
    if failed:
        parts.append(f"{len(failed)} failed")
    files = outcome.stale or outcome.written
    what = "stale" if outcome.stale else "written"
    parts.append(f"{counted(len(files), 'file')} {what} in {out}" if files else f"nothing to do in {out}")
    return ", ".join(parts) + f", {outcome.seconds:.1f} s"


def told(outcome: Outcome) -> list[Message]:
    """Return what is to be told of one set."""
    if outcome.refused is not None:
        return messages_of(outcome.refused, str(outcome.file))
    return list(outcome.record.messages)


def as_text(outcome: Outcome) -> list[str]:
    """Return what is to be told, as a terminal shows it: what failed, then the files that are stale."""
    if outcome.refused is not None:
        return [outcome.refused.report()]
    stale = [f"{outcome.file}: stale: {visible(name)}" for name in outcome.stale]
    return [*(m.report for m in outcome.record.messages), *stale]


def as_json(outcomes: Sequence[Outcome], last: Sequence[Message] = ()) -> str:
    """Return the outcomes as one JSON text, with what is to be told of no set, but of the whole run."""
    whole = {"sets": [_record(o) for o in outcomes], "messages": [messages.as_json(m) for m in last]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _record(outcome: Outcome) -> dict[str, Any]:
    failed = {m.problem for m in outcome.record.messages if m.kind == "error"}
    return {
        "file": str(outcome.file),
        "problems": outcome.record.problems,
        "solved": len(outcome.record.evidence),
        "failed": sorted(failed),
        "max_error": max(outcome.record.evidence.values(), default=None),
        "outputs": sorted(outcome.record.made),
        "written": sorted(outcome.written),
        "stale": sorted(outcome.stale),
        "messages": [messages.as_json(m) for m in told(outcome)],
        "seconds": round(outcome.seconds, 3),
    }


def as_annotations(outcome: Outcome, out: Path) -> list[str]:
    """Return the commands by which GitHub shows what is told beside the lines of the file."""
    return [*map(annotation, told(outcome)), *(messages.stale(str(out / name)) for name in outcome.stale)]
