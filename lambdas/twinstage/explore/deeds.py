"""What a container's step did to the records of a zone, as a deed of the invocation that took it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.explore.case import Message
from twinstage.model.deed import Deed, Written
from twinstage.world.contained import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.explore.nodes import Node
    from twinstage.explore.request import Request


def deed_of(node: Node, at_s: float) -> Deed | None:
    """The deed of the invocation that stands at `node`, once its call is carried out at that time; None where that changes no records.

    Nor is a recorded change a deed: no invocation made it.
    """
    delivery, written = node.serving.delivery_of(node.index), _written(node.request, at_s)
    if written is None or not isinstance(delivery, Message):
        return None
    return Deed(delivery.function, delivery.event, written, tuple(_earlier(node))[::-1])


def _earlier(node: Node) -> Iterator[Written]:
    """The batches of the same invocation that were carried out, the last first."""
    while node.answer is not None and node.parent is not None:
        written = _written(node.parent.request, node.at_s)
        if written is not None and not isinstance(node.answer.reply, Failed):
            yield written
        node = node.parent


def _written(request: Request | None, at_s: float) -> Written | None:
    if request is None or request.operation != "ChangeResourceRecordSets":
        return None
    parameters = request.parameters
    zone_id = str(parameters["HostedZoneId"]).removeprefix("/hostedzone/")
    return Written(at_s, zone_id, tuple(parameters["ChangeBatch"]["Changes"]))
