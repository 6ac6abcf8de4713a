"""The one door to Jinja2: every long text a user reads comes from ``templates/``."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from ..core.moments import clock
from ..core.states import size
from .settings import data_file


def render(name: str, context: dict[str, Any]) -> str:
    """Return a template filled in; ``.html.j2`` escapes whatever is put in.

    Args:
        name: of a file in ``templates/``.
        context: the values it uses; one that is missing is an error.
    """
    import jinja2

    page = name.endswith(".html.j2")  # elsewhere every line break counts
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_file("templates")),
        autoescape=jinja2.select_autoescape(
            enabled_extensions=("html.j2",), default=False
        ),
        undefined=jinja2.StrictUndefined,
        trim_blocks=page,
        lstrip_blocks=page,
        keep_trailing_newline=True,
    )
    environment.filters.update(md=_md, fenced=_fenced, clock=clock, size=size)
    return environment.get_template(name).render(context)


def page(name: str, context: dict[str, Any], *, style: str, script: str) -> str:
    """Return a self-contained page: its style and script stand in it.

    The page's content security policy names both by their SHA-256 and allows
    nothing else, so no other script can run whatever the page shows.

    Args:
        name: the template; it uses ``style``, ``script`` and ``policy``.
        context: its other values.
        style: name of the style sheet in ``templates/``.
        script: name of the script there.
    """
    from markupsafe import Markup

    texts = {"style": _text(style), "script": _text(script)}
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_digest(texts['style'])}; script-src {_digest(texts['script'])}"
    )
    # These are this product's own files, so they are markup.
    trusted = {key: Markup(text) for key, text in texts.items()}  # noqa: S704
    return render(name, {**context, **trusted, "policy": Markup(policy)})  # noqa: S704


def _text(name: str) -> str:
    return data_file("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _md(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    flat = " ".join(text.split())
    # An underscore within a word means nothing to Markdown; around one it does.
    return re.sub(r"([\\`*<\[\]~]|(?<!\w)_|_(?!\w))", r"\\\1", flat)


def _fenced(text: str) -> str:
    """Return a block of code that nothing in the text can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"
