"""What stands before the finders: quick, and never blind."""

import re

from tasks.core.redact.engine import Engine
from tasks.core.redact.keys import Keys
from tasks.core.redact.prefilter import _uncounted

TRIGGERS = [rule.trigger for _, rules in Engine(Keys((), ()))._looks for rule in rules]
CHANGED = [trigger for trigger in TRIGGERS if _uncounted(trigger) != trigger]


def test_some_trigger_is_spared_its_count() -> None:
    assert CHANGED


def test_what_a_trigger_matches_it_matches_without_its_count() -> None:
    keys = ("DB_PASSWORD", "x-api-key", "npmAuthToken", "auth_token" + "x" * 40)
    ends = ("", "'", '\\"', "\\\\\\'", "-id", "\\")
    lines = [f"set {key}{end} value".encode() for key in keys for end in ends]
    matched = 0
    for trigger in CHANGED:
        counted, free = re.compile(trigger), re.compile(_uncounted(trigger))
        for line in filter(counted.search, lines):
            matched += 1
            assert free.search(line), (trigger, line)
    assert matched
