"""What Invoke does for every task on each call, done for the one that is typed.

With 60 tasks it turns the same names from ``rebuild_backend`` to
``rebuild-backend`` 7,000 times, letter by letter; copies the tree of tasks that
nobody else holds; and reads, copies and prints the arguments of all tasks
before it runs one. That is a fifth of every call, and a third of completion.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from invoke import Collection
from invoke.parser import Argument, ParserContext, parser
from invoke.parser.parser import Lexicon


def install() -> None:
    """Put the quicker ones in place; done once, when the command tree is loaded."""
    Collection.transform = _transform  # type: ignore[assignment,method-assign]
    Collection._transform_lexicon = _transform_keys  # type: ignore[assignment,method-assign]
    Collection.task_names = property(_task_names)  # type: ignore[assignment]
    Collection.to_contexts = _to_contexts  # type: ignore[assignment,method-assign]
    parser.Lexicon = _Shared  # type: ignore[misc]


_transform_as_invoke_does = Collection.transform


@cache
def _dashed(name: str) -> str:
    return _transform_as_invoke_does(Collection(), name)


def _transform(collection: Collection, name: str) -> str:
    if not collection.auto_dash_names:
        return _transform_as_invoke_does(collection, name)
    return _dashed(name)


def _transform_keys(collection: Collection, old: Lexicon) -> Lexicon:
    """Do as the original, without a deep copy of every value."""
    new = Lexicon()  # type: ignore[no-untyped-call]
    for key, value in old.items():
        new[collection.transform(key)] = value
    for key, value in old.aliases.items():
        names = collection.transform(key), collection.transform(value)
        new.alias(*names)  # type: ignore[no-untyped-call]
    return new


_task_names_as_invoke_does = Collection.task_names.fget  # type: ignore[attr-defined]


def _task_names(collection: Collection) -> dict[str, list[str]]:
    """Gather them once: completion asks anew for each task that it prints."""
    kept = vars(collection)
    if "_names" not in kept:
        kept["_names"] = _task_names_as_invoke_does(collection)
    names: dict[str, list[str]] = kept["_names"]
    return names


def _to_contexts(
    collection: Collection, ignore_unknown_help: bool | None = None
) -> list[ParserContext]:
    def unread(name: str, aliases: list[str]) -> _Unread:
        read = collection[name].get_arguments
        return _Unread(name, aliases, lambda: read(ignore_unknown_help))

    return [unread(*names) for names in collection.task_names.items()]


class _Unread(ParserContext):
    """A task's arguments, read from its signature when first asked for."""

    def __init__(
        self, name: str, aliases: list[str], read: Callable[[], list[Argument]]
    ) -> None:
        self.name = name
        self.aliases = aliases
        self._read = read

    def __getattr__(self, attribute: str) -> object:
        if attribute not in {"args", "positional_args", "flags", "inverse_flags"}:
            raise AttributeError(attribute)
        super().__init__(self.name, self.aliases, self._read())
        return vars(self)[attribute]

    def __repr__(self) -> str:
        return f"<{self.name}>"


class _Shared(Lexicon):
    """All tasks' arguments; the parser copies the ones that it fills in."""

    def __deepcopy__(self, memo: object) -> _Shared:
        return self

    def __repr__(self) -> str:
        return f"<{len(self)} tasks>"
