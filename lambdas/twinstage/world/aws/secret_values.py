"""Keys that are kept in AWS Secrets Manager."""

from __future__ import annotations

from typing import Any

from twinstage.world.aws.clients import aws_errors


def secret_bytes(secretsmanager: Any, secret: str) -> bytes:
    """What a secret holds, text as its bytes, without white space around it. `secret` is its ARN or name.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    with aws_errors("secretsmanager", "GetSecretValue"):
        answer = secretsmanager.get_secret_value(SecretId=secret)
    value: bytes = answer["SecretBinary"] if "SecretBinary" in answer else answer["SecretString"].encode()
    return value.strip()
