"""A case as the state graph takes it: a start, containers, and the invariants that are asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Case, ContainerSpec, FollowUps, Message, Perturbations
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.exploration_config import RECORDED, Exploration, with_lag
from twinstage.model.follow_up import told_the_time
from twinstage.model.invariant import at_least_of
from twinstage.model.timestamp import epoch_s
from twinstage.rehearse.plan import BASELINE, case_plan
from twinstage.rehearse.properties import asked_after_recovery
from twinstage.rehearse.recorded import chains_of, containers_of, delivery_of
from twinstage.rehearse.serial import SerialRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.explore.case import Delivery
    from twinstage.model.exploration_config import CasePlan, FollowUpPointers
    from twinstage.model.invariant import Invariant
    from twinstage.model.scenario import Scenario
    from twinstage.rehearse.inputs import Inputs
    from twinstage.world.contained import Function
    from twinstage.world.memory.aws import AwsState


@dataclass(frozen=True)
class Subject:
    """One case by the code of one arm. `order`: of the recorded day, container and time of each event. `left_out`: ids of events that are no part of it; `unanswered` and `answered`: calls while it was made ready, the latter by what was prepared, with their number.

    `rollback`: the messages of the scenario's own way back, handed over at `ends_at_s`, as the case's last message is. `recorded`: of each recorded invocation its event, function, container and outcome class, in their order. `failed`: in words, what was given and failed.
    """

    plan: CasePlan
    case: Case
    invariants: tuple[Invariant, ...]
    recovery: tuple[Message, ...]
    recovery_at_s: float
    ends_at_s: float = 0.0
    rollback: tuple[Message, ...] = ()
    order: tuple[tuple[str, float], ...] = ()
    left_out: tuple[str, ...] = ()
    unanswered: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    answered: Mapping[tuple[str, str], int] = field(default_factory=dict)
    recorded: tuple[tuple[str, str, str, str], ...] = ()
    failed: tuple[str, ...] = ()


def subject_of(inputs: Inputs, arm: str, variant: str | None, name: str, lag: int | None = None) -> Subject:
    """The case called `name` by the code of an arm; `lag` for the case of the safe-lag envelope.

    What is given runs first, by the arm's own code. Raises InputError for messages that name what is not captured.
    """
    asked = inputs.scenario.explore or Exploration()
    plan = case_plan(asked, inputs.events, name)
    functions = functions_of(inputs, arm, variant)
    made = _Making(inputs, asked, functions, inputs.start_of(arm), lag)
    start, containers = made.recorded() if plan.name == RECORDED else made.described(plan)
    last_s = max(
        (delivery.at_s for container in containers for delivery in container.messages), default=made.default_at_s
    )
    after_s = asked.recovery.after_s if asked.recovery else 0.0
    recovery = made.deliveries(asked.recovery.messages if asked.recovery else (), last_s + after_s)
    way_back = inputs.scenario.rollback.messages if inputs.scenario.rollback else ()
    case = Case(
        name=plan.name,
        start=start,
        functions=functions,
        containers=containers,
        follow_ups=_follow_ups(asked.follow_ups),
        perturbations=Perturbations(**vars(plan.perturb)),
        seed=inputs.scenario.seed,
        max_states=plan.max_states,
        region=made.region,
        answers=asked.answers,
    )
    return Subject(
        plan=plan,
        case=case,
        invariants=invariants_of(inputs.scenario, plan, lag),
        recovery=tuple(made.handed_over(each) for each in recovery if isinstance(each, Message)),
        recovery_at_s=last_s + after_s,
        ends_at_s=last_s,
        rollback=tuple(
            made.handed_over(each) for each in made.deliveries(way_back, last_s) if isinstance(each, Message)
        ),
        order=tuple(made.order),
        left_out=tuple(made.left_out),
        unanswered=tuple(made.unanswered),
        answered=made.answered,
        recorded=tuple(made.recorded_outcomes),
        failed=tuple(made.failed),
    )


def functions_of(inputs: Inputs, arm: str, variant: str | None) -> Mapping[str, Function]:
    """The functions of an arm; a variant's environment goes over that of every function that changes."""
    functions = inputs.functions[arm]
    if variant is None or inputs.scenario.explore is None:
        return functions
    overrides = next(each.environment for each in inputs.scenario.explore.variants if each.name == variant)
    return {
        name: replace(function, environment={**function.environment, **overrides})
        if name in inputs.scenario.changed
        else function
        for name, function in functions.items()
    }


