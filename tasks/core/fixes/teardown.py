"""What taking the reference stack down removes, and what it leaves."""

from __future__ import annotations

from ..model import Step
from .nuking import shown
from .plan import Plan
from .remedies import names
from .stakes import Stakes


def plan(argv: tuple[str, ...], project: str, stakes: Stakes, *, volumes: bool) -> Plan:
    """Return the plan of ``demo.down``.

    Args:
        argv: the Compose command that does it.
        project: the Compose project.
        stakes: what there is of it.
        volumes: whether its data goes, too.
    """
    gone = [volume for volume in stakes.volumes if volumes and not volume.external]
    stays = [volume for volume in stakes.volumes if volume not in gone]
    why = (
        "remove containers, networks and volumes"
        if gone
        else ("remove containers and networks")
    )
    return Plan(
        task="demo.down",
        project=project,
        purpose="Stop the reference stack and remove its containers.",
        steps=(
            Step(
                why=why,
                argv=argv,
                destroys=(*_containers(stakes), *(shown(volume) for volume in gone)),
                loses_data=bool(gone),
            ),
        ),
        keeps=(
            *(f"volume {volume.name}" for volume in stays),
            "images and the builder cache",
        ),
        notes=("no backup is made: inv db.backup does that",) if gone else (),
        options={"volumes": "yes"} if volumes else {},
    )


def _containers(stakes: Stakes) -> tuple[str, ...]:
    count = len(stakes.containers)
    return (f"{count} containers: {names(stakes.containers)}",) if count else ()
