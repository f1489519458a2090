"""Messages run one after another by an arm's own code, each to its end: what is given before an exploration, and the recorded day itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import Batch, Delivery, ItemWrite, Message
from twinstage.model.errors import TwinstageError
from twinstage.model.follow_up import follow_up_of, told_the_time
from twinstage.world.answers import Prepared
from twinstage.world.contained import Answered, Asked, Environment, Failed
from twinstage.world.memory.aws import AwsState, MemoryAws, NobodyAnswers, ServiceRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.exploration_config import FollowUpPointers
    from twinstage.model.follow_up import FollowUp
    from twinstage.model.prepared_answer import PreparedAnswer
    from twinstage.world.contained import Call, Function

MOST_CALLS = 20_000
MOST_FOLLOW_UPS = 1_000
SUCCESS: Mapping[str, Any] = {"outcome": "success", "response": None}


@dataclass
class SerialRun:
    """A world in which one thing happens at a time. `unanswered`: (service, operation, parameters) of calls that nobody answered."""

    start: AwsState
    functions: Mapping[str, Function]
    follow_ups: FollowUpPointers | None
    answers: tuple[PreparedAnswer, ...] = ()
    seed: int = 0
    now_s: float = 0.0
    unanswered: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    _runs: int = 0

    def __post_init__(self) -> None:
        self._aws = MemoryAws(clock=lambda: self.now_s, account=self.start.route53.id)
        self._aws.restore(self.start)
        self._prepared = Prepared(self.answers)

    @property
    def state(self) -> AwsState:
        """What the world holds now, changes in sync and forgotten, requests not counted: as what is explored begins."""
        held = self._aws.state
        empty = replace(held.route53, changes=held.route53.changes.changed(dict.fromkeys(held.route53.changes)))
        return replace(held, route53=empty, requests=self.start.requests)

    @property
    def answered(self) -> Mapping[tuple[str, str], int]:
        """How often handlers were answered by what was prepared, by (service, operation)."""
        return self._prepared.given

    def deliver(self, delivery: Delivery, *, followed: bool = True) -> Mapping[str, Any]:
        """Run one thing to its end and give its outcome; `followed`: what its response asks for too, when its time has come.

        An invocation that does not end is ended by its timeout; a chain of them that does not end raises TwinstageError.
        """
        self.now_s = max(self.now_s, delivery.at_s)
        outcome = self._run(delivery)
        after, runs = self.asked_for(outcome), 0
        while followed and after is not None:
            if (runs := runs + 1) > MOST_FOLLOW_UPS:
                raise TwinstageError(
                    "ENDLESS", f"{after.function} asks for another message without an end: {after.message}"
                )
            self.now_s = after.due_s(self.now_s)
            after = self.asked_for(self._run(Message(after.function, self.handed_over(after.message), self.now_s)))
        return outcome

    def asked_for(self, outcome: Mapping[str, Any]) -> FollowUp | None:
        """What an outcome's response asks for."""
        if self.follow_ups is None or outcome["outcome"] != "success":
            return None
        return follow_up_of(outcome.get("response"), self.follow_ups)

    def handed_over(self, message: Any) -> Any:
        """A follow-up's message as it is handed over now."""
        now = self.follow_ups.now if self.follow_ups else None
        return told_the_time(message, now, self.now_s)

    def _run(self, delivery: Delivery) -> Mapping[str, Any]:
        if isinstance(delivery, Message):
            return self._invoke(delivery)
        answer = self._answer(*_call_of(delivery))
        return (
            SUCCESS
            if isinstance(answer, Answered)
            else {"outcome": "error", "error": answer.error, "message": answer.message}
        )

    def _invoke(self, message: Message) -> Mapping[str, Any]:
        self._runs += 1
        name = f"serial-{self._runs}"
        environment = Environment(self.functions[message.function], identity=name, seed=self.seed, now_s=self.now_s)
        reached = environment.begin(message.event, request_id=f"00000000-0000-4000-8000-{self._runs:012x}")
        asker, calls = self._prepared.asker(environment.function), 0
        while isinstance(reached, Asked):
            if (calls := calls + 1) > MOST_CALLS:
                environment.park()
                return {"outcome": "error", "error": "Sandbox.Timedout", "message": f"no end after {MOST_CALLS} calls"}
            self.now_s = environment.now_s
            prepared = asker.reply(reached.call)
            reached = environment.resume(prepared or self._asked(reached.call, environment.function))
        self.now_s = environment.now_s
        return reached.outcome

    def _asked(self, call: Call, function: Function) -> Answered | Failed:
        region = call.region if call.region and not call.region.endswith("-global") else function.region
        return self._answer(call.service, call.operation, call.parameters, region)

    def _answer(
        self, service: str, operation: str, parameters: Mapping[str, Any], region: str | None = None
    ) -> Answered | Failed:
        try:
            return Answered(self._aws.answer(service, operation, parameters, region=region or self._region))
        except ServiceRefused as refused:
            return Failed(refused.error, refused.message, refused.status, refused.members)
        except NobodyAnswers as missing:
            self.unanswered.append((service, operation, parameters))
            return Failed("NobodyAnswers", missing.message)

    @property
    def _region(self) -> str:
        return next(iter(sorted(self.start.databases)), "us-east-1")


def _call_of(delivery: Batch | ItemWrite) -> tuple[str, str, dict[str, Any]]:
    if isinstance(delivery, Batch):
        changes = {"Changes": list(delivery.changes)}
        return "route53", "ChangeResourceRecordSets", {"HostedZoneId": delivery.zone_id, "ChangeBatch": changes}
    if delivery.new_image is None:
        return "dynamodb", "DeleteItem", {"TableName": delivery.table, "Key": dict(delivery.key)}
    return "dynamodb", "PutItem", {"TableName": delivery.table, "Item": dict(delivery.new_image)}
