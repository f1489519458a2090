"""An IAM policy document as a value: statements whose elements are tuples, whatever way the JSON wrote them.

Implements the grammar of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. Unresolved
CloudFormation intrinsics are no part of it: where a string belongs, an object is a problem like any other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from twinstage.isolation.policy.operators import Operator, parse_operator
from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Effect = Literal["Allow", "Deny"]
# identity: attached to a principal, a boundary or a session. resource: attached to what it speaks of. trust: a role's own.
Kind = Literal["identity", "resource", "trust"]
VARIABLES_SINCE = "2012-10-17"
_VERSIONS = (VARIABLES_SINCE, "2008-10-17")
_KINDS_OF_PRINCIPAL = ("AWS", "Service", "Federated", "CanonicalUser")
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip


@dataclass(frozen=True)
class Principals:
    """Who a statement names. `everyone`: `"*"` or `{"AWS": "*"}`; the others are ids as written (ARNs, account ids, services)."""

    everyone: bool = False
    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical_users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """One key of one operator: the request's value of `key` (in lower case, as keys have no case) against any of `values`."""

    operator: Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One statement. An element that is not written is an empty tuple (None for principals); of X and NotX at most one is.

    All `conditions` must hold. `variables` says whether `${...}` is a policy variable (version 2012-10-17) or plain text.
    """

    effect: Effect
    sid: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: Principals | None = None
    not_principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    variables: bool = True


@dataclass(frozen=True)
class Policy:
    """A policy document. `name` is what messages call it (`twin-boundary`, `inline:read`)."""

    statements: tuple[Statement, ...]
    name: str = "policy"
    version: str = VARIABLES_SINCE


def parse_policy(document: str | bytes | Mapping[str, Any], *, name: str = "policy", kind: Kind = "identity") -> Policy:
    """Read a document: JSON text, or what JSON text holds. Raises InputError with every problem, each with its JSON pointer."""
    return _Reader(name, kind).read(document)


class _Reader:
    def __init__(self, name: str, kind: Kind) -> None:
        self._name, self._kind = name, kind
        self._problems: list[InputProblem] = []

    def read(self, document: str | bytes | Mapping[str, Any]) -> Policy:
        found = self._json(document) if isinstance(document, str | bytes) else document
        policy = self._policy(found) if not self._problems else None
        if self._problems or policy is None:
            raise InputError(self._problems)
        return policy

    def _json(self, text: str | bytes) -> Any:
        try:
            return json.loads(text, object_pairs_hook=self._object)
        except (ValueError, RecursionError) as error:
            self._problem("", f"not JSON: {error}", "write one JSON object")
            return None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = sorted({name for name in names if names.count(name) > 1})
            self._problem("", f"written twice in one object: {', '.join(twice)}", "write every element once")
        return found

    def _policy(self, document: Any) -> Policy | None:
        if not isinstance(document, dict):
            self._problem("", "a policy is a JSON object", "write Version and Statement")
            return None
        for unknown in sorted(set(document) - {"Version", "Id", "Statement"}):
            self._problem(f"/{unknown}", "no element of a policy", "a policy has Version, Id and Statement")
        version = document.get("Version", _VERSIONS[1])
        if version not in _VERSIONS:
            self._problem("/Version", f"no version of the policy language: {version!r}", f"write {VARIABLES_SINCE}")
        listed = document.get("Statement")
        if listed is None:
            self._problem("/Statement", "missing", "a policy has at least one statement")
            return None
        variables = version == VARIABLES_SINCE
        if isinstance(listed, list):
            read = [self._statement(each, f"/Statement/{at}", variables) for at, each in enumerate(listed)]
        else:
            read = [self._statement(listed, "/Statement", variables)]
        if not read:
            self._problem("/Statement", "empty", "a policy has at least one statement")
        statements = tuple(each for each in read if each is not None)
        sids = [each.sid for each in statements if each.sid]
        if self._kind == "identity" and len(set(sids)) != len(sids):
            self._problem("/Statement", "two statements have the same Sid", "a Sid is unique within its policy")
        return Policy(statements, self._name, str(version))

    def _statement(self, written: Any, at: str, variables: bool) -> Statement | None:
        if not isinstance(written, dict):
            self._problem(at, "a statement is a JSON object", "write Effect, Action and Resource")
            return None
        for unknown in sorted(set(written) - _ELEMENTS):
            self._problem(f"{at}/{unknown}", "no element of a statement", f"elements: {', '.join(sorted(_ELEMENTS))}")
        effect = written.get("Effect")
        if effect not in ("Allow", "Deny"):
            self._problem(f"{at}/Effect", f"{effect!r} is no effect", "write Allow or Deny")
        self._one_of(written, at, "Action", required=True)
        self._one_of(written, at, "Resource", required=self._kind == "identity", allowed=self._kind != "trust")
        self._one_of(written, at, "Principal", required=self._kind != "identity", allowed=self._kind != "identity")
        return Statement(
            cast("Effect", effect),
            str(written.get("Sid", "")),
            tuple(self._actions(written, f"{at}/Action", "Action")),
            tuple(self._actions(written, f"{at}/NotAction", "NotAction")),
            tuple(self._strings(written, f"{at}/Resource", "Resource")),
            tuple(self._strings(written, f"{at}/NotResource", "NotResource")),
            self._principals(written, at, "Principal"),
            self._principals(written, at, "NotPrincipal"),
            tuple(self._conditions(written.get("Condition", {}), f"{at}/Condition")),
            variables,
        )

    def _one_of(
        self, written: Mapping[str, Any], at: str, element: str, *, required: bool, allowed: bool = True
    ) -> None:
        present = [name for name in (element, f"Not{element}") if name in written]
        if present and not allowed:
            self._problem(f"{at}/{present[0]}", f"no element of a {self._kind} policy", "take it out")
        elif len(present) > 1:
            self._problem(f"{at}/{element}", f"{element} and Not{element} exclude each other", "keep one")
        elif required and not present:
            self._problem(f"{at}/{element}", "missing", f"write {element} or Not{element}")

    def _actions(self, written: Mapping[str, Any], at: str, element: str) -> Iterator[str]:
        for action in self._strings(written, at, element):
            service, colon, name = action.partition(":")
            if action == "*" or (colon and service and name):
                yield action
            else:
                self._problem(at, f"{action!r} is no action", "write service:Action")

    def _strings(self, written: Mapping[str, Any], at: str, element: str) -> Iterator[str]:
        if element not in written:
            return
        found = written[element]
        if found == []:
            self._problem(at, "empty", "an empty list matches nothing and AWS refuses it")
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, str) and one:
                yield one
            else:
                self._problem(at, f"a string was expected, not {type(one).__name__}", "resolve it to text first")

    def _principals(self, written: Mapping[str, Any], at: str, element: str) -> Principals | None:
        if element not in written:
            return None
        found = written[element]
        if found == "*":
            return Principals(everyone=True)
        if not isinstance(found, dict) or not found:
            self._problem(f"{at}/{element}", "neither * nor an object", f"kinds: {', '.join(_KINDS_OF_PRINCIPAL)}")
            return None
        for unknown in sorted(set(found) - set(_KINDS_OF_PRINCIPAL)):
            kinds = ", ".join(_KINDS_OF_PRINCIPAL)
            self._problem(f"{at}/{element}/{unknown}", "no kind of principal", f"kinds: {kinds}")
        ids = {kind: tuple(self._strings(found, f"{at}/{element}/{kind}", kind)) for kind in _KINDS_OF_PRINCIPAL}
        named = tuple(each for each in ids["AWS"] if each != "*")
        everyone = len(named) != len(ids["AWS"])
        return Principals(everyone, named, ids["Service"], ids["Federated"], ids["CanonicalUser"])

    def _conditions(self, written: Any, at: str) -> Iterator[Condition]:
        if not isinstance(written, dict):
            self._problem(at, "a condition is a JSON object", "write {operator: {key: value}}")
            return
        for name, tests in written.items():
            operator = parse_operator(name)
            if operator is None:
                self._problem(f"{at}/{name}", "no condition operator", "see IAM's list of condition operators")
            elif not isinstance(tests, dict) or not tests:
                self._problem(f"{at}/{name}", "keys and values were expected", "write {key: value}")
            else:
                for key, values in tests.items():
                    yield Condition(operator, key.lower(), tuple(self._values(values, f"{at}/{name}/{key}")))

    def _values(self, written: Any, at: str) -> Iterator[str]:
        for one in written if isinstance(written, list) else [written]:
            if isinstance(one, bool):
                yield "true" if one else "false"
            elif isinstance(one, str | int | float):
                yield str(one)
            else:
                self._problem(at, f"a value is text, a number or a boolean, not {type(one).__name__}", "write text")

    def _problem(self, pointer: str, message: str, hint: str) -> None:
        self._problems.append(InputProblem(self._name, 0, pointer, message, hint))
