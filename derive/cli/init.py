"""`derive init`: a set of problems to start from, the templates of a look to change, the style file of documents."""

from __future__ import annotations

import json
from pathlib import Path

import click

from derive.cli.common import reporting
from derive.engine.files import write_if_changed
from derive.errors import ProblemFileError, UnsupportedError
from derive.problems.schema import json_schema
from derive.problems.starter import starter
from derive.weave.style import STYLE, style_file
from derive.writer.looks import looks
from derive.writer.templates import template_folder


@click.command("init")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--look", help="Copy the templates of this look instead; build with --templates finds them.")
@click.option("--style", is_flag=True, help=r"Write derive.sty, for \usepackage{derive}, to the folder PATH instead.")
@click.option("--schema", is_flag=True, help="Write the JSON Schema of sets, for editors, to PATH instead.")
@click.option("--force", is_flag=True, help="Write over what is there.")
def command(path: Path | None, look: str | None, style: bool, schema: bool, force: bool) -> None:
    """Write a commented set of problems to PATH (problems.yaml), or what --look, --style or --schema names."""
    with reporting(as_json=False):
        if look:
            files, base = _templates(look), path or Path("templates")
        elif style:
            files, base = {Path(STYLE): style_file()}, path or Path()
        elif schema:
            text = json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"
            files, base = {Path(): text.encode()}, path or Path("derive-set.schema.json")
        else:
            files, base = {Path(): starter().encode()}, path or Path("problems.yaml")
            if base.suffix.lower() not in (".yaml", ".yml"):
                raise ProblemFileError(f"{base} is to be a file of YAML", hint="call it as in problems.yaml")
        targets = {base if name == Path() else base / name: data for name, data in files.items()}
        taken = [str(p) for p in targets if p.exists()]
        if taken and not force:
            raise ProblemFileError(f"{', '.join(taken)} is there already", hint="name another place, or use --force")
        for target, data in targets.items():
            write_if_changed(target, data)
            click.echo(target)


def _templates(look: str) -> dict[Path, bytes]:
    """Return the files of a look, by their paths in a folder of templates."""
    known = looks(())
    if look not in known:
        raise UnsupportedError(f"there is no look {look}", hint="there are " + ", ".join(sorted(known)))
    folder = template_folder()
    return {f.relative_to(folder): f.read_bytes() for f in sorted((folder / look).rglob("*")) if f.is_file()}
