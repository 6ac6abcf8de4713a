"""The fixes as users read them: ``docs/fixes.md``."""

from __future__ import annotations

from collections.abc import Iterable

from ..fixes.fix import Fix

HEAD = """\
# Fixes

Each is `inv fix.<id>`; `inv fix.auto` chooses among them. This page is generated
from `tasks/fixes.py` by `./inv dev.docs`.

## How every fix behaves

1. **Guards.** The pins in the backend's build context and the frontend's API base
   URL in the resolved Compose model are looked at first. One that fails refuses
   with the file and line, what stands there, what should, and the command that
   mends it (exit 4). `--force` goes on and says which guard it overrode. A fix that
   mends a guard's very fault does not ask that guard. A guard whose subject the
   stack does not have is skipped, in words.
2. **Plan.** The steps with their exact commands, what is destroyed (with sizes) and
   what is not. `--plan`, or `inv --dry`, prints it and changes nothing.
3. **Consent.** What destroys data asks for the project's name to be typed, all else
   for y/N. `--yes` asks nothing. Without a terminal and without `--yes` it is
   refused (exit 4) and nothing is changed.
4. **Backup** before anything that can lose data; see [backup.md](backup.md). Without
   a backup nothing is destroyed (exit 4).
5. **Run.** Step n of m, the elapsed time, the last line of output; the full output,
   without secrets, goes to a journal below `.unstuck/journal`.
6. **Proof.** The services concerned must be up and healthy, the checks below must
   pass, and no check may still name this fix as its remedy. That is waited for,
   driven by the engine's events, for `UNSTUCK_VERIFY_SECONDS` at most. Passed: exit
   0, with before and after. Not passed: exit 5, with what still fails, what was left
   changed and what to try next.
7. **One at a time**, per Compose project and engine: a second one says who holds the
   lock (task, pid, since) and exits 4. The lock of a dead process is taken over; a
   command that it left running is waited for.
8. **Interruption.** After Ctrl-C (exit 130) or a kill, the next run says what was
   interrupted and offers to go on; `inv fix.resume` does, from the step that was cut
   off, and `inv fix.resume --forget` lets it be. Before it goes on to destroy
   anything, it backs up again: what was written since is in no backup yet. Where only
   the proof was missing, `fix.resume` makes up for it, and a fix that is typed again
   runs again. Ctrl-C at the question changes nothing.
9. **No engine**, or no Compose: exit 3 and what names the engine, before anything
   else. `fix.env` and `fix.restart-docker` need none.

`fix.auto` first waits for services that are still starting, 90 s at most; 10 s where
a cause is known that a fix mends: what suffers from it would not come up.

`--json` prints one document on stdout: the plan, each step's result, `before`,
`after`, `problems`, `changed`, `next`, `overridden`, `backups`, `journal`,
`status` (`planned`, `nothing`, `verified`, `unverified`, `refused`, `interrupted`)
and `exit_code`.

## The fixes
"""


def page(fixes: Iterable[Fix]) -> str:
    """Return ``docs/fixes.md``."""
    lines = [
        HEAD,
        "| task | what it does | proved by | asks no guard | `fix.auto` |",
        "| --- | --- | --- | --- | --- |",
    ]
    listed = list(fixes)
    for fix in listed:
        about = fix.doc.strip().splitlines()[0]
        proof = ", ".join(dict.fromkeys((*fix.verify, *fix.own)))
        auto = "yes" if fix.auto else "no"
        spared = ", ".join(fix.exempt)
        lines.append(f"| `{fix.task}` | {about} | {proof} | {spared} | {auto} |")
    lines += ["", "## Their own options", ""]
    for fix in listed:
        for option, meaning in fix.options.items():
            value = " VALUE" if meaning.startswith("=") else ""
            text = meaning.removeprefix("=")
            lines.append(f"- `inv {fix.task} --{option}{value}`: {text}")
    return "\n".join([*lines, ""])
