"""CloudFormation of the embedded AWS: templates, stacks, change sets and the resource types that our stacks use.

moto's own CloudFormation skips types, drops properties and hides failures; here every resource is made through the engine's AWS
API, and what the engine cannot do is refused by name before anything is made. moto only parses requests and writes answers.

Stored and told, but not enforced, which the event that reports the resource says: policies of VPC endpoints, a function's VpcConfig, lifecycle rules, schedules and other targets of event rules that are never reached, flow logs.
CloudFormation acts with the operator's rights, whatever role a stack names. Physical names and ids that AWS makes at random are
made from account, stack and logical id, so that the same stack gets the same names in every run.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinstage.local.cloudformation.resource import Clients


def install(clients: Clients) -> None:
    """Answer CloudFormation requests. `clients(account, service, region)` gives a boto3 client with CloudFormation's rights."""
    from twinstage.local.cloudformation import services, wire
    from twinstage.local.cloudformation.service import Service
    from twinstage.local.cloudformation.types import TYPES

    services.install()
    wire.install(Service(clients, TYPES, lambda: datetime.now(UTC)))
