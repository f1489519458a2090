"""A state machine that sends the same random requests to Route 53 in memory and behind another door, and compares every answer."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.contract.answers import snake
from twinstage.world.memory.aws import MemoryAws, ServiceRefused

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("", "a.", "b.", "*.", "x.a.")
VALUES = {
    "A": ("192.0.2.1", "192.0.2.2", "no address"),
    "TXT": ('"one"', '"one" "two"', "unquoted"),
    "CNAME": ("target.test.", "Target.test"),
    "MX": ("10 mail.test.", "mail.test."),
}

kinds = st.sampled_from(tuple(VALUES))
record_sets = kinds.flatmap(
    lambda kind: st.fixed_dictionaries(
        {
            "Name": st.sampled_from(LABELS),
            "Type": st.just(kind),
            "TTL": st.sampled_from((60, 300)),
            "ResourceRecords": st.lists(
                st.sampled_from(VALUES[kind]).map(lambda value: {"Value": value}), min_size=1, max_size=2
            ),
        },
        optional={"SetIdentifier": st.sampled_from(("one", "two"))},
    )
)
aliases = st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)).map(
    lambda pair: {
        "Name": pair[0],
        "Type": "A",
        "AliasTarget": {"HostedZoneId": "", "DNSName": pair[1], "EvaluateTargetHealth": False},
    }
)
changes = st.lists(
    st.tuples(st.sampled_from(("CREATE", "UPSERT", "DELETE")), record_sets | aliases), min_size=1, max_size=3
)


def plain(answer: Any, zone: str) -> Any:
    """An answer without what is each door's own: metadata, ids, the zone's id in aliases too, times and name servers."""
    if isinstance(answer, dict):
        return {
            name: plain(value, zone)
            for name, value in answer.items()
            if name not in {"ResponseMetadata", "Id", "ResourceId", "Location", "NameServers", "CallerReference"}
            and not isinstance(value, datetime)
        }
    if isinstance(answer, list):
        return [plain(value, zone) for value in answer]
    if isinstance(answer, str):
        return re.sub(r"ns-\d+\.awsdns-\d+\.[a-z.]+", "ns", answer).replace(zone.removeprefix("/hostedzone/"), "ZONE")
    return answer


class Route53Agreement(RuleBasedStateMachine):
    """Subclassed with `other`, a boto3 client."""

    other: Any

    @initialize()
    def make_zone(self) -> None:
        """A zone of its own in both."""
        self.memory, self.name = MemoryAws(clock=lambda: 1_700_000_000.0), f"{uuid4().hex[:10]}.test."
        request = {"Name": self.name, "CallerReference": uuid4().hex}
        self.mine = self.memory.answer("route53", "CreateHostedZone", request)["HostedZone"]["Id"]
        self.theirs = self.other.create_hosted_zone(**request)["HostedZone"]["Id"]

    def teardown(self) -> None:
        """Leave the other without the zone."""
        if hasattr(self, "theirs"):
            found = self.other.list_resource_record_sets(HostedZoneId=self.theirs)["ResourceRecordSets"]
            batch = [
                {"Action": "DELETE", "ResourceRecordSet": one} for one in found if one["Type"] not in {"NS", "SOA"}
            ]
            if batch:
                self.other.change_resource_record_sets(HostedZoneId=self.theirs, ChangeBatch={"Changes": batch})
            self.other.delete_hosted_zone(Id=self.theirs)

    def both(self, operation: str, request: Callable[[str], dict[str, Any]]) -> Any:
        """Ask both, each about its own zone, and compare. Returns the memory world's answer."""
        mine, theirs = self.ask_memory(operation, request(self.mine)), self.ask_other(operation, request(self.theirs))
        assert mine == theirs, f"{operation} {request('ZONE')}\nmemory: {mine}\nother: {theirs}"
        return mine

    def ask_memory(self, operation: str, parameters: dict[str, Any]) -> Any:
        """The memory world's answer or its error."""
        try:
            return plain(self.memory.answer("route53", operation, parameters), self.mine)
        except ServiceRefused as refused:
            return refused.error, self.spoken(refused.message, self.mine)

    def ask_other(self, operation: str, parameters: dict[str, Any]) -> Any:
        """The other's answer or its error."""
        try:
            return plain(getattr(self.other, snake(operation))(**parameters), self.theirs)
        except ClientError as error:
            said = error.response["Error"]
            return said["Code"], self.spoken(said["Message"], self.theirs)

    def spoken(self, message: str, zone: str) -> str:
        """A message without the zone's id."""
        return message.replace(zone.removeprefix("/hostedzone/"), "ZONE")

    @rule(batch=changes)
    def change(self, batch: Any) -> None:
        """ChangeResourceRecordSets."""
        self.both("ChangeResourceRecordSets", lambda zone: self.request(zone, batch))

    def request(self, zone: str, batch: Any) -> dict[str, Any]:
        """The batch with the zone's name and id put in."""
        listed = []
        for action, record_set in batch:
            whole = {**record_set, "Name": record_set["Name"] + self.name}
            if "SetIdentifier" in whole:
                whole["Weight"] = 1
            if "AliasTarget" in whole:
                target = whole["AliasTarget"]
                whole["AliasTarget"] = {
                    **target,
                    "HostedZoneId": zone.removeprefix("/hostedzone/"),
                    "DNSName": target["DNSName"] + self.name,
                }
            listed.append({"Action": action, "ResourceRecordSet": whole})
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": listed}}

    @rule(size=st.integers(1, 5), label=st.sampled_from(LABELS) | st.none())
    def list_in_pages(self, size: int, label: str | None) -> None:
        """ListResourceRecordSets, page after page."""
        start = {} if label is None else {"StartRecordName": label + self.name}
        while True:
            answer = self.both(
                "ListResourceRecordSets",
                lambda zone, start=start: {"HostedZoneId": zone, "MaxItems": str(size), **start},
            )
            if not answer["IsTruncated"]:
                return
            start = {
                f"Start{name.removeprefix('Next')}": answer[name]
                for name in ("NextRecordName", "NextRecordType", "NextRecordIdentifier")
                if name in answer
            }

    @rule()
    def describe(self) -> None:
        """GetHostedZone."""
        self.both("GetHostedZone", lambda zone: {"Id": zone})

    @rule(comment=st.sampled_from(("", "one")))
    def comment(self, comment: str) -> None:
        """UpdateHostedZoneComment."""
        self.both("UpdateHostedZoneComment", lambda zone: {"Id": zone, "Comment": comment})

    @rule(
        added=st.dictionaries(st.sampled_from("ab"), st.sampled_from(("1", "")), max_size=2),
        removed=st.sets(st.sampled_from("abc"), max_size=2),
    )
    def tag(self, added: dict[str, str], removed: set[str]) -> None:
        """ChangeTagsForResource, then ListTagsForResource."""
        members = {
            **({"AddTags": [{"Key": key, "Value": value} for key, value in added.items()]} if added else {}),
            **({"RemoveTagKeys": sorted(removed)} if removed else {}),
        }
        for operation, more in (("ChangeTagsForResource", members), ("ListTagsForResource", {})):
            self.both(
                operation,
                lambda zone, more=more: {
                    "ResourceType": "hostedzone", "ResourceId": zone.removeprefix("/hostedzone/"), **more
                },
            )  # fmt: skip

    @rule()
    def delete(self) -> None:
        """DeleteHostedZone, which a zone with record sets refuses."""
        found = self.memory.answer("route53", "ListResourceRecordSets", {"HostedZoneId": self.mine})
        if len(found["ResourceRecordSets"]) > len(("NS", "SOA")):
            self.both("DeleteHostedZone", lambda zone: {"Id": zone})
