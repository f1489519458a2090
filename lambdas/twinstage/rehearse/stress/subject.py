"""What a scenario stresses on virtual time: an arm's function, or a table or zone of the snapshot, as the virtual world takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.timestamp import epoch_s
from twinstage.rehearse.stress.requests import requests_of
from twinstage.rehearse.stress.standing import with_given
from twinstage.simulate.duration_form import duration_of
from twinstage.stress.virtual.durations import ServiceTimes
from twinstage.stress.virtual.subject import Operation, Subject
from twinstage.world.request_form import client_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.stress_config import StressConfig, Target
    from twinstage.rehearse.inputs import Inputs
    from twinstage.world.contained import Function

# When the load begins where no event says: midnight of 2025-01-01.
_SOME_DAY_S = 1_735_689_600.0


def subject_of(inputs: Inputs, config: StressConfig, arm: str, seed: int) -> Subject:
    """The target by the code of one arm. The load begins when the first recorded event did. Raises InputError where nothing can be sent to it."""
    target, scenario = config.target, inputs.scenario
    zone_id = zone_id_of(inputs, target)
    requests = requests_of(config, inputs.events, zone_id)
    serves = _serves(inputs, target, arm, zone_id)
    if serves is None or not requests:
        what = (
            f"there is no {target.kind} {target.name}" if serves is None else f"nothing was recorded of {target.text}"
        )
        hint = (
            "name one that is captured" if serves is None else "write requests into a file, and name it in `requests`"
        )
        raise InputError([InputProblem("the scenario", 0, "/stress", what, hint)])
    start_s = float(int(min((epoch_s(event.timestamp) for event in inputs.events), default=_SOME_DAY_S)))
    return Subject(
        target=target.text,
        serves=serves,
        start=with_given(inputs.start_of(arm), config.given, start_s),
        requests=_in_full(config, serves, requests),
        start_s=start_s,
        times=ServiceTimes({name: duration_of(given) for name, given in config.service_times.items()}),
        concurrency=config.concurrency,
        quotas=config.quotas,
        answers=scenario.explore.answers if scenario.explore else (),
        seed=seed,
    )


def _serves(inputs: Inputs, target: Target, arm: str, zone_id: str | None) -> Function | Operation | None:
    region = next(iter(inputs.start.databases), "us-east-1")
    if target.kind == "function":
        return inputs.functions[arm].get(target.name)
    if target.kind == "zone":
        fixed = {"HostedZoneId": zone_id}
        return Operation("route53", "ChangeResourceRecordSets", fixed, region) if zone_id is not None else None
    known = any(target.name in database.tables for database in inputs.start.databases.values())
    return Operation("dynamodb", str(target.operation), {"TableName": target.name}, region) if known else None


def zone_id_of(inputs: Inputs, target: Target) -> str | None:
    """Production's id of the zone that is the target; the first of them, should several have its name."""
    if target.kind != "zone":
        return None
    name = canonical_name(target.name)
    return next((id_ for id_, held in sorted(inputs.start.route53.zones.items()) if held.zone.name == name), None)


def _in_full(config: StressConfig, serves: Function | Operation, requests: Sequence[Any]) -> tuple[Any, ...]:
    """A function's events as they are, any other request as the parameters of its operation. Raises InputError with every request that is none."""
    if not isinstance(serves, Operation):
        return tuple(requests)
    found, problems = [], []
    for number, request in enumerate(requests):
        own = {"ChangeBatch": request} if config.target.kind == "zone" else request
        if isinstance(own, dict):
            parameters, faults = client_request(serves.service, serves.operation, {**own, **serves.fixed})
            found.append(parameters)
        else:
            faults = "not a JSON object"
        if faults:
            place, hint = f"/stress/requests/{number}", f"give what {serves.operation} takes"
            if config.requests is None:
                place, hint = "", "write requests into a file, and name it in `requests`"
            message = f"request {number + 1} is none of {config.target.text}: {faults}"
            problems.append(InputProblem("the scenario", 0, place, message, hint))
    if problems:
        raise InputError(problems)
    return tuple(found)
