"""Tab completion in the real shells."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "templates" / "completion"

BASH = """
source {script}
COMP_WORDS=(./inv {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_unstuck_inv ./inv "${{COMP_WORDS[-1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
autoload -Uz compinit; compinit -u -D
source {script}
compadd() {{ print -l -- $candidates; }}
words=(./inv {words}); CURRENT=$#words
_unstuck_inv
"""
FISH = """
source {script}
complete -C "./inv {words}"
"""


@pytest.mark.parametrize(
    ("shell", "program"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)]
)
@pytest.mark.parametrize(
    ("words", "offered"),
    [("check.dat", {"check.data", "check.database"}), ("check.all --re", {"--replay"})],
)
def test_it_offers_tasks_and_options(
    shell: str, program: str, words: str, offered: set[str]
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed here")
    script = program.format(script=SCRIPTS / f"inv.{shell}", words=words)
    said = subprocess.run(
        [shell, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert offered <= set(said.stdout.split()), said.stderr
