"""`derive build`: sheets, keys and pages from files of problems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from derive.cli.common import set_limits_option
from derive.cli.running import finish, reporting_options
from derive.engine.progress import Meter
from derive.errors import OutputError, visible
from derive.problems.request import Request, Shard
from derive.problems.session import How, build
from derive.writer.flavors import FLAVORS
from derive.writer.looks import untrusted
from derive.writer.sheet import PROFILES


def _names(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def _profiles(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = _names(context, parameter, value)
    unknown = [name for name in names if name not in PROFILES]
    if unknown:
        raise click.BadParameter(f"no profile {', '.join(unknown)}; there are " + ", ".join(PROFILES))
    return names


def _versions(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    number = value.strip()
    if number.isdecimal():
        if len(number) > 2 or not 0 < int(number) <= 26:
            raise click.BadParameter("there are 1 to 26 versions; name more of them: v1,v2,v3")
        return tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: int(number)])
    names = _names(context, parameter, value)
    if any(not re.fullmatch("[A-Za-z0-9]{1,16}", name) for name in names):
        raise click.BadParameter("a version is called by letters and digits: A,B,C; or give a number: 3")
    return names


def _draws(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, int] | None:
    found = [re.fullmatch(r"(.+)=(\d{1,6})", value) for value in values]
    if None in found:
        raise click.BadParameter("a tag and a number are wanted: --draw chain=2")
    return {m[1]: int(m[2]) for m in found if m} or None


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> Shard | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter("part and number of parts are wanted, 1/4 to 4/4")
    return Shard(int(found[1]), int(found[2]))


@contextmanager
def _cluster(address: str | None) -> Iterator[Executor | None]:
    """Provide the executor of a cluster of dask, if there is an address of one."""
    if address is None:
        yield None
        return
    try:
        from derive.engine.cluster import cluster  # dask enters here: half a second, and an extra
    except ImportError:
        raise click.UsageError("--scheduler needs an extra: pip install 'latex-derive[dask]'") from None
    with ExitStack() as stack:
        try:
            executor = stack.enter_context(cluster(address))
        except OutputError as fault:
            raise click.UsageError(f"--scheduler: {fault.message}") from None
        yield executor


@click.command("build")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", default="out", show_default=True, type=click.Path(path_type=Path), help="The folder.")
@click.option("--look", "looks", default="article", show_default=True, callback=_names, help="Several: exam,handout.")
@click.option(
    "--profile",
    "profiles",
    default="",
    callback=_profiles,
    help="For whom: student (problems alone), hints, answers, key (all). [default: student,key; fragments: key]",
)
@click.option("--versions", default="", callback=_versions, help="A,B,C, or how many: each with its own draws.")
@click.option("--draw", multiple=True, callback=_draws, metavar="TAG=K", help="Draw K of the problems with a tag.")
@click.option("--seed", help="Decides all that is drawn, instead of the seed of the set.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["markdown", "latex", "html"]),
    default="markdown",
    show_default=True,
    help="Of fragments.",
)
@click.option("--flavor", type=click.Choice(list(FLAVORS)), default="dollar", show_default=True)
@click.option("--lang", default="", help="Language of the words: en, de. Default: that of the set.")
@click.option(
    "--templates",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that shadows the templates file by file.",
)
@click.option("--oracle/--no-oracle", default=True, show_default=True, help="latex2sympy2 and SymPy as second opinion.")
@click.option("--pdf", is_flag=True, help="Compile the LaTeX with pdflatex.")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 if an output is not as it would be built.")
@click.option("--depfile", type=click.Path(path_type=Path), help="Write what depends on what, for make.")
@click.option("--shard", callback=_shard, metavar="K/N", help="Solve one of N parts of the problems; see merge.")
@click.option("--scheduler", metavar="ADDRESS", help="Let a cluster of dask.distributed work: tcp://host:8786")
@click.option("--chunk", type=click.IntRange(1, 10_000), help="Problems that are sent at once. [default: 16; 200]")
@reporting_options
@set_limits_option
def command(files: tuple[Path, ...], **options: Any) -> None:
    """Build sheets, keys and pages from FILES of problems (YAML, TOML, JSON, JSON Lines).

    Only what has changed is done again. derive init writes a file to start from.
    """
    request = _request(options)
    for warning in (w for folder in request.templates for w in untrusted(folder)):
        click.echo(f"warning: {visible(warning)}", err=True)
    with _cluster(options["scheduler"]) as executor:
        how = _how(options, executor)
        finish(build(files, options["output"], request, how), options["output"], options, request.templates)


def _request(o: dict[str, Any]) -> Request:
    return Request(
        looks=o["looks"],
        profiles=o["profiles"],
        versions=o["versions"],
        format=o["format_"],
        flavor=o["flavor"],
        lang=o["lang"],
        templates=o["templates"],
        oracle=o["oracle"],
        limits=o["limits"].each,
        draw=o["draw"],
        seed=o["seed"],
        pdf=o["pdf"],
    )


def _how(o: dict[str, Any], executor: Executor | None) -> How:
    return How(
        workers=o["workers"] or 0,
        executor=executor,
        chunk=o["chunk"] or (16 if executor is None else 200),
        check=o["check"],
        shard=o["shard"],
        wait=o["wait"],
        size=int(o["limits"].file_mib * 2**20),
        problems=o["limits"].problems,
        progress=Meter(o["quiet"]),
    )
