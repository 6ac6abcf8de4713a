"""What an action needs while a plan is carried out, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ...core.errors import Stop
from ..compose import Compose

if TYPE_CHECKING:
    from ...core.config import Settings
    from ...core.snapshot import Model
    from ..engine import Engine


class StepFailed(Stop):
    """A step did not do what it should; what came before it stands."""


class BackupFailed(Stop):
    """There is no backup, so nothing may be destroyed."""


@dataclass
class Doing:
    """One run of a plan.

    Attributes:
        settings: the settings of this run.
        task: what was typed, without ``inv``.
        stamp: the run's time in file names.
        say: takes a line of progress or output.
        memory: what earlier steps left for later ones: paths of backups.
    """

    settings: Settings
    task: str
    stamp: str
    say: Callable[[str], None] = lambda _line: None
    memory: dict[str, str] = field(default_factory=dict)

    @cached_property
    def compose(self) -> Compose:
        """The stack's Compose command."""
        return Compose(self.settings)

    @cached_property
    def engine(self) -> Engine:
        """The engine that Compose talks to, too.

        Raises:
            EngineUnavailable: none answers.
        """
        from ..engine import connect

        return connect()

    @cached_property
    def model(self) -> Model:
        """The Compose model, with real values: never written anywhere."""
        return self.compose.resolve().model

    @property
    def project(self) -> str:
        """The Compose project's name."""
        return self.model.project
