"""Choosing a method: none is needed without intermediates; with them it depends on the paths to the function."""

from __future__ import annotations

from derive.errors import MethodError
from derive.expr.build import is_atom
from derive.expr.walks import postorder
from derive.planner.chain import Links, work_by_chain
from derive.planner.direct import work_directly
from derive.planner.generic import GeneralPartials, is_general, is_whole, work_generically
from derive.planner.stage import Options, Stage, Work

METHODS: dict[str, str] = {
    "direct": "the rules alone, without intermediate variables",
    "single-variable-chain": "one path from the variable to the function: the derivatives multiply",
    "total-derivative-chain": "several paths: the contributions of the intermediate variables add",
    "components": "one component with indices is differentiated; the results are put together",
    "vector-chain": "vectors and numbers are named; their Jacobians multiply, outer on the left",
    "generic": "declared functions in general: full matrices of named derivatives, the diagonal condition",
    "explicit": "gradient, Jacobian and Hessian entry by entry",
}


def work_by(stage: Stage, options: Options) -> Work:
    """Choose by the definitions: none but the function itself is `direct`; then it depends on the paths."""
    links = Links(stage)
    own = [s for x in stage.variables for s in links.used(x)]
    intermediates = [s for s in own if s is not stage.root]
    path = all(links.is_path(x) for x in stage.variables)
    wanted = options.method
    general = any(map(is_general, postorder(*(stage.scope.values[s] for s in own))))
    if general and wanted in ("auto", "explicit", "vector-chain", "generic"):
        return work_generically(stage, options)
    if wanted == "generic":
        if intermediates or not is_whole(stage.value):
            raise MethodError(
                "generic does not apply: there is no declared function, and nothing is worked entry by entry",
                hint="leave --method out",
            )
        return work_generically(stage, options)
    if stage.arrays and wanted in ("auto", "vector-chain") and intermediates:
        wanted = "vector-chain"
    elif wanted in ("auto", "explicit", "vector-chain"):
        if not intermediates and (options.grain == "natural" or stage.arrays):
            wanted = "direct"
        else:
            wanted = "single-variable-chain" if path else "total-derivative-chain"
            wanted = "direct" if not intermediates and _is_trivial(stage) else wanted
    if wanted == "components":
        raise MethodError("components does not apply: there is no vector", hint="leave --method out")
    if wanted == "direct":
        if intermediates:
            names = ", ".join(dict.fromkeys(s.name for s in intermediates))
            raise MethodError(
                f"direct does not apply: {names} would have to be named first",
                hint="leave --method out, or choose single-variable-chain or total-derivative-chain",
            )
        return work_directly(stage, options.answer_characters)
    if wanted == "single-variable-chain" and not path:
        raise MethodError(
            "single-variable-chain does not apply: the variable reaches the function in more than one way",
            hint="choose --method total-derivative-chain",
        )
    if wanted not in METHODS:
        raise MethodError(f"unknown method {wanted}", hint="methods: " + ", ".join(METHODS))
    return work_by_chain(stage, options, wanted, GeneralPartials)


def _is_trivial(stage: Stage) -> bool:
    return is_atom(stage.value) or len(stage.scope.arguments(stage.root)) <= 1
