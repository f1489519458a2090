"""Sessions of an assumed role that outlive its credentials."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, RefreshableCredentials

from twinstage.world.aws.clients import aws_errors, client

METHOD = "twinstage-role"


class _Assumed(CredentialProvider):
    """The role's credentials, before any that the environment has."""

    METHOD = METHOD

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RefreshableCredentials:
        return self._credentials


def role_session(own: boto3.Session, role_arn: str, *, name: str, run: str, external_id: str | None) -> boto3.Session:
    """A session of a role in the region of `own`, under the session tag `twinstage:run`.

    The role is assumed at once, and again shortly before its credentials expire: reading a large table takes longer than the hour for which
    they are valid. Raises AwsError where it may not be assumed.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    sts = client("sts", own)
    request: dict[str, Any] = {
        "RoleArn": role_arn,
        "RoleSessionName": name,
        "Tags": [{"Key": "twinstage:run", "Value": run}],
        **({"ExternalId": external_id} if external_id else {}),
    }

    def assume() -> dict[str, Any]:
        with aws_errors("sts", "AssumeRole"):
            answer = sts.assume_role(**request)["Credentials"]
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    credentials = RefreshableCredentials.create_from_metadata(metadata=assume(), refresh_using=assume, method=METHOD)
    core = botocore.session.get_session()
    core.get_component("credential_provider").providers.insert(0, _Assumed(credentials))
    return boto3.Session(botocore_session=core, region_name=own.region_name)
