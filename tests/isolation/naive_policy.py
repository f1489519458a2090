"""A second reading of IAM's evaluation, as plainly as it can be written: straight over the JSON, by regular expressions and lists.

It shares no code with the product, and nothing but the documentation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
OPPOSITES = {
    "StringNotEquals": "StringEquals",
    "StringNotLike": "StringLike",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def covers(pattern: str, text: str) -> bool:
    expression = "".join({"*": "(?s:.*)", "?": "(?s:.)"}.get(each) or re.escape(each) for each in pattern)
    return re.fullmatch(expression, text) is not None


def filled(text: str, context: Json) -> str | None:
    """Only `${key}` is written in the generated policies."""
    for variable in re.findall(r"\$\{([^}]*)\}", text):
        values = context.get(variable.lower())
        if values is None or len(values) != 1:
            return None
        text = text.replace("${" + variable + "}", values[0])
    return text


def one(operator: str, got: str, wanted: str, context: Json) -> bool:
    value = filled(wanted, context)
    if value is None:
        return False
    if operator == "StringEquals":
        return got == value
    if operator == "StringLike":
        return covers(value, got)
    if operator == "NumericEquals":
        return float(got) == float(value)
    if operator == "Bool":
        return got.lower() == value.lower()
    assert operator == "ArnLike"
    ours, theirs = value.split(":", 5), got.split(":", 5)
    return len(ours) == len(theirs) == 6 and all(map(covers, ours, theirs))


def holds(name: str, key: str, wanted: Any, context: Json) -> bool | None:
    quantifier, _, operator = name.rpartition(":")
    optional, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists")
    values = context.get(key.lower())
    if operator == "Null":
        return (values is None or not any(values)) == (wanted == "true")
    negated, operator = operator in OPPOSITES, OPPOSITES.get(operator, operator)
    if values is None:
        return True if optional else {"ForAllValues": True, "ForAnyValue": False}.get(quantifier, negated)
    results = [
        any(one(operator, got, each, context) for each in many(wanted)) != negated
        for got in values
        if got or not quantifier
    ]
    if quantifier == "ForAllValues":
        return all(results)
    if quantifier == "ForAnyValue":
        return any(results)
    return results[0] if len(values) == 1 else None


def applies(statement: Json, action: str, resource: str, context: Json) -> bool:
    listed = any(
        covers(each.lower(), action.lower()) for each in many(statement.get("Action", statement.get("NotAction")))
    )
    if listed == ("NotAction" in statement):
        return False
    if "Resource" in statement or "NotResource" in statement:
        patterns = [filled(each, context) for each in many(statement.get("Resource", statement.get("NotResource")))]
        listed = any(each is not None and covers(each, resource) for each in patterns)
        if listed == ("NotResource" in statement):
            return False
    results = [
        holds(operator, key, wanted, context)
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    ]
    if False in results:
        return False
    return statement["Effect"] == "Deny" if None in results else True


def closeness(principal: Any, who: Json) -> int:
    """3 the caller itself, 2 its role or everybody, 1 its account, 0 somebody else."""
    named = many(principal.get("AWS", [])) if isinstance(principal, dict) else ["*"]
    if who["arn"] in named:
        return 3
    if "*" in named or (who["role"] and who["role"] in named):
        return 2
    return 1 if who["account"] in named or f"arn:aws:iam::{who['account']}:root" in named else 0


def is_allowed(who: Json, action: str, resource: str, owner: str, context: Json, policies: Json) -> bool:
    """`policies`: lists of statements under identity, boundary, session, resource; None where there is no such policy."""

    def says(name: str, effect: str) -> bool:
        found = policies[name] or []
        return any(each["Effect"] == effect and applies(each, action, resource, context) for each in found)

    own = [name for name in ("identity", "boundary", "session") if policies[name] is not None]
    ours = [each for each in policies["resource"] or [] if closeness(each["Principal"], who)]
    if any(says(name, "Deny") for name in own):
        return False
    if any(each["Effect"] == "Deny" and applies(each, action, resource, context) for each in ours):
        return False
    given = [
        closeness(each["Principal"], who)
        for each in ours
        if each["Effect"] == "Allow" and applies(each, action, resource, context)
    ]
    limits = all(says(name, "Allow") for name in own if name != "identity")
    if owner != who["account"]:
        return bool(given) and says("identity", "Allow") and limits
    if 3 in given:
        return True
    return (2 in given or says("identity", "Allow")) and limits
