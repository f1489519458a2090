"""A Lambda function as a contained handler needs it: code unpacked into a folder, and its configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Function:
    """Code and configuration of one function.

    `folder` holds the deployment package, unpacked; `handler` is `module.function`, the module dotted or with slashes. `environment` are
    the function's own variables; Lambda's are added. `timeout_s` counts on the virtual clock.
    """

    name: str
    folder: Path
    handler: str = "handler.lambda_handler"
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 3
    memory_mb: int = 128
    region: str = "us-east-1"
    account: str = "123456789012"

    @property
    def arn(self) -> str:
        """The function's ARN, without a qualifier."""
        partition = "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if "-gov-" in self.region else "aws"
        return f"arn:{partition}:lambda:{self.region}:{self.account}:function:{self.name}"
