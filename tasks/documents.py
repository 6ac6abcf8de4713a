"""The documents that are made from the code, so that they can't be wrong.

To add one: a function that returns its whole text, declared with its path.
"""

from __future__ import annotations

from collections.abc import Callable

Generator = Callable[[], str]

GENERATORS: dict[str, Generator] = {}


def document(path: str) -> Callable[[Generator], Generator]:
    """Declare the decorated function as what makes the document at ``path``.

    Args:
        path: below the checkout, with forward slashes.

    Raises:
        ValueError: two functions make the same document.
    """

    def declare(make: Generator) -> Generator:
        if path in GENERATORS:
            raise ValueError(f"two functions make {path}")
        GENERATORS[path] = make
        return make

    return declare


def stale() -> dict[str, str]:
    """Return the documents that differ from what the code makes: path to text."""
    from .adapters.settings import data_file

    found = {}
    for path, make in GENERATORS.items():
        file = data_file(*path.split("/"))
        text = make()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            found[path] = text
    return found


@document("docs/settings.md")
def settings_page() -> str:
    """Return the page of every setting."""
    from .core.docs.settings import page

    return page()


@document(".env.example")
def example() -> str:
    """Return the example with every setting at its end."""
    from .adapters.settings import data_file
    from .core.docs.settings import START, env_block

    text = data_file(".env.example").read_text(encoding="utf-8")
    return text.partition(START)[0] + env_block()


@document("README.md")
def readme() -> str:
    """Return README with its table of tasks."""
    from .adapters.settings import data_file
    from .cli import namespace
    from .core.docs.tasks import readme

    rows = []
    for name, aliases in namespace.task_names.items():
        help = (namespace[name].__doc__ or "").strip().splitlines()[0]
        default = next((a for a in aliases if "." not in a), "")
        rows.append((default or name, help))
    return readme(data_file("README.md").read_text(encoding="utf-8"), rows)


@document("docs/checks.md")
def checks_page() -> str:
    """Return the reference of the checks."""
    from . import checks as _  # noqa: F401 - declares them
    from .core.docs.tasks import checks_page
    from .core.verdict import CHECKS

    return checks_page(CHECKS.values())


@document("docs/signatures.md")
def signatures_page() -> str:
    """Return the reference of the known failures."""
    from .core.docs.signatures import page
    from .core.signatures.catalogue import load

    return page(load())


@document("docs/fixes.md")
def fixes_page() -> str:
    """Return the reference of the fixes."""
    from . import fixes as _  # noqa: F401 - declares them
    from .core.docs.fixes import page
    from .core.fixes.fix import FIXES

    return page(FIXES.values())
