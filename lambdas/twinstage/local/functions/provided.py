"""What the Lambda runtime provides to a function's imports: the AWS SDK and the runtime client, and nothing else.

A directory of links to the installed packages, so that a function that forgot to bundle a dependency fails here as it would on
AWS, and never finds this project's own packages.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-runtime-sdk (what is on the path).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from twinstage.model.errors import TwinstageError

_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_RUNTIME_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")


def link_provided(directory: Path) -> Path:
    """Fill a new directory with links to the packages, and return it. Raises LOCAL_RUNTIME when one is not installed."""
    directory.mkdir(parents=True)
    for name in (*_SDK, *_RUNTIME_CLIENT):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise TwinstageError(
                "LOCAL_RUNTIME", f"the Python package {name} is not installed", hint="install twinstage[local]"
            )
        origin = Path(spec.origin)
        source = origin.parent if spec.submodule_search_locations else origin
        (directory / source.name).symlink_to(source)
    return directory
