"""The one door to ``.env`` and the process's environment."""

from __future__ import annotations

import os
from pathlib import Path

from ..core import config
from ..core.errors import WrongUsage

#: Where this copy of Unstuck lives; also the stack's root unless told otherwise.
HOME = Path(__file__).resolve().parents[2]


def load(root: Path | None = None) -> config.Settings:
    """Return the settings of the stack at ``root``.

    The root is ``UNSTUCK_ROOT`` when set, else this checkout. The process's
    environment wins over ``.env``, as it does for Compose.

    Raises:
        WrongUsage: the root is no directory, ``.env`` can't be read, or a
            setting's value is not of its kind.
    """
    root = (root or Path(os.environ.get("UNSTUCK_ROOT") or HOME)).resolve()
    if not root.is_dir():
        raise WrongUsage(f"UNSTUCK_ROOT is no directory: {root}")
    return config.parse(root, {**read_env(root / ".env"), **os.environ})


def read_env(path: Path) -> dict[str, str]:
    """Return the keys and values of an env file; none if there is no file.

    Raises:
        WrongUsage: it can't be read or is no text.
    """
    from dotenv.main import resolve_variables
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8") as stream:
            # Not all of dotenv: it would warn of a line that is no assignment;
            # check.env says so, once.
            lines = [(line.key, line.value) for line in parse_stream(stream)]
            named = [(key, value) for key, value in lines if key is not None]
            # As in Compose, ${NAME} in a value is the environment's NAME first.
            values = resolve_variables(named, override=False)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8: byte {error.start + 1}"
        raise WrongUsage(message) from None
    except OSError as error:
        raise WrongUsage(f"{path} can't be read: {error.strerror}") from None
    return {key: value for key, value in values.items() if value is not None}


def process_environ() -> dict[str, str]:
    """Return this process's own environment."""
    return dict(os.environ)


def data_file(*parts: str) -> Path:
    """Return the path of a template or data file that ships with Unstuck."""
    return HOME.joinpath(*parts)
