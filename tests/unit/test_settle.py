"""Waiting for a goal: when it looks again, and when it stops; no engine is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.adapters.docker import settle


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order; each subscription has an event at once."""
    done: list[str] = []

    def subscribe(_project: str, _seconds: float) -> Iterator[object]:
        done.append("subscribe")
        return iter(({"Action": "start"},))

    monkeypatch.setattr(settle, "subscribe", subscribe)
    monkeypatch.setattr(settle, "BREATH", 0.0)
    return done


def goal_of(calls: list[str], *answers: list[str]) -> list[str]:
    left = list(answers)

    def goal() -> list[str]:
        calls.append("look")
        return left.pop(0)

    return settle.until(goal, "project", 60.0, calls.append)


def test_what_happens_during_a_look_is_not_missed(calls: list[str]) -> None:
    assert goal_of(calls, ["db is starting"], []) == []
    assert calls == ["subscribe", "look", "db is starting", "subscribe", "look"]


def test_a_goal_that_is_reached_is_not_waited_for(calls: list[str]) -> None:
    assert goal_of(calls, []) == []
    assert calls == ["subscribe", "look"]


def test_the_time_ends_it_whatever_happens(calls: list[str]) -> None:
    looks: list[int] = []

    def goal() -> list[str]:
        looks.append(1)
        return ["never"]

    assert settle.until(goal, "project", 0.0) == ["never"]
    assert looks == [1]
    assert calls == ["subscribe"]


def test_one_event_is_enough(calls: list[str]) -> None:
    news = iter([1, 2])
    settle.wait(news)
    assert next(news) == 2
    assert calls == []
