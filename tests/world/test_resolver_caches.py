"""What resolvers may still answer, against resolvers that are simulated second by second, whatever they ask and whenever."""

from __future__ import annotations

from itertools import accumulate, chain, combinations
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.world.memory.resolver_caches import Kept, Period, answers, kept_answers
from twinstage.world.memory.route53 import resolve, zone_from
from twinstage.world.memory.route53.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.world.memory.route53 import Zone
    from twinstage.world.memory.route53.serving import Served

NAMES = ("a.ex.test.", "b.ex.test.", "c.ex.test.")
SOA_TTL = 2
Cache = frozenset[tuple[str, "Served", int]]
"""What one resolver holds: of a name an answer, and the last second in which it may give it."""


def zone(*records: dict[str, Any], soa_ttl: int = SOA_TTL, minimum: int = 86400) -> Zone:
    soa = f"ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 {minimum}"
    apex = {"Name": "ex.test.", "Type": "SOA", "TTL": soa_ttl, "ResourceRecords": [{"Value": soa}]}
    return zone_from([apex, *records], id="Z1", name="ex.test.")


def record(name: str, value: str, ttl: int, kind: str = "A", **fields: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value}], **fields}


def alias(name: str, target: str) -> dict[str, Any]:
    leads = {"HostedZoneId": "Z1", "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": "A", "AliasTarget": leads}


def kept(before: Zone, now: Zone, name: str = "a.ex.test.", until_s: float = 100) -> tuple[Kept, ...]:
    return kept_answers([Period((before,), until_s)], (now,), name, "A")


def test_an_answer_is_kept_for_its_ttl() -> None:
    before, now = zone(record("a.ex.test.", "192.0.2.2", 3600)), zone(record("a.ex.test.", "192.0.2.1", 60))

    assert kept(before, now) == (Kept(("192.0.2.2",), 3700),)


def test_a_negative_answer_is_kept_for_the_lesser_of_the_soas_ttl_and_its_minimum() -> None:
    now = zone(record("a.ex.test.", "192.0.2.1", 60))

    assert kept(zone(soa_ttl=900), now) == (Kept((), 1000),)
    assert kept(zone(soa_ttl=900, minimum=30), now) == (Kept((), 130),)


def test_an_alias_is_kept_for_as_long_as_what_it_points_at() -> None:
    trees = record("t1.ex.test.", "192.0.2.1", 60), record("t2.ex.test.", "192.0.2.2", 300)

    found = kept(zone(*trees, alias("a.ex.test.", "t2.ex.test.")), zone(*trees, alias("a.ex.test.", "t1.ex.test.")))

    assert found == (Kept(("192.0.2.2",), 400),)


def test_a_name_that_leads_on_is_kept_for_itself_and_leads_to_whatever_is_there_then() -> None:
    """A resolver that still has the CNAME asks anew for what it leads to: nothing, once that was removed."""
    target = record("b.ex.test.", "192.0.2.2", 10)
    before = zone(record("a.ex.test.", "b.ex.test.", 500, "CNAME"), target)

    found = kept(before, zone(record("a.ex.test.", "192.0.2.1", 60)))

    assert found == (Kept((), 600), Kept(("192.0.2.2",), 110))


def test_every_way_that_routing_may_choose_is_kept() -> None:
    weighted = [record("a.ex.test.", f"192.0.2.{n}", 60, SetIdentifier=str(n), Weight=1) for n in (1, 2)]

    assert kept(zone(*weighted), zone(weighted[0])) == (Kept(("192.0.2.2",), 160),)


def test_what_was_served_by_turns_is_kept_from_the_last_time_on() -> None:
    one, other = zone(record("a.ex.test.", "192.0.2.1", 60)), zone(record("a.ex.test.", "192.0.2.2", 60))
    periods = [Period((other,), 10), Period((one,), 20), Period((other,), 30), Period((one,), 40)]

    assert kept_answers(periods, (one,), "a.ex.test.", "A") == (Kept(("192.0.2.2",), 90),)
    assert kept_answers(periods[:1], (one,), "a.ex.test.", "A") == (Kept(("192.0.2.2",), 70),)


def test_a_name_of_other_servers_leads_where_it_leads() -> None:
    away = zone(record("a.ex.test.", "elsewhere.example.", 60, "CNAME"))

    assert answers((away,), "a.ex.test.", "A") == {frozenset({"elsewhere.example."})}
    assert kept(away, away) == ()


