"""The command line: one module a command. A command is imported when it is called; `--help` imports none."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from derive import __version__

_COMMANDS = {
    "solve": "Work out a derivative and print the checked solution.",
    "parse": "Show how a formula is read.",
    "rules": "Print the tables of rules, functions and methods.",
    "build": "Build sheets, keys and pages from files of problems.",
    "merge": "Put the shards of a build together.",
    "weave": "Put solutions into documents.",
    "watch": "Build or weave again whenever a file changes.",
    "pandoc-filter": "Put solutions into a document of pandoc, or Quarto: a JSON filter.",
    "init": "Write a set of problems, or the templates of a look, to start from.",
}


class _LazyGroup(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"derive.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="derive")
def cli() -> None:
    """Worked derivatives from LaTeX, each line checked numerically.

    Exit codes: 0 fine, 1 a problem could not be solved, 2 wrong usage or file, 3 outputs are stale (--check), 130
    interrupted.
    """


def main() -> None:
    """Run the command line."""
    try:
        sys.exit(cli(standalone_mode=False))  # the code of an `Exit`, or None
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
