"""Weaving for programs that have the text of a page in their hands: site generators, notebooks, filters.

    with Weaver(flavor="mkdocs") as weaver:
        woven = weaver.weave(text, Path("docs/page.md"))

A weaver keeps its child processes for all pages, and remembers results in the user's folder for caches.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from derive.engine.cache import Cache, user_cache
from derive.engine.run import local, processors
from derive.engine.solver import Solver
from derive.errors import ProblemSetError
from derive.weave.config import folder_of, read_config
from derive.weave.model import Outcome, Request, Woven
from derive.weave.options import Values, combined
from derive.weave.session import Options, solve_with, stamp
from derive.weave.weaving import How, weave


class Weaver:
    """Weaves texts. The keyword arguments are options that go before what pages say: `flavor`, `lang`, `detail`, ..."""

    def __init__(
        self, options: Options | None = None, *, workers: int = 0, remember: bool = True, **flags: Any
    ) -> None:
        options = options or Options()
        self.options = replace(
            options, flags={**options.flags, **{name.replace("_", "-"): value for name, value in flags.items()}}
        )
        self.files: set[Path] = set()
        """What pages depend on: the configuration that holds for them, and the files that they name."""
        self._stack = ExitStack()
        results = self._stack.enter_context(Cache(user_cache() if remember else None))
        count = workers or processors()
        executor = cache(lambda: self._stack.enter_context(local(count)))
        self.solve = solve_with(Solver(results, executor, ahead=4 * count), self.options)

    def weave(self, text: str, path: Path, *, markers: bool = False, defaults: Values | None = None) -> Woven:
        """Return a page with its solutions; errors are in what is returned, with their places in the text.

        Args:
            text: The page.
            path: Its name: it tells the format, the configuration that holds, and what it may name.
            markers: Whether solutions stand between markers, so that the result can be woven again.
            defaults: Options that go before those of the configuration of the folder, and behind those of the page.

        Raises:
            DocumentError: The configuration is at fault.
        """
        try:
            config = read_config(path, self.files.add)
            values = combined(config.values, defaults or {})
            how = How(config=values, flags=dict(self.options.flags), markers=markers, stamp=stamp(self.options))
            return weave(text, path, self.solve, folder_of(path, config.root, self.files.add), how)
        except ProblemSetError as many:
            raise many.errors[0] from None

    def solved(self, *requests: Request) -> Sequence[Outcome]:
        """Return the solutions of formulas as text, or why there is none."""
        return self.solve(requests)

    def close(self) -> None:
        """End the child processes, and keep the results."""
        self._stack.close()

    def __enter__(self) -> Weaver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
