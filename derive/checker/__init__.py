"""The checker: a derivation in, the same with evidence on every line out. It knows nothing of rules or planning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TypeAlias

from derive.checker.lines import Claim, DisagreementError, Judge, lacks
from derive.checker.points import Point, Wanted, draw, root_frame
from derive.checker.seams import survey
from derive.checker.world import World, claims, symbol_name, worlds
from derive.derivation import Derivation, Evidence, Line, Scope, Step, every_step
from derive.errors import CheckError, UnsupportedError
from derive.expr.nodes import Expr, Symbol
from derive.expr.walks import postorder

ReadBack: TypeAlias = Callable[[Expr, Scope], Expr]

__all__ = ["ReadBack", "check"]


def check(derivation: Derivation, *, allow_unchecked: bool = False, read_back: ReadBack | None = None) -> Derivation:
    """Return the derivation with evidence on every line.

    `read_back` gives what the printed LaTeX of an expression reads as; that is what is evaluated then.

    Raises:
        CheckError: A line does not hold, is defined on one side only, reads back as something else, or stays open
            (unless `allow_unchecked`).
    """
    evidence: dict[int, Evidence] = {}
    names = {id(step): k for k, step in enumerate(every_step(derivation.steps), start=1)}
    for world, steps in worlds(derivation):
        lines = [(step, k, line) for step in steps for k, line in enumerate(step.lines, start=1)]
        stated = [_claim(line, step.scope, read_back) for step, _, line in lines]
        answers = [
            Claim(a.lhs, "=", a.value, a.conditions, a.scope) for a in derivation.answers if _belongs(world, a.scope)
        ]
        judge = _judge(world, derivation, stated + answers)
        for left, right in claims(world, derivation):
            name = symbol_name(left) if isinstance(left, Symbol) else "the answer's function"
            _decided(judge, Claim(left, "=", right), f"the definition of {name}", allow_unchecked)
        for (step, k, line), claim in zip(lines, stated, strict=True):
            place = f"step {names[id(step)]} ({step.kind}), line {k}"
            evidence[id(line)] = _decided(judge, claim, place, allow_unchecked)
        for claim in answers:
            _decided(judge, claim, "the answer", allow_unchecked)
    return replace(derivation, steps=tuple(_with_evidence(step, evidence) for step in derivation.steps))


def _with_evidence(step: Step, evidence: Mapping[int, Evidence]) -> Step:
    lines = tuple(replace(line, evidence=evidence[id(line)]) for line in step.lines)
    return replace(step, lines=lines, substeps=tuple(_with_evidence(s, evidence) for s in step.substeps))


def _claim(line: Line, scope: Scope, read_back: ReadBack | None) -> Claim:
    if read_back is None:
        return Claim(line.lhs, line.relation, line.rhs, line.given, scope)
    back = partial(_read_back, read_back, scope)
    return Claim(back(line.lhs), line.relation, back(line.rhs), tuple(map(back, line.given)), scope)


def _read_back(read_back: ReadBack, scope: Scope, e: Expr) -> Expr:
    back = read_back(e, scope)
    if back is not e:
        raise CheckError("a line does not read back as what was printed")
    return back


def _belongs(world: World, scope: Scope) -> bool:
    return all(world.bindings.get(s) is value for s, value in scope.values.items())


def _judge(world: World, derivation: Derivation, made: list[Claim]) -> Judge:
    problem = derivation.problem
    bound = tuple(world.bindings.values())
    guards = (problem.formula, *(d.value for d in problem.definitions))
    sides = [e for claim in made for e in (claim.lhs, claim.rhs)]
    givens = tuple(dict.fromkeys(claim.given for claim in made if claim.given))
    free, found = survey(world, [*guards, *bound, *sides])
    more_free, conditional = survey(world, [condition for given in givens for condition in given])
    edges = [seam for seam in survey(world, [*guards, *bound])[1] if not seam.kink]
    wanted = Wanted(
        world=world,
        free=tuple(dict.fromkeys(free + more_free)),
        guards=guards,
        seams=tuple(dict.fromkeys(found + conditional)),
        optional=frozenset(conditional) - frozenset(found) | frozenset(edges),
        bound=bound,
        givens=givens,
        size=sum(1 for _ in postorder(*(part for seam in found + conditional for part in seam.parts))),
    )
    seed = int.from_bytes(sha256(derivation.problem.latex.encode()).digest(), "big")
    reasons: list[str] = []

    def has_values(point: Point) -> bool:
        reasons.append(lacks(world, point, guards))
        return not reasons[-1]

    try:
        points = draw(wanted, seed, has_values)
    except UnsupportedError as error:
        points, reasons = [], [error.message]
    return Judge(world, points, root_frame(world, points), reasons[-1] if reasons else "", floating=not reasons)


def _decided(judge: Judge, claim: Claim, place: str, allow_unchecked: bool) -> Evidence:
    try:
        found = judge.decide(claim)
    except DisagreementError as failure:
        raise CheckError(f"{place} does not hold: {failure}") from None
    if found.status == "unchecked" and not allow_unchecked:
        raise CheckError(f"{place} could not be checked: {found.why}", hint="--allow-unchecked prints it with a mark")
    return found
