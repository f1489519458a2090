"""AWS::ECR::Repository, which the CDK's bootstrap stack holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.resource import Made, Order, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


class Repository(ResourceType):
    """A repository without images: functions of images are not supported."""

    name = "AWS::ECR::Repository"
    immutable = frozenset({"EncryptionConfiguration", "RepositoryName"})
    mutable = frozenset(
        {"ImageScanningConfiguration", "ImageTagMutability", "LifecyclePolicy", "RepositoryPolicyText", "Tags"}
    )
    attributes = frozenset({"Arn", "RepositoryUri"})
    gone = frozenset({"RepositoryNotFoundException"})

    def create(self, order: Order) -> Made:
        """CreateRepository."""
        made = order.call(
            "ecr",
            "CreateRepository",
            repositoryName=order.get("RepositoryName", order.name(256, lower=True)),
            encryptionConfiguration=order.get("EncryptionConfiguration"),
            imageScanningConfiguration=order.get("ImageScanningConfiguration"),
            imageTagMutability=order.get("ImageTagMutability"),
            tags=order.tags() or None,
        )["repository"]
        return Made(made["repositoryName"], {"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]})

    def configure(self, order: Order, made: Made, before: Mapping[str, Any]) -> None:
        """Policies; on an update scanning and mutability too."""
        repository = {"repositoryName": made.physical_id}
        if order.get("LifecyclePolicy") and order.get("LifecyclePolicy") != before.get("LifecyclePolicy"):
            text = order.get("LifecyclePolicy")["LifecyclePolicyText"]
            order.call("ecr", "PutLifecyclePolicy", **repository, lifecyclePolicyText=text)
        elif before.get("LifecyclePolicy") and not order.get("LifecyclePolicy"):
            order.call("ecr", "DeleteLifecyclePolicy", **repository)
        if order.get("RepositoryPolicyText"):
            order.call("ecr", "SetRepositoryPolicy", **repository, policyText=order.get("RepositoryPolicyText"))
        elif before.get("RepositoryPolicyText"):
            order.call("ecr", "DeleteRepositoryPolicy", **repository)
        if not before:
            return
        mutability = order.get("ImageTagMutability", "MUTABLE")
        order.call("ecr", "PutImageTagMutability", **repository, imageTagMutability=mutability)
        scanning = order.get("ImageScanningConfiguration", {"ScanOnPush": False})
        order.call("ecr", "PutImageScanningConfiguration", **repository, imageScanningConfiguration=scanning)

    def delete(self, order: Order, made: Made) -> None:
        """DeleteRepository."""
        order.call("ecr", "DeleteRepository", repositoryName=made.physical_id)
