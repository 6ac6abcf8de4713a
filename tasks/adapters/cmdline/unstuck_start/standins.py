"""Stand-ins for what no task of ours needs: half of Invoke's start-up.

``import invoke`` loads asyncio, for a class that helps to test other people's
tasks; a YAML reader, for settings that hardly anybody has; and the e-mail
package, to look up its own version. That is 55 of 110 ms before the first line
of ``tasks.py``. Libraries that our tasks use load others likewise, for what they
may be asked one day. Stand-ins take the places of those; whoever asks one of
them for something gets it from the real module.
"""

from __future__ import annotations

import os
import sys
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType


class Later(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # the import system's own questions
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def later(name: str, **known: object) -> Later:
    """Return a stand-in for the module of that name.

    Args:
        name: as it is imported.
        known: what is asked for while Invoke is imported.
    """
    module = Later(name)
    vars(module).update(known)
    return module


@contextmanager
def standing_in(*modules: Later) -> Iterator[None]:
    """Let the stand-ins be found by imports; those already loaded stay."""
    new = [module for module in modules if module.__name__ not in sys.modules]
    sys.modules.update({module.__name__: module for module in new})
    try:
        yield
    finally:
        for module in new:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]


def _mock(*args: object, **kwargs: object) -> object:
    """Make a real ``Mock``: Invoke's ``MockContext`` calls this one's name."""
    from unittest.mock import Mock

    return Mock(*args, **kwargs)


def _version(name: str) -> str:
    """Read an installed version from the name of its directory.

    Raises:
        LookupError: there is none beside the package.
    """
    spec = PathFinder.find_spec(name)
    if spec and spec.origin:
        for info in Path(spec.origin).parents[1].glob(f"{name}-*.dist-info"):
            return info.name.removesuffix(".dist-info").partition("-")[2]
    raise LookupError(f"{name} is not installed")


class _Logger:
    """Stands for a logger until it is asked for something."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        import logging

        return getattr(logging.getLogger(self._name), attribute)


def _no_utf8(text: str) -> bool:
    """Tell whether a text holds what can't be encoded, as `email.utils` does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def stand_in_for_good() -> None:
    """Put off modules that others import, and use in few of their functions."""
    import_module("email")  # so that its modules are put off as its attributes too
    put_off = (
        later("bz2"),  # shutil, for archives
        # http.client, for headers beyond ASCII and for dates
        later("email.header"),
        later("email.utils", _has_surrogates=_no_utf8),
        later("lzma"),
        later("msgspec.inspect"),  # msgspec, for schemas
        later("platform", system=lambda: os.uname().sysname),  # uuid, likewise
        later("ssl"),  # http.client, for https
        later("stringprep"),  # the codec idna, for names beyond ASCII
        later("tempfile"),  # dotenv, for writing
        # msgspec, which takes the same from typing where this is not installed.
        later(
            "typing_extensions",
            get_type_hints=typing.get_type_hints,
            NotRequired=typing.NotRequired,
            Required=typing.Required,
        ),
    )
    for module in put_off:
        _put_off(module)


def stand_in_for_logging() -> None:
    """Put off what dotenv logs by, and never does; others' tasks may do so."""
    _put_off(later("logging", getLogger=_Logger))


def _put_off(module: Later) -> None:
    if sys.modules.setdefault(module.__name__, module) is module:
        parent, _, name = module.__name__.rpartition(".")
        if parent in sys.modules:  # as the import itself would do
            setattr(sys.modules[parent], name, module)


@contextmanager
def standing_in_for_invoke() -> Iterator[None]:
    """Put off what Invoke imports and no task of ours needs."""
    metadata = later("importlib.metadata", version=_version)
    mock = later("unittest.mock", Mock=_mock)
    unittest = later("unittest", mock=mock)
    with standing_in(metadata, mock, unittest, later("invoke.vendor.yaml")):
        yield
