"""Pages: templates with the answers in them, every value escaped, nothing that runs or loads anything."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lineage.reports.naming import moment, short
from lineage.reports.safe import code, markdown, visible

_TEMPLATES: Final = "templates"


@lru_cache(maxsize=1)
def style() -> str:
    """The style sheet of every page."""
    return files(__package__).joinpath(_TEMPLATES, "style.css").read_text(encoding="utf-8").strip()


def policy() -> str:
    """The content security policy of every page: its own style sheet by its hash, and nothing else at all."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(template: str, **values: Any) -> str:
    """An HTML page. Text in `values` is escaped wherever it is put; pictures of this package are `Markup`."""
    return _html().get_template(template).render(style=Markup(style()), policy=policy(), **values)  # noqa: S704


def document(template: str, **values: Any) -> str:
    """A Markdown document; its templates pass every value through `md` or `span`."""
    return _markdown().get_template(template).render(**values)


def picture(svg: str) -> Markup:
    """An SVG of this package, to stand in a page."""
    return Markup(svg)  # noqa: S704 - made by `drawing` and `charts`, which escape what they are told


@lru_cache(maxsize=1)
def _html() -> Environment:
    made = Environment(
        loader=PackageLoader("lineage.reports", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    made.filters.update(short=short, moment=moment)
    return made


@lru_cache(maxsize=1)
def _markdown() -> Environment:
    made = Environment(
        loader=PackageLoader("lineage.reports", _TEMPLATES),
        autoescape=False,  # noqa: S701 - no HTML: `md` and `span` escape for Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        md=lambda value: markdown(str(value)), span=lambda value: code(str(value)), short=short, moment=moment
    )
    return made


def _seen(value: Any) -> Any:
    """Characters that act without being seen are written out; markup of this package stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return escape(visible(value))
    return value