def invariants_of(scenario: Scenario, plan: CasePlan, lag: int | None = None) -> tuple[Invariant, ...]:
    """The invariants that a case asks, with the generations it wants of them. What asks for a recovery is not asked without one."""
    recovers = scenario.explore is not None and scenario.explore.recovery is not None
    at_least = {id_: at_least_of(with_lag(wanted, lag or 0)) for id_, wanted in plan.at_least.items()}
    return tuple(
        replace(each, at_least=at_least.get(each.id, each.at_least))
        for each in scenario.explored_invariants
        if (plan.asked is None or each.id in plan.asked)
        and each.id not in plan.excepted
        and (recovers or not asked_after_recovery(each))
    )


class _Making:
    """What cases are made of, and what was met on the way."""

    def __init__(
        self, inputs: Inputs, asked: Exploration, functions: Mapping[str, Function], start: AwsState, lag: int | None
    ) -> None:
        self._inputs, self._asked, self._functions, self._start, self._lag = inputs, asked, functions, start, lag
        self.order: list[tuple[str, float]] = []
        self.left_out: list[str] = []
        self.unanswered: list[tuple[str, str, Mapping[str, Any]]] = []
        self.answered: dict[tuple[str, str], int] = {}
        self.recorded_outcomes: list[tuple[str, str, str, str]] = []
        self.failed: list[str] = []
        self.default_at_s = next((epoch_s(event.timestamp) for event in inputs.events), 0.0)
        self.region = next(iter(sorted({function.region for function in functions.values()})), "us-east-1")
        self._zone_ids = {zone.zone.name: id_ for id_, zone in inputs.start.route53.zones.items()}

    def recorded(self) -> tuple[AwsState, tuple[ContainerSpec, ...]]:
        """The recorded day: from the snapshot on, what followed told by the code that production ran."""
        baseline = self._inputs.functions[BASELINE]
        run = self._serial(self._inputs.start, baseline)
        chains, self.left_out = chains_of(self._inputs.events, run, self._zone_ids, baseline, self._asked.lag_s)
        self._note(run)
        chain_of = {id_: chain.name for chain in chains for id_ in chain.events}
        known = [event for event in self._inputs.events if event.id in chain_of]
        self.recorded_outcomes = [
            (event.id, event.payload["function"], chain_of[event.id], event.expected.outcome)
            for event in known
            if event.type == "lambda_invoke"
        ]
        self.order = [(chain_of[event.id], epoch_s(event.timestamp)) for event in known]
        return self._start, containers_of(chains)

    def described(self, plan: CasePlan) -> tuple[AwsState, tuple[ContainerSpec, ...]]:
        """A case of the scenario: from what is given on."""
        run = self._serial(self._start, self._functions)
        for number, delivery in enumerate(self.deliveries(plan.given, self.default_at_s), 1):
            outcome = run.deliver(delivery)
            if outcome["outcome"] != "success":
                what = delivery.function if isinstance(delivery, Message) else "the change"
                self.failed.append(f"given {number}: {what} failed: {outcome.get('error')}: {outcome.get('message')}")
        self._note(run)
        default_s = max(self.default_at_s, run.now_s)
        containers = tuple(
            ContainerSpec(each.name, self.deliveries(each.messages, default_s), each.after) for each in plan.containers
        )
        return run.state, containers

    def _note(self, run: SerialRun) -> None:
        """What nobody answered, and what was answered by what is prepared."""
        self.unanswered += run.unanswered
        self.answered |= {name: self.answered.get(name, 0) + number for name, number in run.answered.items()}

    def deliveries(self, messages: Sequence[Mapping[str, Any]], default_s: float) -> tuple[Delivery, ...]:
        """Messages of a scenario, as they are handed over."""
        return tuple(self._delivery(with_lag(message, self._lag or 0), default_s) for message in messages)

    def handed_over(self, message: Message) -> Message:
        """A recovery's message with the time at which it is handed over, where it does not say another."""
        now = self._asked.follow_ups.now if self._asked.follow_ups else None
        if now is None or not isinstance(message.event, dict) or now in message.event:
            return message
        return replace(message, event=told_the_time(message.event, now, message.at_s))

    def _delivery(self, message: Mapping[str, Any], default_s: float) -> Delivery:
        at_s = epoch_s(message["at"]) if "at" in message else default_s
        kind = "lambda_invoke" if "function" in message else "item_change" if "table" in message else "dns_update"
        delivery = delivery_of(kind, message, at_s, self._zone_ids)
        if delivery is None or (isinstance(delivery, Message) and delivery.function not in self._functions):
            raise InputError(
                [InputProblem("explore", 0, "", f"{message} cannot be handed over: nothing captured takes it")]
            )
        return delivery

    def _serial(self, start: AwsState, functions: Mapping[str, Function]) -> SerialRun:
        return SerialRun(start, functions, self._asked.follow_ups, self._asked.answers, self._inputs.scenario.seed)


def _follow_ups(pointers: FollowUpPointers | None) -> FollowUps | None:
    if pointers is None:
        return None
    return FollowUps(pointers.function, pointers.message, pointers.delay_s, pointers.now)
