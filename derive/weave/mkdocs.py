"""A plugin for MkDocs: the blocks of derive in pages become solutions.

plugins:
  - search
  - derive:
      options: {detail: brief}
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.utils.meta import get_data

from derive.errors import DeriveError, counted
from derive.options import Value
from derive.weave.library import Weaver
from derive.weave.site import nearby, options_of

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.pages import Page

_log = get_plugin_logger(__name__)


class DeriveConfig(Config):
    """What mkdocs.yml says: `options` of derive, the language, and whether an error ends the build (`strict`)."""

    options = config_options.Type(dict, default={})
    lang = config_options.Optional(config_options.Type(str))
    strict = config_options.Type(bool, default=False)


class DerivePlugin(BasePlugin[DeriveConfig]):
    """Weaves each page before its Markdown is read. An error is a warning of MkDocs, so `--strict` makes it fail."""

    def __init__(self) -> None:
        super().__init__()
        self.weaver: Weaver | None = None
        self.defaults: dict[str, Value] = {}
        self.serves = False
        self.errors = 0

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Note whether pages will be built again and again; for this method, MkDocs keeps the plugin between builds."""
        self.serves = command == "serve"

    def on_config(self, config: MkDocsConfig) -> None:
        """Read the options."""
        self.errors = 0
        given = {"flavor": "mkdocs", "lang": self.config.lang, **self.config.options}
        try:
            self.defaults = options_of(given, Path(config.config_file_path or "mkdocs.yml"))
        except DeriveError as error:
            raise PluginError(error.report()) from None

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
        """Return the page with its solutions."""
        if "derive" not in markdown:
            return markdown
        front = _front_matter(page.file.content_string)
        path = nearby(Path(page.file.abs_src_path or Path(config.docs_dir, page.file.src_uri)))
        self.weaver = self.weaver or Weaver()
        try:
            woven = self.weaver.weave(front + markdown, path, defaults=self.defaults)
        except DeriveError as fault:
            raise PluginError(fault.report()) from None
        for told in (*woven.errors, *woven.warnings):
            _log.warning(told.report())
        self.errors += len(woven.errors)
        return woven.text[len(front) :]

    def on_env(self, env: Any, **_: Any) -> None:
        """End the build before anything is written, if errors should."""
        if self.errors and self.config.strict:
            raise PluginError(f"derive: {counted(self.errors, 'formula')} without a solution")

    def on_serve(self, server: LiveReloadServer, **_: Any) -> None:
        """Build again when a file changes that pages name, or their configuration."""
        for file in self.weaver.files if self.weaver is not None else ():
            if file.is_file():
                server.watch(str(file))

    def on_post_build(self, **_: Any) -> None:
        """End the child processes, unless pages will be built again."""
        if not self.serves:
            self.on_shutdown()

    def on_build_error(self, **_: Any) -> None:
        """End them after an error, too."""
        self.on_post_build()

    def on_shutdown(self) -> None:
        """End the child processes."""
        if self.weaver is not None:
            self.weaver.close()
            self.weaver = None


def _front_matter(source: str) -> str:
    """Return what MkDocs has taken from the start of a page: it may hold options, and lines are counted with it."""
    body, _ = get_data(source)
    return source.rpartition(body)[0] if body else source
