"""What lets a service at the database again: its password set, a session ended."""

from __future__ import annotations

from ...core import scram, sessions
from ...core.fixes.pgsql import end_blocker, identifier, literal
from ...core.model import Step
from .. import runner
from .doing import Doing, StepFailed
from .pgserver import Server, refusal, serving


def give_password(doing: Doing, step: Step) -> dict[str, str]:
    """Give a role the password that a service logs in with; see `set_password`."""
    service, user = step.args["service"], step.args["user"]
    set_password(doing, service, user)
    doing.say(f"the role {user} has the password of {service}")
    return {}


def set_password(doing: Doing, service: str, user: str) -> None:
    r"""Give a role the password that a service logs in with.

    Neither the password nor what is made of it is printed, written to the
    journal, or part of a command: the server is told on stdin, and only a
    verifier, as psql's ``\password`` does it.

    Raises:
        NoData: there is no database yet.
        StepFailed: it can't be told.
    """
    with serving(doing) as server:
        logins = sessions.logins(doing.model, server.service)
        wanted = next((login for login in logins if login.service == service), None)
        if wanted is None or wanted.user != user or not wanted.password:
            raise StepFailed(f"{service} does not log in as {user} any more")
        verifier = scram.verifier(wanted.password)
        _tell(server, f"alter role {identifier(user)} password", verifier)


def _tell(server: Server, statement: str, value: str) -> None:
    """Run a statement that ends with a value which nobody may see."""
    argv = server.argv("psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1")
    # The server's log would hold a statement that fails, or every one of them.
    quiet = "set log_statement = none; set log_min_error_statement = panic;"
    text = f"{quiet} {statement} {literal(value)};\n"
    said = runner.run(argv, timeout=30, stdin=text.encode())
    if not said.ok:
        raise StepFailed(f"{server.service}: {refusal(said)}")


def end_session(doing: Doing, step: Step) -> dict[str, str]:
    """End a session if others still wait for it; its transaction is rolled back."""
    pid = int(step.args["pid"])
    with serving(doing) as server:
        ended = "t" in server.ask(end_blocker(pid))
    words = "is ended" if ended else "keeps nobody waiting any more"
    doing.say(f"session {pid} {words}")
    return {}
