"""LaTeX in, a worked derivation out that has been checked line by line."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.pipeline import Solution, read, render, solve

__version__ = "0.1.0"
__all__ = ["Solution", "__version__", "read", "render", "solve"]


def __getattr__(name: str) -> Any:
    """Import the pipeline when it is first asked for: `derive --help` needs none of it."""
    if name in __all__:
        from derive import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Answer `%load_ext derive` in a notebook: from here on there are the magics of `derive.weave.jupyter`."""
    from derive.weave import jupyter

    jupyter.load(shell)
