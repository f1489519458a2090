"""Who gives a command: a name on a laptop, which nobody proves; the caller's ARN where AWS is asked."""

from __future__ import annotations

import getpass
import os

from twinstage.world.aws.clients import aws_errors, client


def this_user() -> str:
    """The name of the user whose process this is; their number where the machine knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def caller() -> str:
    """The ARN of whoever's credentials these are. Raises AwsError."""
    with aws_errors("sts", "GetCallerIdentity"):
        return str(client("sts").get_caller_identity()["Arn"])


def account_of(arn: str) -> str:
    """The account that an ARN is of."""
    return arn.split(":")[4]
