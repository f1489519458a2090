"""Reading `Retry` and `Catch`.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (fields, defaults and limits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.definition import Catcher, Retrier
from twinstage.simulate.pipeline.failures import ALL
from twinstage.simulate.pipeline.path_steps import PathError, read_reference_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.simulate.pipeline.reading_fields import Reading

_JITTERS: Final = ("NONE", "FULL")
_LONGEST_DELAY_S: Final = 31_622_400


def read_retriers(node: Mapping[str, Any], place: tuple[str | int, ...], reading: Reading) -> tuple[Retrier, ...]:
    """A state's retriers, in their order."""
    return tuple(_retrier(each, errors, where, reading) for each, errors, where in _each(node, "Retry", place, reading))


def read_catchers(
    node: Mapping[str, Any], place: tuple[str | int, ...], siblings: Mapping[str, Any], reading: Reading
) -> tuple[Catcher, ...]:
    """A state's catchers, in their order."""
    catchers = []
    for each, errors, where in _each(node, "Catch", place, reading):
        reading.target(each.get("Next"), (*where, "Next") if "Next" in each else where, siblings)
        reading.mapping(each, "Assign", where)
        path = each.get("ResultPath", "$")
        if path is not None:
            try:
                read_reference_path(path if isinstance(path, str) else repr(path))
            except PathError as error:
                reading.refuse((*where, "ResultPath"), str(error))
                path = "$"
        catchers.append(Catcher(errors, str(each.get("Next")), path, each))
    return tuple(catchers)


def _retrier(
    node: Mapping[str, Any], errors: tuple[str, ...], place: tuple[str | int, ...], reading: Reading
) -> Retrier:
    interval = reading.number(node, "IntervalSeconds", place, least=1)
    attempts = reading.number(node, "MaxAttempts", place, least=0)
    rate = reading.number(node, "BackoffRate", place, least=1)
    cap = reading.number(node, "MaxDelaySeconds", place, least=1, most=_LONGEST_DELAY_S)
    jitter = node.get("JitterStrategy", "NONE")
    if jitter not in _JITTERS:
        reading.refuse((*place, "JitterStrategy"), f"{jitter!r} is no strategy", "NONE or FULL")
    return Retrier(
        errors,
        1 if interval is None else interval,
        3 if attempts is None else int(attempts),
        2.0 if rate is None else rate,
        cap,
        jitter == "FULL",
    )


def _each(
    node: Mapping[str, Any], name: str, place: tuple[str | int, ...], reading: Reading
) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...], tuple[str | int, ...]]]:
    """Each element of a list of retriers or catchers, with the errors it names and its place."""
    given = node.get(name)
    if given is None:
        return
    if not isinstance(given, list):
        reading.refuse((*place, name), f"{name} is an array")
        return
    for at, each in enumerate(given):
        where = (*place, name, at)
        errors = each.get("ErrorEquals") if isinstance(each, dict) else None
        if not isinstance(errors, list) or not errors or not all(isinstance(error, str) for error in errors):
            reading.refuse(where, "ErrorEquals is an array of at least one error's name")
            continue
        if ALL in errors and (len(errors) > 1 or at + 1 < len(given)):
            reading.refuse((*where, "ErrorEquals"), f"{ALL} stands alone, and in the last element only")
        yield each, tuple(errors), where
