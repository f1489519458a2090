"""Fault 24: a teardown fails half-way. It converges to nothing left; the sweeper finds orphans by tag, name and ledger, and touches nothing else."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.small_twins import Killed, Twins, production, some_of
from twinstage.local.teardown import empty_stack
from twinstage.model.leftovers import Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.engine

RUN = "a"
STACK = "twinstage-twin-a"


def by_the_sweeper(twins: Twins) -> None:
    """What the last resort of every teardown does."""
    twins.sweeper().tear_down(RUN)


def by_cloudformation(twins: Twins) -> None:
    """What `twinstage destroy` does: the ledger first, then the zones, then the stack."""
    twins.sweeper().ledger.leave(RUN)
    empty_stack(twins.mortal, STACK)
    twins.mortal("cloudformation").delete_stack(StackName=STACK)


def losing_things(twins: Twins) -> None:
    """A stack that is deleted while some of its resources are retained: what is left of it has no stack any more."""
    kept = some_of(twins.mortal.at or 0, ["Table", "Log", "MachineLog", "Machine", "Role", "Boundary", "Check"])
    network = ["Vpc", "Routes", "Subnet", "Route", "Endpoint", "Group", "Zone"]
    twins.sweeper().ledger.leave(RUN)
    twins.mortal("cloudformation").delete_stack(StackName=STACK, RetainResources=[*kept, *network])


WAYS: tuple[Callable[[Twins], None], ...] = (by_the_sweeper, by_cloudformation, losing_things)


@pytest.fixture(scope="module")
def untouched(twins: Twins) -> Iterator[Mapping[str, list[str]]]:
    """What stands beside the run that is torn down; production is compared when all is done."""
    of_production = production(twins.engine)
    yield twins.inventory()
    assert production(twins.engine) == of_production


# A killed teardown, its sweeps and the inventory take a second: four of each way in every test run, all of them with `make test-all`.
SEEDS = [*range(12), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(12, 100))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_teardown_that_is_killed_half_way_leaves_nothing_once_it_was_swept(
    twins: Twins, untouched: Mapping[str, list[str]], seed: int
) -> None:
    """The sweep may be killed as well, as often as a seed says; the first one that is not leaves nothing.

    A teardown that was killed before the ledger knew of it has destroyed nothing: the twin stands whole, for as long as it may, or until the teardown is begun again.
    """
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    twins.deploy(RUN)
    whole, tear_down = twins.held(RUN), WAYS[seed % len(WAYS)]
    for doing in (tear_down, *[sweep] * rng.randrange(3)):
        twins.mortal.dies(rng.randrange(1, CALLS[doing]), after=rng.random() < 0.5)
        with contextlib.suppress(Killed):
            doing(twins)

    twins.mortal.lives()
    entry = twins.ledger().entries().get(RUN)
    if entry is not None and not entry.leaving:
        assert twins.held(RUN) == whole
        tear_down(twins)
    sweep(twins)

    assert twins.inventory() == untouched
    assert RUN not in twins.ledger().entries()


@pytest.mark.parametrize("way", WAYS)
def test_a_teardown_that_nobody_kills_leaves_nothing(
    twins: Twins, untouched: Mapping[str, list[str]], way: Callable[[Twins], None]
) -> None:
    twins.deploy(RUN)
    twins.mortal.lives()
    way(twins)

    assert twins.mortal.calls >= CALLS[way], "no kill could fall behind the last call"
    sweep(twins)
    assert twins.inventory() == untouched


def test_a_twin_goes_when_its_time_is_over_and_not_a_moment_before(
    twins: Twins, untouched: Mapping[str, list[str]]
) -> None:
    twins.deploy(RUN, ttl_hours="1")
    twins.mortal.lives()

    standing = twins.inventory()
    assert not twins.sweeper().plan(only=RUN).stacks
    sweep(twins)
    assert twins.inventory() == standing

    # The stack is younger than the clock by as long as the cases before this one took.
    later = replace(twins, now=twins.now + 7200)
    assert later.sweeper().sweep().runs == (RUN,)
    assert twins.inventory() == untouched


def test_what_has_no_stack_is_found_by_its_tag_by_its_name_and_by_the_ledger(
    twins: Twins, untouched: Mapping[str, list[str]]
) -> None:
    ec2, dynamodb, route53 = twins.client("ec2"), twins.client("dynamodb"), twins.client("route53")
    tag = [{"Key": "twinstage:run", "Value": "gone"}]
    group = ec2.create_security_group(GroupName="anything", Description="tagged", VpcId=a_vpc(ec2))["GroupId"]
    ec2.create_tags(Resources=[group], Tags=tag)
    for name, tags in (("any-name", tag), ("twin-gone-candidate-plans", [])):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            Tags=tags,
        )
    zone = route53.create_hosted_zone(Name="example.internal.", CallerReference="gone")["HostedZone"]["Id"]
    zone = zone.removeprefix("/hostedzone/")
    twins.fill(zone)
    twins.ledger().note("gone", [Thing("AWS::Route53::HostedZone", zone)], began_s=twins.now, ttl_hours=4.0)
    twins.mortal.lives()

    swept = twins.sweeper().sweep()

    assert {(left.thing.id, left.run, left.evidence) for left in swept.things} == {
        (group, "gone", "tag"),
        ("any-name", "gone", "tag"),
        ("twin-gone-candidate-plans", "gone", "name"),
        (zone, "gone", "ledger"),
    }
    assert twins.inventory() == untouched


def a_vpc(ec2: Any) -> str:
    """One that is nobody's twin."""
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.9.0.0/16"]}])["Vpcs"]
    return str(vpcs[0]["VpcId"])


def sweep(twins: Twins) -> None:
    assert not twins.sweeper().sweep().failures


CALLS: dict[Callable[[Twins], None], int] = {by_the_sweeper: 80, by_cloudformation: 8, losing_things: 3, sweep: 30}
"""How many calls each makes, or a few less: the kills spread over all of them."""
