"""What the sweeper may do: list what there is in the twin account, and remove what is a twin's."""

from __future__ import annotations

from twinstage.isolation.audit.ownership import Condition, Own

_EVIDENCE = "arn:aws:s3:::twinstage-evidence-{account}-{region}"
_HERE = ":{region}:{account}:"
_OF_A_RUN = Condition("aws:resourcetag/twinstage:run", r".+")
_LOGS = tuple(
    f"arn:aws:logs{_HERE}log-group:{prefix}twin-*{end}"
    for prefix in ("/aws/lambda/", "/aws/vendedlogs/states/")
    for end in ("", ":*")
)

PLATFORM = (
    Own("cloudformation", ("ListStacks",), ("*",), "a list"),
    Own("dynamodb", ("ListTables",), ("*",), "a list"),
    Own(
        "ec2",
        ("DescribeRouteTables", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcEndpoints", "DescribeVpcs"),
        ("*",),
        "lists",
    ),
    Own("iam", ("ListPolicies", "ListRoles"), ("*",), "lists"),
    Own("lambda", ("ListFunctions", "ListLayerVersions", "ListLayers"), ("*",), "lists"),
    Own("logs", ("DescribeLogGroups",), (f"arn:aws:logs{_HERE}log-group:*",), "a list"),
    Own("route53", ("ListHealthChecks", "ListHostedZones", "ListTagsForResources"), ("*",), "lists"),
    Own("states", ("ListStateMachines",), ("*",), "a list"),
    Own("tag", ("GetResources",), ("*",), "a list"),
    Own("s3", ("DeleteObject", "GetObject", "PutObject"), (f"{_EVIDENCE}/ledger/*",), "the ledger of runs"),
    Own("s3", ("ListBucket",), (_EVIDENCE,), "the names in the twin account's store"),
    Own(
        "logs",
        ("CreateLogStream", "PutLogEvents"),
        (f"arn:aws:logs{_HERE}log-group:/aws/lambda/twinstage-sweep:*",),
        "its own log",
    ),
    Own(
        "cloudformation",
        ("DeleteStack", "DescribeStacks", "ListStackResources"),
        (f"arn:aws:cloudformation{_HERE}stack/twinstage-twin-*/*",),
        "stacks of twins, by name",
    ),
    Own("dynamodb", ("DeleteTable",), (f"arn:aws:dynamodb{_HERE}table/twin-*-*",), "tables of twins, by name"),
    Own("lambda", ("DeleteFunction",), (f"arn:aws:lambda{_HERE}function:twin-*-*",), "functions of twins, by name"),
    Own(
        "lambda",
        ("DeleteLayerVersion", "GetLayerVersion"),
        tuple(f"arn:aws:lambda{_HERE}layer:twin-*-recorder{end}" for end in ("", ":*")),
        "layers of twins, by name",
    ),
    Own("logs", ("DeleteLogGroup",), _LOGS, "logs of twins, by name"),
    Own(
        "iam",
        ("DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
        ("arn:aws:iam::{account}:role/twin-*-*",),
        "roles of twins, by name, which twin-capture is not",
    ),
    Own(
        "iam",
        ("DeletePolicy", "DeletePolicyVersion", "ListPolicyVersions"),
        ("arn:aws:iam::{account}:policy/twin-*-boundary",),
        "boundaries of twins, by name",
    ),
    Own(
        "states",
        ("DeleteStateMachine", "DescribeStateMachine"),
        (f"arn:aws:states{_HERE}stateMachine:twin-*",),
        "machines of twins, by name",
    ),
    Own(
        "ec2",
        (
            "DeleteRouteTable", "DeleteSecurityGroup", "DeleteSubnet", "DeleteVpc", "DeleteVpcEndpoints",
            "DisassociateRouteTable",
        ),
        tuple(
            f"arn:aws:ec2{_HERE}{kind}/*" for kind in ("route-table", "security-group", "subnet", "vpc", "vpc-endpoint")
        ),
        "networks that carry the tag of a run: their ids follow no pattern",
        _OF_A_RUN,
    ),
    Own(
        "route53resolver",
        (
            "DeleteFirewallDomainList", "DeleteFirewallRule", "DeleteFirewallRuleGroup",
            "DisassociateFirewallRuleGroup", "ListFirewallRules",
        ),
        tuple(
            f"arn:aws:route53resolver{_HERE}{kind}/*"
            for kind in ("firewall-domain-list", "firewall-rule-group", "firewall-rule-group-association")
        ),
        "firewalls that carry the tag of a run: their ids follow no pattern",
        _OF_A_RUN,
    ),
    # Route 53 has no resource policies: whoever has these rights has them on zones and health checks of the own account alone.
    Own(
        "route53",
        ("ChangeResourceRecordSets", "DeleteHostedZone", "ListResourceRecordSets"),
        ("arn:aws:route53:::hostedzone/*",),
        "zones of the account of twins, where there are no others",
        apart=True,
    ),
    Own(
        "route53",
        ("DeleteHealthCheck",),
        ("arn:aws:route53:::healthcheck/*",),
        "health checks of the account of twins, where there are no others",
        apart=True,
    ),
)  # fmt: skip
"""What the sweeper's role may ever have."""
