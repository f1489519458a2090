"""Scripts that several tests explore: one that counts, one that works under a lock, one that holds a lock for others to wait for."""

from __future__ import annotations

from scripted import Refused, create, delete, get, put, value_of


def counter(_event, _environment):
    number = value_of((yield get("n")))
    yield put("n", number + 1)
    return number


def locked(_event, environment):
    """Takes the lock (its value is new with every try), works, gives it back."""
    while True:
        try:
            yield create("lock", int(environment.clock() * 1000))
            break
        except Refused:
            yield environment.random.uniform(0.5, 1.5)
    number = value_of((yield get("n")))
    yield put("n", number + 1)
    yield delete("lock")


def holding(_event, _environment):
    yield create("lock")
    yield put("held", 1)
    yield delete("lock")
