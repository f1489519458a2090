"""Which actions on which resources a request is, service by service.

Source: the Service Authorization Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/ (the resource types
of each action) and each service's own page on its permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.local.gate.call import UnmappedError
from twinstage.local.gate.services.dynamodb import dynamodb
from twinstage.local.gate.services.functions import functions
from twinstage.local.gate.services.identity import iam, sts
from twinstage.local.gate.services.messaging import events, logs, sns, sqs
from twinstage.local.gate.services.objects import s3
from twinstage.local.gate.services.others import cloudformation, cloudwatch, ec2, ecr, kms, secretsmanager, ssm, tagging
from twinstage.local.gate.services.states import states
from twinstage.local.gate.services.zones import route53

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.gate.call import Asked, Call

SERVICES: dict[str, Callable[[Asked], Call]] = {
    "cloudformation": cloudformation,
    "dynamodb": dynamodb,
    "ec2": ec2,
    "ecr": ecr,
    "events": events,
    "iam": iam,
    "kms": kms,
    "lambda": functions,
    "logs": logs,
    "monitoring": cloudwatch,
    "route53": route53,
    "s3": s3,
    "secretsmanager": secretsmanager,
    "sns": sns,
    "sqs": sqs,
    "ssm": ssm,
    "states": states,
    "sts": sts,
    "tagging": tagging,
}


def call_of(asked: Asked) -> Call:
    """What a request has to be allowed. Raises UnmappedError where action or resource cannot be told."""
    try:
        call = SERVICES[asked.service](asked)
    except UnmappedError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # A parameter that is missing or of another type: the service would refuse the request, and so does the gate.
        raise UnmappedError(f"{asked.service}:{asked.operation} without a parameter that names its resource") from error
    if not call.checks:
        raise UnmappedError(f"{asked.service}:{asked.operation}")
    return call
