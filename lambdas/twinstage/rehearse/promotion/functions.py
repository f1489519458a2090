"""One function of a promotion: `$LATEST` gets the code, a version is published, an alias is pointed at it by shares; and all of that back.

Each change is noted before it is made, and names the revision that was looked at. What is found is either as it was captured or our own doing, by the journal;
anything else is somebody else's, and refused. So each step can be done again, whatever of it was done already.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import SafetyError
from twinstage.rehearse.promotion.journal import DID, INTENDS
from twinstage.rehearse.promotion.parties import require_unmoved
from twinstage.rehearse.promotion.rules import WHOLE, differing, other_code
from twinstage.world.production import LATEST, ChangedMeanwhile, LiveAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.rehearse.promotion.order import FunctionOrder
    from twinstage.rehearse.promotion.parties import Parties
    from twinstage.world.production import LiveVersion

_CAPTURED = "what the snapshot has"
_BACK, _AGAIN = "twinstage promote RUN --back", "twinstage promote RUN"
_OURS = "what the snapshot has, or what this promotion made of it"


class FunctionWork:
    """What a promotion does with one function, through one alias."""

    def __init__(self, order: FunctionOrder, alias: str, parties: Parties, description: str) -> None:
        self.order, self.name, self.alias = order, order.name, alias
        self._live, self._journal, self._description = parties.functions, parties.journal, description
        self._was, self._withheld = order.was.configuration, order.was.withheld
        self._to_be = order.to_be(order.was.configuration)

    def first_version(self) -> str:
        """The version that serves, before anything is done. Raises SafetyError where production is not what was captured, or the alias is not there."""
        alias = self._live.alias(self.name, self.alias)
        if alias is None or alias.version == LATEST:
            seen = "no such alias" if alias is None else f"one that points at {LATEST}"
            hint = f"aws lambda publish-version --function-name {self.name}; then create-alias --name {self.alias}, and have callers name it"
            message = f"{self.name} has to be served by the alias {self.alias}: observed {seen}; expected one that points at a version"
            details = {"observed": seen, "expected": f"the alias {self.alias} at a version"}
            raise SafetyError("NO_ALIAS", message, hint=hint, details=details)
        require_unmoved(self._not_captured(alias), _CAPTURED)
        return alias.version

    def _not_captured(self, alias: LiveAlias) -> Iterator[str]:
        if alias.weights:
            yield f"{self.name}:{self.alias} serves {alias.version} and {', '.join(alias.weights)}"
        for version in (LATEST, alias.version):
            yield from self._other_than_captured(self._live.version(self.name, version), version)

    def _other_than_captured(self, found: LiveVersion | None, version: str) -> Iterator[str]:
        if found is None:
            yield f"{self.name} has no {version}"
        else:
            yield from other_code(self.name, found, [self.order.was_package])
            yield from differing(self.name, found, self._was, self._withheld)

    def untouched(self) -> bool:
        """Whether nothing is done with it: `$LATEST` and the version that serves are what was captured."""
        alias = self._live.alias(self.name, self.alias)
        return alias is not None and alias.version != LATEST and not any(self._not_captured(alias))

    def publish(self, package: bytes | None) -> str:
        """Bring `$LATEST` to what was attested, and publish it; gives the version. `package`: the new code, where it changes."""
        latest = self._latest()
        if request := _request(latest.configuration, self.order.to_be(latest.configuration)):
            self._intends("configuration", _BACK)
            with _unmoved():
                self._live.configure(self.name, request, latest.revision)
            latest = self._latest()
        if latest.code != self.order.package and package is not None:
            self._intends("code", _BACK)
            with _unmoved():
                self._live.replace_code(self.name, package, latest.revision)
            # An update has to be over before it can be published: looking waits for that.
            self._latest()
        self._intends("publish", "a version that no alias points at serves nobody")
        with _unmoved():
            number = self._live.publish(self.name, self.order.package, self._description)
        published = self._live.version(self.name, number)
        require_unmoved(self._not_attested(published, number), "the attested code and configuration")
        self._journal.add(DID, what="publish", subject=self.name, version=number)
        return number

    def route(self, was: str, new: str, share: int) -> None:
        """Give the new version its share of the alias' invocations, in percent; all of them: the alias points at it."""
        if share != WHOLE:
            self._before(was)
        self._route(was, new, LiveAlias(new, {}, "") if share == WHOLE else LiveAlias(was, {new: share / WHOLE}, ""))

    def back(self, was: str, new: str | None) -> Iterator[str]:
        """Point the alias at the version before, and make `$LATEST` what it was; gives what could not be taken back, as sentences."""
        try:
            before = self._before(was)
            self._route(was, new, LiveAlias(was, {}, ""))
            self._latest_back(before)
        except SafetyError as error:
            yield error.message

    def _route(self, was: str, new: str | None, target: LiveAlias) -> None:
        alias = self._live.alias(self.name, self.alias)
        if alias is None or not self._our_own(alias, was, new):
            seen = "gone" if alias is None else f"at {alias.version} with {dict(alias.weights)}"
            require_unmoved([f"{self.name}:{self.alias} is {seen}"], _OURS)
            return
        if (alias.version, alias.weights) == (target.version, target.weights):
            return
        self._intends("route", _update_alias(self.name, self.alias, was))
        with _unmoved():
            self._live.route(self.name, self.alias, target.version, target.weights, alias.revision)
        self._journal.add(DID, what="route", subject=self.name, version=target.version, weights=dict(target.weights))

    def _our_own(self, alias: LiveAlias, was: str, new: str | None) -> bool:
        """Whether an alias is as a promotion leaves it after one of its steps."""
        if alias.version == was:
            return not alias.weights or list(alias.weights) == [new]
        return alias.version == new and not alias.weights

    def _latest(self) -> LiveVersion:
        """`$LATEST`. Raises SafetyError where it is neither as it was captured nor of our own making."""
        latest = self._live.version(self.name)
        if latest is None:
            require_unmoved([f"{self.name} is gone"], _OURS)
        assert latest is not None  # noqa: S101  it would have been refused
        ours = [self.order.package] if self._journal.intended("code", self.name) else []
        problems = list(differing(self.name, latest, self._was, self._withheld))
        if problems and self._journal.intended("configuration", self.name):
            problems = list(differing(self.name, latest, self._to_be, self._withheld))
        require_unmoved([*other_code(self.name, latest, [self.order.was_package, *ours]), *problems], _OURS)
        return latest

    def _not_attested(self, found: LiveVersion | None, number: str) -> Iterator[str]:
        if found is None:
            yield f"{self.name} has no version {number}"
            return
        yield from other_code(self.name, found, [self.order.package])
        yield from differing(self.name, found, self._to_be, self._withheld)

    def _before(self, was: str) -> LiveVersion:
        """The version before. Raises SafetyError where it is not what was captured: the journal names it, and whoever writes the run's results could have it name another."""
        found = self._live.version(self.name, was)
        require_unmoved(self._other_than_captured(found, was), _CAPTURED)
        assert found is not None  # noqa: S101  it would have been refused
        return found

    def _latest_back(self, before: LiveVersion) -> None:
        """`$LATEST` gets the package and the settings of the version before, where it is ours. What the snapshot withheld, and the change does not name, stays as it is there."""
        latest = self._latest()
        if latest.code != before.code:
            package = self._live.package(self.name, before.version)
            self._intends("code-back", _AGAIN)
            with _unmoved():
                self._live.replace_code(self.name, package, latest.revision)
            latest = self._latest()
        kept = set(self._withheld) - {*self.order.environment, *self.order.unset}
        environment = {name: value for name, value in before.configuration["Environment"].items() if name not in kept}
        environment |= {name: value for name, value in latest.configuration["Environment"].items() if name in kept}
        if request := _request(latest.configuration, {**before.configuration, "Environment": environment}):
            self._intends("configuration-back", _AGAIN)
            with _unmoved():
                self._live.configure(self.name, request, latest.revision)

    def _intends(self, what: str, back: str) -> None:
        self._journal.add(INTENDS, what=what, subject=self.name, back=back)


@contextmanager
def _unmoved() -> Iterator[None]:
    """A change that is refused because somebody else was there first is one that production moved under."""
    try:
        yield
    except ChangedMeanwhile as error:
        require_unmoved([error.message], _OURS)


def _request(found: Mapping[str, Any], to_be: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateFunctionConfiguration is given to make one of the other."""
    changed = {name: to_be[name] for name in ("Handler", "Timeout", "MemorySize") if found.get(name) != to_be.get(name)}
    if found["Environment"] != to_be["Environment"]:
        changed["Environment"] = {"Variables": dict(to_be["Environment"])}
    return changed


def _update_alias(function: str, alias: str, version: str) -> str:
    routing = '{"AdditionalVersionWeights": {}}'
    return f"aws lambda update-alias --function-name {function} --name {alias} --function-version {version} --routing-config '{routing}'"
