"""The checker: a derivation in, the same with evidence on every line out. It knows nothing of rules or planning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeAlias

from derive.checker.coordinates import Point, coordinates
from derive.checker.lines import Claim, DisagreementError, Judge, lacks
from derive.checker.points import Wanted, draw, root_frame
from derive.checker.seams import survey
from derive.checker.world import World, claims, symbol_name, worlds
from derive.derivation import Derivation, Evidence, Line, Scope, Step, every_step
from derive.errors import CheckError, DeriveError, UnsupportedError
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
    for world, steps in worlds(derivation):
        stated = _claims(derivation, world, steps, read_back)
        judge = _judge(world, derivation, [s.claim for s in stated])
        for left, right in claims(world, derivation):
            name = symbol_name(left) if isinstance(left, Symbol) else "the answer's function"
            _decided(judge, Stated(f"the definition of {name}", Claim(left, "=", right)), allow_unchecked)
        for s in stated:
            found = _decided(judge, s, allow_unchecked)
            if s.line is not None:
                evidence[id(s.line)] = found
    return replace(derivation, steps=tuple(_with_evidence(step, evidence) for step in derivation.steps))


@dataclass(frozen=True, slots=True)
class Stated:
    """A claim with its place in the derivation; `line` is None for what is no line."""

    place: str
    claim: Claim
    line: Line | None = None


def _with_evidence(step: Step, evidence: Mapping[int, Evidence]) -> Step:
    lines = tuple(replace(line, evidence=evidence[id(line)]) for line in step.lines)
    return replace(step, lines=lines, substeps=tuple(_with_evidence(s, evidence) for s in step.substeps))


def _claims(derivation: Derivation, world: World, steps: list[Step], read_back: ReadBack | None) -> list[Stated]:
    """Return what is to be decided about the steps and the answers, each with its place."""
    number = {id(step): k for k, step in enumerate(every_step(derivation.steps), start=1)}
    out = []
    for step in steps:
        for k, line in enumerate(step.lines, start=1):
            claim = Claim(line.lhs, line.relation, line.rhs, line.given, step.scope)
            out.append(Stated(f"step {number[id(step)]} ({step.kind}), line {k}", claim, line))
    for a in derivation.answers:
        if _belongs(world, a.scope):
            out.append(Stated("the answer", Claim(a.lhs, "=", a.value, a.conditions, a.scope)))
    return out if read_back is None else [_printed(stated, read_back) for stated in out]


def _printed(stated: Stated, read_back: ReadBack) -> Stated:
    """Return what the printed line says: it must be the line."""
    claim = stated.claim
    parts = (claim.lhs, claim.rhs, *claim.given)
    try:
        printed = [read_back(e, claim.scope) for e in parts]
    except DeriveError as error:
        raise CheckError(f"{stated.place} cannot be read back as it is printed: {error.message}") from error
    if any(back is not e for back, e in zip(printed, parts, strict=True)):
        raise CheckError(f"{stated.place} reads back as something else than what was printed")
    return stated  # what was read is the very claim


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
        free=tuple(c for symbol in dict.fromkeys(free + more_free) for c in coordinates(world, symbol)),
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


def _decided(judge: Judge, stated: Stated, allow_unchecked: bool) -> Evidence:
    try:
        found = judge.decide(stated.claim)
    except DisagreementError as disagreement:
        raise CheckError(f"{stated.place} does not hold: {disagreement}") from None
    if found.status == "unchecked" and not allow_unchecked:
        hint = "--allow-unchecked prints it with a mark"
        raise CheckError(f"{stated.place} could not be checked: {found.why}", hint=hint)
    return found
