"""The PDFs of LaTeX documents, and what TeX complains of, told for the problem where it happens."""

from __future__ import annotations

from collections.abc import Iterable

from derive.engine.messages import Message
from derive.engine.tex import compile_pdf
from derive.engine.texlog import TexFault
from derive.engine.work import digest
from derive.problems.manifest import Record
from derive.problems.outbox import Outbox

CODE = "T100"
"""The code of what TeX complains of."""


def add_pdfs(names: Iterable[str], outbox: Outbox, before: Record) -> list[Message]:
    """Make the PDFs of LaTeX documents in an output folder, where one is missing or its document has changed.

    Raises:
        OutputError: TeX is not installed.
    """
    told: list[Message] = []
    for name in names:
        pdf = name.removesuffix(".tex") + ".pdf"
        source = digest("pdf", outbox.made[name].content)
        file = str(outbox.out / name)
        if outbox.is_current(pdf, source):
            told += [m for m in before.messages if m.code == CODE and m.file == file]
        elif outbox.check:
            outbox.stale.append(pdf)
        else:
            result = compile_pdf(outbox.out / name)
            told += [_message(fault, file) for fault in result.problems]
            if result.pdf is not None:
                outbox.adopt(pdf, source, result.changed)
    return told


def _message(fault: TexFault, file: str) -> Message:
    kind = "error" if fault.kind == "error" else "warning"
    where = f"problem {fault.about}: " if fault.about else ""
    place = f":{fault.line}" if fault.line else ""
    report = f"{file}{place}: {kind}[{CODE}]: {where}{fault.message}"
    return Message(kind, fault.about, file, fault.line or 1, 1, CODE, fault.message, report)
