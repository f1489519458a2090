"""CloudFormation, CloudWatch, KMS, Secrets Manager, Systems Manager's parameters, EC2, ECR and what finds resources by their tags.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ (each service's own page)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.local.gate.call import Call, Check

if TYPE_CHECKING:
    from twinstage.local.gate.call import Asked

_UNSCOPED_STACKS = ("ListStacks", "ListExports", "ValidateTemplate", "DescribeStacks", "GetTemplateSummary")


def cloudformation(asked: Asked) -> Call:
    """Stacks; who gives a stack a role passes it."""
    action = f"cloudformation:{asked.operation}"
    if role := asked.text("RoleARN"):
        context = {"cloudformation:rolearn": (role,), "iam:passedtoservice": ("cloudformation.amazonaws.com",)}
        passed = [Check("iam:PassRole", role)]
    else:
        context, passed = {}, []
    name = asked.text("StackName", "StackId")
    if name:
        stack = name if name.startswith("arn:") else asked.arn(f"stack/{name}/*")
        return Call(asked.operation, (Check(action, stack), *passed), context)
    if change_set := asked.text("ChangeSetName"):
        return Call(asked.operation, (Check(action, asked.arn(change_set)), *passed), context)
    return Call(asked.operation, (Check(action, "*"),) if asked.operation in _UNSCOPED_STACKS else ())


def cloudwatch(asked: Asked) -> Call:
    """What reads metrics, which have no ARN. Everything else is not mapped."""
    reads = ("GetMetricData", "GetMetricStatistics", "ListMetrics")
    checks = (Check(f"cloudwatch:{asked.operation}", "*"),) if asked.operation in reads else ()
    return Call(asked.operation, checks)


def kms(asked: Asked) -> Call:
    """Keys by id, ARN or alias: an alias stands for its key."""
    action = f"kms:{asked.operation}"
    if key := asked.text("KeyId", "TargetKeyId"):
        return Call(asked.operation, (Check(action, _key(asked, key)),))
    unscoped = ("CreateKey", "ListKeys", "ListAliases", "GenerateRandom")
    return Call(asked.operation, (Check(action, "*"),) if asked.operation in unscoped else ())


def _key(asked: Asked, named: str) -> str:
    from moto.kms.models import kms_backends

    account = named.split(":")[4] if named.startswith("arn:") else asked.account
    name = named.rpartition(":")[2]
    if name.startswith("alias/"):
        name = kms_backends[account][asked.region].get_key_id_from_alias(name) or name
    name = name.removeprefix("key/")
    return asked.arn(f"key/{name}", account=account)


def secretsmanager(asked: Asked) -> Call:
    """Secrets, whose ARNs end in six characters that a name does not have: the one that is there decides."""
    action = f"secretsmanager:{asked.operation}"
    if secret := asked.text("SecretId"):
        return Call(asked.operation, (Check(action, _secret(asked, secret)),))
    if name := asked.text("Name"):
        return Call(asked.operation, (Check(action, asked.arn(f"secret:{name}")),))
    unscoped = ("ListSecrets", "GetRandomPassword")
    return Call(asked.operation, (Check(action, "*"),) if asked.operation in unscoped else ())


def _secret(asked: Asked, named: str) -> str:
    from moto.secretsmanager.models import secretsmanager_backends

    if named.startswith("arn:"):
        return named
    found = secretsmanager_backends[asked.account][asked.region].secrets.get(named)
    return str(found.arn) if found is not None else asked.arn(f"secret:{named}")


def ssm(asked: Asked) -> Call:
    """Parameters by name, by names and by path."""
    names = [asked.text("Name", "Path")] if asked.text("Name", "Path") else list(asked.parameters.get("Names", ()))
    if not names and asked.operation == "DescribeParameters":
        return Call(asked.operation, (Check("ssm:DescribeParameters", "*"),))
    if not names and asked.text("ResourceType") == "Parameter":
        names = [asked.text("ResourceId")]
    arns = [name if name.startswith("arn:") else asked.arn(f"parameter/{name.removeprefix('/')}") for name in names]
    return Call(asked.operation, tuple(Check(f"ssm:{asked.operation}", arn) for arn in arns))


def tagging(asked: Asked) -> Call:
    """What finds resources by their tags, which is asked of no one resource. Everything else is not mapped."""
    reads = ("GetResources", "GetTagKeys", "GetTagValues")
    return Call(asked.operation, (Check(f"tag:{asked.operation}", "*"),) if asked.operation in reads else ())


def ec2(asked: Asked) -> Call:
    """On `*` only: who may not do something on everything may not do it. Its resources are not told apart."""
    return Call(asked.operation, (Check(f"ec2:{asked.operation}", "*"),))


def ecr(asked: Asked) -> Call:
    """Repositories."""
    action = f"ecr:{asked.operation}"
    if name := asked.text("repositoryName"):
        owner = asked.text("registryId")
        return Call(asked.operation, (Check(action, asked.arn(f"repository/{name}", account=owner)),))
    if arn := asked.text("resourceArn"):
        return Call(asked.operation, (Check(action, arn),))
    unscoped = ("GetAuthorizationToken", "DescribeRepositories")
    return Call(asked.operation, (Check(action, "*"),) if asked.operation in unscoped else ())
