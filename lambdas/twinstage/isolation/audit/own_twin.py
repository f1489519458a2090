"""What belongs to one run: its tables, functions, logs, machine and results, and no other's."""

from __future__ import annotations

from twinstage.isolation.audit.ownership import Own

ARMS = ("baseline", "candidate", "repeat")
"""The clones' arms: each a set of tables and functions."""
_EVIDENCE = "arn:aws:s3:::twinstage-evidence-{account}-{region}"
_RUN_TABLES = tuple(
    "arn:aws:dynamodb:{region}:{account}:table/twin-{run}-" + part for part in ("ledger", *(f"{arm}-*" for arm in ARMS))
)
STAGES = (
    "Prepare",
    "Replicate",
    "VerifyFidelity",
    "Apply",
    "Replay",
    "Capture",
    "Explore",
    "Stress",
    "Rollback",
    "Validate",
    "Report",
    "Approve",
    "Promote",
    "Cleanup",
)
"""Each stage by name: `twin-{run}-*` would be another run's too, where its id begins with this one's."""
_RUN_FUNCTIONS = tuple(
    "arn:aws:lambda:{region}:{account}:function:twin-{run}-" + part for part in (*STAGES, *(f"{arm}-*" for arm in ARMS))
)
_MACHINE = "arn:aws:states:{region}:{account}:stateMachine:twin-{run}"
_EXECUTIONS = "arn:aws:states:{region}:{account}:execution:twin-{run}/*"
_RUN_LOGS = (
    "arn:aws:logs:{region}:{account}:log-group:/aws/lambda/twin-{run}-*",
    "arn:aws:logs:{region}:{account}:log-group:/aws/vendedlogs/states/twin-{run}:*",
)

_ITEMS = (
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "DescribeTable", "DescribeTimeToLive", "GetItem",
    "PutItem", "Query", "Scan", "UpdateItem",
)  # fmt: skip
_FOLLOW = Own(
    "route53",
    ("GetChange",),
    ("arn:aws:route53:::change/*",),
    "whether a change has taken effect, by an id that nobody guesses",
)
_LOGGING = (
    Own(
        "logs",
        (
            "CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies", "GetLogDelivery",
            "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery",
        ),
        ("*",),
        "how Step Functions logs an execution; the calls take no resource and work in the caller's account",
    ),
    Own(
        "xray",
        ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments"),
        ("*",),
        "how Step Functions traces an execution; the calls take no resource and work in the caller's account",
    ),
)  # fmt: skip

STAGE = (
    Own(
        "dynamodb",
        _ITEMS,
        _RUN_TABLES,
        "items of this run's tables; nothing that shapes, shares, exports or streams a table",
    ),
    Own("lambda", ("InvokeFunction",), _RUN_FUNCTIONS, "this run's functions, called and not changed"),
    Own("logs", ("CreateLogStream", "PutLogEvents"), _RUN_LOGS, "this run's logs"),
    Own(
        "states",
        ("DescribeExecution", "RedriveExecution", "StartExecution", "StopExecution"),
        (_MACHINE, _EXECUTIONS),
        "this run's machine; no task token of another one",
    ),
    Own("s3", ("GetObject", "PutObject"), tuple(f"{_EVIDENCE}/{part}" for part in ("objects/*", "snapshots/*")), "parts by digest, in the twin account's store"),
    Own("s3", ("GetObject",), (_EVIDENCE + "/scenarios/*",), "what is published to be rehearsed; nobody in a twin writes there"),
    Own("s3", ("DeleteObject", "GetObject", "PutObject"), (_EVIDENCE + "/runs/{run}/*",), "this run's results"),
    Own("s3", ("ListBucket",), (_EVIDENCE,), "the names in the twin account's store"),
    Own("sns", ("Publish",), ("arn:aws:sns:{region}:{account}:twinstage-approvals",), "word that people are asked to approve: the twin account's one topic for it"),
    Own("events", ("PutEvents",), ("arn:aws:events:{region}:{account}:event-bus/twinstage-approvals",), "the same on the one bus for it"),
    _FOLLOW,
    Own("route53", ("ListHealthChecks", "ListHostedZones", "ListHostedZonesByName", "ListHostedZonesByVPC", "ListTagsForResources"), ("*",), "reads of the twin's own account"),
    Own("ec2", ("DescribeVpcs",), ("*",), "a read of the twin's own account"),
)  # fmt: skip
"""What the role of a stage may ever have."""

_SHAPES = Own(
    "dynamodb",
    (
        "CreateTable", "DeleteTable", "DescribeContinuousBackups", "UpdateContinuousBackups", "UpdateTable",
        "UpdateTimeToLive",
    ),
    ("arn:aws:dynamodb:{region}:{account}:table/twin-{run}-candidate-*",),
    "the shape of the candidate's own tables; a replica, a restored or an imported table takes actions that are not here",
)  # fmt: skip
APPLY = (*STAGE, _SHAPES)
"""What the role of Apply may ever have: it alone gives tables another schema, and only the candidate's."""

TWIN = (*APPLY, *_LOGGING)
"""What the boundary of a run may ever have: all that its roles may."""

MACHINE = (
    Own("lambda", ("InvokeFunction",), _RUN_FUNCTIONS, "this run's functions, called and not changed"),
    Own("s3", ("GetObject",), (_EVIDENCE + "/runs/{run}/*",), "the arrays it iterates over"),
    Own(
        "states",
        ("DescribeExecution", "RedriveExecution", "StartExecution", "StopExecution"),
        (_MACHINE, _EXECUTIONS),
        "its own executions",
    ),
    *_LOGGING,
)
"""What the machine's role may ever have: it alone sets up the delivery of logs, which lets others into them."""

_ARM = "twin-{run}-baseline-*"
PIPELINE = (
    Own(
        "dynamodb",
        ("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"),
        ("arn:aws:dynamodb:{region}:{account}:table/" + _ARM,),
        "items of the data product's tables, which a task may work with itself",
    ),
    Own(
        "lambda",
        ("InvokeFunction",),
        ("arn:aws:lambda:{region}:{account}:function:" + _ARM,),
        "the pipeline's functions, called and not changed",
    ),
    Own(
        "states",
        ("DescribeExecution", "StartExecution", "StopExecution"),
        (_MACHINE, _EXECUTIONS),
        "its own executions, as a distributed map starts them",
    ),
    *_LOGGING,
)
"""What the role of a data product's machine may ever have."""


def arm(name: str) -> tuple[Own, ...]:
    """What the role of a clone of one arm may ever have: production's code, or the candidate's, has no say in the other arm or in what is judged."""
    of = "twin-{run}-" + name + "-*"
    return (
        Own("dynamodb", _ITEMS, ("arn:aws:dynamodb:{region}:{account}:table/" + of,), "items of this arm's tables"),
        Own(
            "lambda", ("InvokeFunction",), ("arn:aws:lambda:{region}:{account}:function:" + of,), "this arm's functions"
        ),
        Own(
            "logs",
            ("CreateLogStream", "PutLogEvents"),
            ("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/" + of,),
            "this arm's logs",
        ),
        _FOLLOW,
        Own("route53", ("ListHostedZones", "ListHostedZonesByName"), ("*",), "reads of the twin's own account"),
    )
