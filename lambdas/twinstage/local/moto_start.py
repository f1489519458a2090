"""Loading moto: with our settings, untouched by the developer's AWS profile, and no slower than it must be."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import JSONFileLoader

from twinstage.local.moto_contract import extends, replaces

if TYPE_CHECKING:
    from collections.abc import Iterator

# A profile that does not exist would end moto's import; a configured account would override the caller's.
_HIDDEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "MOTO_ACCOUNT_ID")
_MODULES = (
    "moto.moto_server.werkzeug_app",
    "moto.stepfunctions.parser.models",
    "moto.cloudformation.responses",
    "moto.route53.responses",
    "moto.awslambda.responses",
)


def load_moto() -> None:
    """Set moto up and import what every engine uses. Idempotent."""
    os.environ.pop("MOTO_ACCOUNT_ID", None)
    with _hidden(), _files_read_once():
        from moto.core.config import default_user_config

        default_user_config["iam"] = {"load_aws_managed_policies": True}
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        for module in _MODULES:
            importlib.import_module(module)
        from moto.core.base_backend import AccountSpecificBackend

        # moto keeps this session for the names of regions.
        AccountSpecificBackend.get_session().get_available_partitions()


def forget_everything() -> None:
    """Empty every account: moto's backends, and the lists in which it keeps each object it ever made."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()


def install() -> None:
    """Parse AWS's managed policies once, not once an account, and keep what is deleted no longer than it is used."""

    @replaces("moto.core.common_models:BaseModel.__new__")
    def make(kind: Any, *_: Any, **__: Any) -> Any:
        """moto notes each object for its pages, which nobody reaches here. S3 needs its list, to close files."""
        instance = object.__new__(kind)
        if kind.__module__ == "moto.s3.models":
            kind.instances_tracked.append(instance)
        return instance

    @extends("moto.core.responses:BaseResponse.setup_class")
    def setup_class(original: Any, response: Any, request: Any, *arguments: Any, **named: Any) -> None:
        """moto reads a body that is no form, and then the headers, as one, and prefers that to the JSON and the path: it would do what nobody has decided on."""
        original(response, request, *arguments, **named)
        if response.service_name != "s3" and not request.form and not response.parsed_url.query:
            response.querystring = response.data = {}

    @replaces("moto.iam.models:IAMBackend._init_aws_policies")
    def managed_policies(backend: Any) -> list[Any]:
        from moto.iam.models import AWSManagedPolicy

        return [
            AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            for name, data in _policies().items()
        ]


@cache
def _policies() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return dict(json.loads(aws_managed_policies_data))


@contextlib.contextmanager
def _hidden() -> Iterator[None]:
    hidden = {name: os.environ.pop(name) for name in _HIDDEN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextlib.contextmanager
def _files_read_once() -> Iterator[None]:
    """moto makes several botocore sessions as it is imported, and each parses the table of all endpoints."""
    original, read = JSONFileLoader.load_file, dict[str, Any]()

    def load_file(loader: JSONFileLoader, path: str) -> Any:
        if path not in read:
            read[path] = original(loader, path)
        return read[path]

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign,assignment]  # only while moto is imported
    try:
        yield
    finally:
        JSONFileLoader.load_file = original  # type: ignore[method-assign]  # only while moto is imported
