"""Render a page: templates of a room inside the shared frame, style and script inlined.

Everything that is put in is escaped by jinja2, and a content security policy in the page allows no
script and no style but those that are part of it (named by their hashes).
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

HOME = "storybench.page"
PICTURES_INSIDE = "data:"
PICTURES_BESIDE = "data: 'self' file:"
"""Where pictures may come from: the page itself, or also files that stand beside it."""


def render(
    room: str, template: str, *, style: str, script: str = "", pictures: str, **values: Any
) -> str:
    """A whole page.

    Args:
        room: the package whose `templates` hold the template, its style and its script.
        template: extends "document.html".
        style: a file of the room's templates, set behind the shared base.
        script: a file of the room's templates, set behind the shared theme switch; may be none.
        pictures: `PICTURES_INSIDE` or `PICTURES_BESIDE`.
        values: what the template names.
    """
    css = part(HOME, "base.css") + part(room, style)
    javascript = part(HOME, "theme.js") + (part(room, script) if script else "")
    return (
        _environment(room)
        .get_template(template)
        .render(
            style=Markup(css),
            script=Markup(javascript),
            policy=policy(css, javascript, pictures=pictures),
            **values,
        )
    )


def part(room: str, name: str) -> str:
    """The text of a file among the templates of a room."""
    return files(room).joinpath("templates", name).read_text("utf-8")


def policy(style: str, script: str, *, pictures: str) -> str:
    """The content security policy: nothing from outside, no style or script but these."""
    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src {pictures}; "
        f"style-src {_source_hash(style)}; script-src {_source_hash(script)}"
    )


def _environment(room: str) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(room), PackageLoader(HOME)]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _source_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