# Against a simulation ------------------------------------------------------------------------------------------------------


def simulated(periods: list[tuple[Zone, int]], now: Zone, name: str) -> dict[frozenset[str], int]:
    """Every answer that some resolver gives otherwise than the name servers do in the end, and the last second in which one does.

    A resolver is asked for any of the names in any second, and asks the name servers for what it has not kept. Both ends of an interval count,
    as there is no moment between two seconds.
    """
    right, found = _answered_by({frozenset()}, now, name), dict[frozenset[str], int]()
    caches: set[Cache] = {frozenset()}
    end = max(until for _, until in periods) + 8
    for second in range(end + 1):
        servers = [held for index, (held, until) in enumerate(periods) if _serves(periods, index, second)]
        servers += [now] if second >= periods[-1][1] else []
        caches = {_without_expired(cache, second) for cache in caches}
        caches = set(chain.from_iterable(_after_questions(cache, servers, second) for cache in caches))
        for cache in caches:
            for values in _given(cache, servers, name, ()):
                if values not in right:
                    found[values] = second
    return found


def _serves(periods: list[tuple[Zone, int]], index: int, second: int) -> bool:
    begins = periods[index - 1][1] if index else 0
    return begins <= second <= periods[index][1]


def _answered_by(caches: Iterable[Cache], held: Zone, name: str) -> set[frozenset[str]]:
    return {values for cache in caches for values in _given(cache, [held], name, ())}


def _without_expired(cache: Cache, second: int) -> Cache:
    return frozenset(entry for entry in cache if entry[2] >= second)


def _after_questions(cache: Cache, servers: list[Zone], second: int) -> Iterator[Cache]:
    """What the resolver may hold once it was asked for any of the names it has nothing of, and was answered by any server."""
    missing = [name for name in NAMES if name not in {entry[0] for entry in cache}]
    for asked in chain.from_iterable(combinations(missing, n) for n in range(len(missing) + 1)):
        found: set[Cache] = {cache}
        for name in asked:
            given_ = {
                (name, answer, second + answer.ttl_s) for held in servers for answer in served((held,), name, "A")
            }
            found = {one | {entry} for one in found for entry in given_}
        yield from found


def _given(cache: Cache, servers: list[Zone], name: str, path: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """What a resolver answers now: out of what it keeps, else by asking."""
    kept_here = [entry[1] for entry in cache if entry[0] == name]
    for answer in kept_here or [answer for held in servers for answer in served((held,), name, "A")]:
        if answer.sends_to is None or name in path:
            yield answer.values
        else:
            yield from _given(cache, servers, answer.sends_to, (*path, name))


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    records = []
    for name in NAMES:
        kind, ttl = draw(st.sampled_from(["A", "CNAME", "alias", "none"])), draw(st.integers(0, 3))
        other = draw(st.sampled_from([each for each in NAMES if each != name]))
        if kind == "A":
            records.append(record(name, f"192.0.2.{draw(st.integers(1, 2))}", ttl))
        elif kind == "CNAME":
            records.append(record(name, other, ttl, "CNAME"))
        elif kind == "alias":
            records.append(alias(name, other))
    return zone(*records)


@settings(max_examples=60, deadline=None)
@given(st.lists(zones(), min_size=1, max_size=3), zones(), st.lists(st.integers(1, 2), min_size=3, max_size=3))
def test_it_is_what_resolvers_do_that_ask_whatever_they_like(held: list[Zone], now: Zone, lasts: list[int]) -> None:
    ends = list(accumulate(lasts[: len(held)]))
    periods, until = list(zip(held, ends, strict=True)), ends[-1]

    found = kept_answers([Period((each,), float(end)) for each, end in periods], (now,), "a.ex.test.", "A")

    after = {frozenset(each.values): each.until_s for each in found if each.until_s >= until}
    expected = {values: last for values, last in simulated(periods, now, "a.ex.test.").items() if last >= until}
    assert after == expected


@settings(max_examples=100, deadline=None)
@given(zones())
def test_a_resolver_that_has_kept_nothing_answers_what_the_name_resolves_to(held: Zone) -> None:
    resolved = resolve([held], "a.ex.test.")

    found = {value for values in answers((held,), "a.ex.test.", "A") for value in values}

    assert resolved.status == "loop" or found == {*resolved.addresses, *resolved.external}
