"""The least policy of whoever promotes: with exactly it, through the gate, a promotion and its way back work; without any one of its statements it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.promotion.conftest import UNWATCHED
from twinstage.local.clients import LocalSession, isolated_core
from twinstage.model.errors import AwsError
from twinstage.rehearse.promotion.policy import policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.promotion.conftest import Production

    Make = Callable[..., Production]

pytestmark = pytest.mark.engine
LOADER = isolated_core().get_component("data_loader")
OF_A_PROMOTION = (
    "Look", "LookAtVersions", "ChangeCode", "ChangeConfiguration", "Publish", "Shift", "Watch", "LookAtRecords",
    "ChangeRecords", "Follow",
)  # fmt: skip


def statements(made: Production, root: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy(made.promoter().order, root)["Statement"]
    return found


def somebody(made: Production, allowed: list[dict[str, Any]]) -> Callable[[str], Any]:
    """The clients of a user who may do this and nothing else."""
    iam, name = made.client("iam"), f"promoter-{uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName=name, PolicyName="promotes", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    core = isolated_core()
    core.register_component("data_loader", LOADER)
    core.set_credentials(key["AccessKeyId"], key["SecretAccessKey"])
    return LocalSession(made.engine.endpoint, core, made.engine.region).client


def test_with_exactly_this_policy_it_works(production: Make) -> None:
    made = production(records=True, environment={"ADDED": "1"}, sent=0)
    before = made.state
    assert [each["Sid"] for each in statements(made)] == list(OF_A_PROMOTION)
    client = somebody(made, statements(made))

    assert made.promoter(UNWATCHED, client=client).promote().outcome == "promoted"
    assert made.promoter(UNWATCHED, client=client).back().outcome == "returned"
    assert made.state == before


# The embedded Route 53 is in sync at once, so that nobody asks it how far a change is.
@pytest.mark.parametrize("missing", [name for name in OF_A_PROMOTION if name != "Follow"])
def test_without_any_one_statement_it_is_refused(production: Make, missing: str) -> None:
    made = production(records=True, environment={"ADDED": "1"}, sent=0)
    client = somebody(made, [each for each in statements(made) if each["Sid"] != missing])

    def there_and_back() -> None:
        made.promoter(UNWATCHED, client=client).promote()
        made.promoter(UNWATCHED, client=client).back()

    with pytest.raises(AwsError) as caught:
        there_and_back()

    assert caught.value.error in ("AccessDeniedException", "AccessDenied")


def test_it_names_what_is_promoted_and_no_more(production: Make) -> None:
    made = production(records=True)
    found = {each["Sid"]: each for each in statements(made, "evidence")}

    assert "ChangeConfiguration" not in found
    function = f"arn:aws:lambda:us-east-1:111111111111:function:{made.ordered.function}"
    assert found["Shift"]["Resource"] == [function]
    names = found["ChangeRecords"]["Condition"]["ForAllValues:StringEquals"]
    assert names == {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
            "new.example.net",
            "old.example.net",
            "www.example.net",
        ]
    }
    assert [each["Resource"] for each in found.values() if "*" in each["Resource"]] == [["*"]]
    assert found["WriteTheJournal"]["Resource"][0] == "arn:aws:s3:::evidence/runs/demo/promotion/*"


def test_a_run_below_a_prefix_is_allowed_below_that_prefix(production: Make) -> None:
    found = {each["Sid"]: each["Resource"] for each in statements(production(), "evidence/team")}

    held = "arn:aws:s3:::evidence/team"
    assert found["ReadTheRun"] == [f"{held}/runs/demo/*", f"{held}/objects/*", f"{held}/snapshots/*"]
    assert found["WriteTheJournal"][0] == f"{held}/runs/demo/promotion/*"
    assert found["ListTheRun"] == ["arn:aws:s3:::evidence"]


def test_another_name_than_the_orders_may_not_be_changed(production: Make) -> None:
    made = production(records=True)
    zones = somebody(made, statements(made))("route53")
    other = {"Name": "other.example.net.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]}

    with pytest.raises(zones.exceptions.ClientError, match="AccessDenied"):
        zones.change_resource_record_sets(
            HostedZoneId=made.ordered.zone_id,
            ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": other}]},
        )
