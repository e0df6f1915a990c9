"""What the commands share: the formula as an argument, errors as reports, limits, output."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

import click

from derive.errors import DeriveError, LimitError, ProblemFileError
from derive.limits import DEFAULT_LIMITS, Limits, SetLimits

_LARGEST = 1e9
_LOOKS_LIKE_OPTION = re.compile(r"--[a-z][a-z-]+(=.*)?")


class FormulaCommand(click.Command):
    """A command whose formula may begin with a minus: the first argument that is no option in full is the formula."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the formula behind `--`, where nothing is taken for an option."""
        known = [opt for opt in self.params if isinstance(opt, click.Option)]
        takes_value = {name: not opt.is_flag for opt in known for name in _names(opt)}
        takes_value |= dict.fromkeys(self.get_help_option_names(ctx), False)
        options: list[str] = []
        formulas: list[str] = []
        rest = iter(args)
        for arg in rest:
            name = arg.split("=", 1)[0]
            if arg == "--":
                formulas.extend(rest)
            elif arg in takes_value:
                options.append(arg)
                if takes_value[arg]:
                    options.append(_value(arg, rest, ctx))
            elif (name.startswith("--") and name in takes_value) or _LOOKS_LIKE_OPTION.fullmatch(arg):
                options.append(arg)
            else:
                formulas.append(arg)
        return super().parse_args(ctx, [*options, "--", *formulas])


def _value(option: str, rest: Iterator[str], ctx: click.Context) -> str:
    for value in rest:
        return value
    raise click.BadOptionUsage(option, f"Option {option!r} requires an argument.", ctx)


def _names(option: click.Option) -> list[str]:
    return [*option.opts, *option.secondary_opts]


def formula_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument LATEX; `-` reads standard input."""
    return click.argument("latex", callback=_formula)(command)


def _formula(_: click.Context, __: click.Parameter, value: str) -> str:
    if value != "-":
        return value
    return sys.stdin.buffer.read().decode("utf-8", errors="surrogateescape")


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a formula is read."""
    says = "standard; paper, as Parr & Howard write; or the path of a notation file."
    for option in (
        click.option("--notation", default="standard", show_default=True, metavar="NAME|FILE", help=says),
        click.option(
            "--macros",
            multiple=True,
            type=click.File("r", encoding="utf-8", errors="replace"),
            callback=_contents,
            help="A file whose TeX macros hold: a preamble, or a whole document.",
        ),
        click.option(
            "--log-base", type=click.Choice(["e", "10"]), default="e", show_default=True, help=r"What \log means."
        ),
    ):
        command = option(command)
    return command


def _contents(_: click.Context, __: click.Parameter, files: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(file.read() for file in files)


def limits_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--limit NAME=VALUE`, for one problem."""
    return _limits_option(DEFAULT_LIMITS)(command)


def set_limits_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--limit NAME=VALUE`, for files of problems."""
    return _limits_option(SetLimits())(command)


def _limits_option(defaults: Limits) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    names = ", ".join(f"{f.name}={f.default:g}" for f in fields(defaults) if isinstance(f.default, int | float))

    def limits(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> Limits:
        return _changed(defaults, values)

    says = f"Change a limit. Defaults: {names}."
    return click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE", callback=limits, help=says)


def _changed(limits: Limits, values: tuple[str, ...]) -> Limits:
    known = {f.name: type(getattr(limits, f.name)) for f in fields(limits)}
    for value in values:
        name, _sign, number = value.partition("=")
        name = name.strip().replace("-", "_")
        if name not in known:
            raise click.BadParameter(f"no limit {name!r}; there are " + ", ".join(known))
        try:
            limits = replace(limits, **{name: known[name](number)})
        except ValueError:
            raise click.BadParameter(f"{number!r} is not a number") from None
        if not 0 < getattr(limits, name) < _LARGEST:
            raise click.BadParameter(f"{name} must be above 0, and below {_LARGEST:g}")
    return limits


@contextlib.contextmanager
def reporting(as_json: bool) -> Iterator[None]:
    """Turn a `DeriveError` into a report on standard error and exit code 1."""
    try:
        yield
    except (DeriveError, MemoryError, RecursionError) as fault:
        error = fault if isinstance(fault, DeriveError) else LimitError("the problem needs more memory than allowed")
        if as_json:
            body = {name: getattr(error, name) for name in ("code", "message", "line", "column", "hint")}
            click.echo(json.dumps({"error": body}), err=True)
        else:
            click.echo(error.report(), err=True)
        raise click.exceptions.Exit(2 if isinstance(error, ProblemFileError) else 1) from None


def write(text: str, output: str | None) -> None:
    """Write a result to a file, all or nothing, or to standard output."""
    named = output is not None and output != "-"
    try:
        if output is None or not named:
            sys.stdout.buffer.write(text.encode())
            sys.stdout.flush()
        elif os.path.exists(output) and not os.path.isfile(output):  # a device or a pipe keeps its place
            with open(output, "wb", buffering=0) as device:
                device.write(text.encode())
        else:
            _replace(os.path.realpath(output), text)
    except BrokenPipeError:
        raise
    except OSError as fault:
        if not named:  # what is left in the buffer would fail once more when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        target = output if named else "to standard output"
        raise click.UsageError(f"cannot write {target}: {fault.strerror}") from None


def _replace(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
