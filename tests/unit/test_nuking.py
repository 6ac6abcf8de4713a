"""fix.nuke's plan: exactly what goes, and what stays."""

from __future__ import annotations

from tasks.core.fixes.stakes import ImageUse, Volume
from tasks.core.snapshot import Snapshot

from .planning import MB, STAMP, bind, commands, image, plan, stakes
from .stored import change, healthy, with_part, without

START = [
    "up --detach --no-deps db",
    "await-database",
    "run --rm --no-deps --no-TTY --entrypoint alembic backend upgrade head",
    "up --detach",
]
PRUNE = "docker builder prune --all --force"


def bound() -> Snapshot:
    """Return the healthy stack with its database's files in a directory."""
    model = healthy().model
    assert model
    db = model.services["db"]
    mount = change(db.mounts[0], type="bind", source="/stack/pgdata")
    services = {**model.services, "db": change(db, mounts=(mount,))}
    return with_part("model", services=services)


def test_without_data_nothing_is_lost() -> None:
    made = plan("nuke", stakes=stakes())
    assert commands(made) == ["down", "remove-images", PRUNE, "build", *START]
    assert not made.loses_data
    assert "volume lead_postgres_data" in made.keeps
    assert "base images: postgres:15" in made.keeps


def test_a_migration_to_come_is_backed_up_for() -> None:
    behind = with_part("database", revisions=("0005_absences",))
    assert commands(plan("nuke", behind, stakes=stakes()))[0] == "backup"
    unknown = without("database", "db is exited")
    assert commands(plan("nuke", unknown, stakes=stakes()))[0] == "backup"


def test_with_data_everything_is_kept_somewhere_first() -> None:
    made = plan("nuke", stakes=stakes(), data="yes")
    assert commands(made) == [
        *("backup", "stop", "copy-volume", "down", "remove-images", PRUNE, "build"),
        *START,
    ]
    assert made.loses_data
    assert made.steps[0].args == {"files": "yes"}
    assert made.steps[2].args["volume"] == "lead_redis_data"
    assert made.steps[3].argv[-2:] == ("down", "--volumes")
    assert "volume lead_postgres_data (48.0 MB)" in made.destroys
    assert any("4.5 GB" in line and "every project" in line for line in made.destroys)


def test_a_volume_without_a_name_is_copied_as_well() -> None:
    loose = Volume(name="0123456789abcdef", service="redis", target="/data", size=MB)
    far = Volume(name="far", key="far", service="redis", external=True)
    at_stake = stakes(volumes=(stakes().volumes[0], loose, far))
    made = plan("nuke", stakes=at_stake, data="yes")
    copied = [step for step in made.steps if step.action == "copy-volume"]
    assert [step.args["volume"] for step in copied] == ["0123456789abcdef"]
    assert copied[0].why == (
        "copy the anonymous volume 0123456789ab of redis (1.0 MB) to a file"
    )


def test_the_cache_can_be_left_alone_and_is_not_used_then() -> None:
    made = plan("nuke", stakes=stakes(), keep_cache="yes")
    assert PRUNE not in commands(made)
    assert "build --no-cache" in commands(made)


def test_orphans_are_never_removed() -> None:
    siblings = stakes(siblings=("lead-helper-1",))
    made = plan("nuke", stakes=siblings, data="yes")
    assert not any("--remove-orphans" in step.argv for step in made.steps)
    assert any("lead-helper-1" in line for line in made.keeps)


def test_images_that_others_use_are_kept() -> None:
    shared = image("backend", "lead-backend:latest", others=("other-app-1",))
    images = (shared, image("frontend", "lead-frontend:latest"))
    made = plan("nuke", stakes=stakes(images=images))
    step = next(s for s in made.steps if s.action == "remove-images")
    assert step.args["images"] == "lead-frontend:latest"
    assert "lead-backend:latest: used by other-app-1" in made.keeps


def test_only_this_projects_names_of_an_image_are_removed() -> None:
    two = image("backend", "lead-backend:latest")
    two = change(two, tags=("lead-backend:latest", "other-backend:latest"))
    nameless = ImageUse(id="sha256:old", services=("backend",), built=True)
    made = plan("nuke", stakes=stakes(images=(two, nameless)))
    step = next(s for s in made.steps if s.action == "remove-images")
    assert step.args["images"] == "lead-backend:latest sha256:old"


def test_base_images_stay_even_alone() -> None:
    base = ImageUse(id="sha256:base", tags=("postgres:15",), services=("db",))
    made = plan("nuke", stakes=stakes(images=(base,)))
    assert "remove-images" not in commands(made)


def test_a_bind_mounted_database_is_moved_aside_with_data_only() -> None:
    at_stake = stakes(volumes=(), binds=(bind("/stack/pgdata"),))
    plain = plan("nuke", bound(), stakes=at_stake)
    assert "move-aside" not in commands(plain)
    assert "directory /stack/pgdata survives: it is bind-mounted" in plain.keeps
    made = plan("nuke", bound(), stakes=at_stake, data="yes")
    step = next(s for s in made.steps if s.action == "move-aside")
    assert step.args["target"] == f"/stack/pgdata.{STAMP}"
    assert commands(made)[0] == "backup"


def test_a_volume_without_a_name_is_put_back() -> None:
    """`down` alone loses it: the next container gets a new one."""
    hidden = Volume(
        name="0" * 64, service="db", target="/var/lib/postgresql/data", size=MB
    )
    made = plan("nuke", stakes=stakes(volumes=(hidden,)))
    assert commands(made)[0] == "backup"
    assert "restore-latest" in commands(made)
    assert made.loses_data


def test_what_can_t_be_done_is_said_before_anything_is() -> None:
    volume = stakes().volumes[0]
    external = stakes(volumes=(change(volume, external=True),))
    assert "external" in plan("nuke", stakes=external, data="yes").blocked
    shared = stakes(volumes=(change(volume, others=("other-db-1",)),))
    assert "other-db-1" in plan("nuke", stakes=shared, data="yes").blocked
    assert plan("nuke", stakes=shared).blocked == ""
    assert "does not answer" in plan("nuke", data="yes").blocked
    unresolved = with_part("model", error="no such file", approximate=True)
    assert "no such file" in plan("nuke", unresolved, stakes=stakes()).blocked
