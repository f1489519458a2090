"""What may be done at all: every check of a work item, in one place, made once, when the item is made.

A plan is admitted when it is taken, a tree when it is put on the cleaner's list. From then on the message is the proof:
the steps that follow only do what was admitted, which spares each of them two to four calls of an API that allows an
account five a second.
"""

from __future__ import annotations

from records import ENDPOINTS, listing
from serving import Serving
from trees import by_generation


def is_newer(generation: int) -> bool:
    """Whether any endpoint has yet to see a plan of that generation."""
    return any(Serving.of(endpoint).applied < generation for endpoint in ENDPOINTS)


def expendable(last: int) -> dict[str, list[int]]:
    """The trees up to generation `last` that no name points at, oldest first, for each zone that has any."""
    found: dict[str, list[int]] = {}
    for endpoint in ENDPOINTS:
        records = listing(endpoint)
        in_use = Serving.among(records, endpoint).in_use
        retired = [each for each in by_generation(records) if each <= last and each not in in_use]
        if retired:
            found[endpoint.zone] = retired
    return found
