"""`twinstage snapshot`: what a store holds, whether it is whole and whose it is, and what lies between two versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import change, rr
from twinstage.state.snapshot import OBJECTS, envelope_key, get_manifest, manifest_key
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

Twinstage = Any
STORE = Path(".twinstage")


def id_of(ran: Ran) -> str:
    return str(ran.document["snapshot"])


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the commands run as somebody, with a key and trusted keys of their own."""

    def become(name: str) -> None:
        monkeypatch.setenv("TWINSTAGE_HOME", str(tmp_path / name))

    return become


def add_record(dumps: Path, name: str) -> None:
    zone = dumps / "zones/ex.test.json"
    found = json.loads(zone.read_text())
    found["ResourceRecordSets"].append(rr(name, "A", "192.0.2.2"))
    zone.write_text(json.dumps(found))


def test_an_import_tells_what_the_snapshot_holds(twinstage: Callable[..., Ran], imported: Ran, dumps: Path) -> None:
    assert imported.code == 0
    counts = {"zones": 1, "record_sets": 4, "health_checks": 0, "tables": 1, "items": 1, "functions": 1}
    assert imported.document["counts"] == counts
    assert imported.document["digest"] != imported.document["snapshot"]
    shown = twinstage("snapshot", "show", id_of(imported)).out.splitlines()
    assert shown[:5] == [
        f"{id_of(imported)}  1 zones, 4 record sets, 0 health checks, 1 tables, 1 items, 1 functions",
        f"  state     {imported.document['digest']}",
        "  zone      ex.test.  4 record sets",
        "  table     plans  1 items in 1 parts",
        "  function  enactor  python3.12",
    ]
    assert shown[-1].startswith("  signature trusted sha256:")


def test_nothing_to_import_is_bad_input(twinstage: Callable[..., Ran]) -> None:
    ran = twinstage("snapshot", "import")
    assert ran.code == 2
    assert "give --zones, --tables or --functions" in ran.err


def test_equal_state_is_one_digest_and_each_import_a_snapshot_whose_parent_is_the_one_before(
    twinstage: Callable[..., Ran], imported: Ran, dumps: Path
) -> None:
    again = twinstage(
        "snapshot", "import", *(f"--{kind}={dumps / kind}" for kind in ("zones", "tables", "functions")), "--json"
    )
    other = twinstage("snapshot", "import", "--zones", dumps / "zones", "--json")
    assert again.document["digest"] == imported.document["digest"]
    listed = twinstage("snapshot", "list", "--json")
    assert listed.code == 0
    order = [entry["snapshot"] for entry in listed.document["snapshots"]]
    assert order.index(id_of(imported)) < order.index(id_of(again))
    assert {entry["snapshot"]: entry["parent"] for entry in listed.document["snapshots"]} == {
        id_of(imported): None,
        id_of(again): id_of(imported),
        id_of(other): None,
    }
    assert len(twinstage("snapshot", "list").out.splitlines()) == 3


def test_an_id_or_a_digest_may_be_cut_short_and_a_manifest_given_by_its_path(
    twinstage: Callable[..., Ran], imported: Ran
) -> None:
    whole, state = id_of(imported), imported.document["digest"]
    file = STORE / manifest_key(whole)
    for given in (whole, whole[:14], whole.removeprefix("sha256:")[:8], state, state[:14], file):
        assert id_of(twinstage("snapshot", "show", given, "--json")) == whole
    ran = twinstage("snapshot", "show", "sha256:ffffffff")
    assert ran.code == 2
    assert "no snapshot begins with 'sha256:ffffffff'" in ran.err


def test_verify_reads_every_part(twinstage: Callable[..., Ran], imported: Ran) -> None:
    ran = twinstage("snapshot", "verify", id_of(imported), "--json")
    assert (ran.code, ran.document["verified"], ran.document["signature"]["standing"]) == (0, True, "trusted")
    store = DirectoryStore(STORE)
    parts = sorted(store.list(OBJECTS))
    store.put(parts[0], store.get(parts[0])[:-1])
    store.delete(parts[1])
    store.delete(envelope_key(id_of(imported)))
    ran = twinstage("snapshot", "verify", id_of(imported), "--json")
    assert ran.code == 2
    assert [problem["file"] for problem in ran.document["problems"]] == [
        f".twinstage/{key}" for key in (*parts[:2], envelope_key(id_of(imported)))
    ]


def test_a_list_goes_on_past_a_damaged_manifest_and_says_so(
    twinstage: Callable[..., Ran], imported: Ran, dumps: Path
) -> None:
    other = twinstage("snapshot", "import", "--zones", dumps / "zones", "--json")
    store = DirectoryStore(STORE)
    store.put(manifest_key(id_of(imported)), b'{"schema": "twinstage:snapshot:1", "tool": "twinstage 0.0.9"}')
    ran = twinstage("snapshot", "list", "--json")
    assert ran.code == 2
    assert [entry["snapshot"] for entry in ran.document["snapshots"]] == [id_of(other)]
    (damaged,) = ran.document["damaged"]
    assert damaged["snapshot"] == id_of(imported)
    assert "made by twinstage 0.0.9: this version reads twinstage:snapshot:2" in damaged["problems"][0]["message"]
    assert f"{id_of(imported)}  damaged: " in twinstage("snapshot", "list").out


def test_diff_tells_what_changed_which_is_no_failure(twinstage: Callable[..., Ran], imported: Ran, dumps: Path) -> None:
    same = twinstage("snapshot", "diff", id_of(imported), id_of(imported), "--json")
    assert (same.code, same.document["equal"], same.document["differences"]) == (0, True, [])
    assert twinstage("snapshot", "diff", id_of(imported), id_of(imported)).out == "equal\n"
    add_record(dumps, "new.ex.test.")
    other = twinstage("snapshot", "import", "--zones", dumps / "zones", "--tables", dumps / "tables", "--json")
    ran = twinstage("snapshot", "diff", id_of(imported), id_of(other), "--json")
    assert (ran.code, ran.document["equal"]) == (0, False)
    first, second = ran.document["differences"]
    assert {
        "type": "record_set",
        "service": "route53",
        "zone": "ex.test.",
        "key": "new.ex.test. A",
        "kind": "added",
    }.items() <= first.items()
    assert second == {"type": "function", "service": "lambda", "function": "enactor", "key": "", "kind": "removed"}
    assert (
        "added     record_set     ex.test.  new.ex.test. A\n"
        in twinstage("snapshot", "diff", id_of(imported), id_of(other)).out
    )


def test_a_snapshot_that_nobody_signed_is_used_only_where_that_is_asked_for(
    twinstage: Callable[..., Ran], dumps: Path, tmp_path: Path
) -> None:
    unsigned = twinstage("snapshot", "import", "--zones", dumps / "zones", "--no-sign", "--json")
    events = tmp_path / "events.jsonl"
    event = {
        "id": "e1",
        "timestamp": "2025-10-19T02:14:00Z",
        "type": "dns_update",
        "payload": {"zone": "ex.test.", "changes": [change("DELETE", rr("a.ex.test.", "A", "192.0.2.1"))]},
    }
    events.write_text(json.dumps(event))
    replay = ("replay", "--snapshot", id_of(unsigned), "--events", events, "--format", "twinstage")
    rehearse = ("rehearse", "enactor-update", "--local", "--snapshot", id_of(unsigned))
    for command in (rehearse, ("replicate", "--snapshot", id_of(unsigned), "--run", "r1")):
        ran = twinstage(*command)
        assert ran.code == 2
        assert "the snapshot is not signed" in ran.err
    for command in (("snapshot", "verify", id_of(unsigned)), replay):
        ran = twinstage(*command)
        assert ran.code == 2
        assert "the snapshot is not signed" in ran.err
        assert twinstage(*command, "--unsigned").code == 0
    assert twinstage("snapshot", "show", id_of(unsigned), "--json").document["signature"]["standing"] == "unsigned"


def test_somebody_elses_snapshot_is_used_once_their_key_is_trusted(
    twinstage: Callable[..., Ran], dumps: Path, tmp_path: Path, own_home: Callable[[str], None]
) -> None:
    own_home("alice")
    theirs = id_of(twinstage("snapshot", "import", "--zones", dumps / "zones", "--json"))
    own_home("bob")
    ran = twinstage("snapshot", "verify", theirs)
    assert ran.code == 2
    assert "signed by a key that is not trusted: sha256:" in ran.err
    (tmp_path / "bob/trusted").mkdir(parents=True)
    (tmp_path / "bob/trusted/alice.pem").write_bytes((tmp_path / "alice/signing-key.pub.pem").read_bytes())
    assert twinstage("snapshot", "verify", theirs).code == 0


def test_a_snapshot_may_be_signed_later_and_by_several(
    twinstage: Callable[..., Ran], dumps: Path, own_home: Callable[[str], None]
) -> None:
    own_home("alice")
    given = id_of(twinstage("snapshot", "import", "--zones", dumps / "zones", "--no-sign", "--json"))
    first = twinstage("snapshot", "sign", given, "--json").document["key"]
    own_home("bob")
    second = twinstage("snapshot", "sign", given, "--json").document["key"]
    assert twinstage("snapshot", "verify", given, "--json").document["signature"]["keys"] == [second]
    own_home("alice")
    assert twinstage("snapshot", "verify", given, "--json").document["signature"]["keys"] == [first]


def test_a_damaged_snapshot_is_not_signed(twinstage: Callable[..., Ran], dumps: Path) -> None:
    given = id_of(twinstage("snapshot", "import", "--zones", dumps / "zones", "--no-sign", "--json"))
    store = DirectoryStore(STORE)
    for key in list(store.list(OBJECTS)):
        store.put(key, b"other")
    assert twinstage("snapshot", "sign", given).code == 2
    assert not store.exists(envelope_key(given))


def test_what_a_replay_ends_with_is_a_masked_sample_where_it_began_with_one(
    twinstage: Callable[..., Ran], dumps: Path, tmp_path: Path
) -> None:
    rules, key, events = tmp_path / "rules.yaml", tmp_path / "key", tmp_path / "events.jsonl"
    rules.write_text("rules:\n  - {table: plans, path: owner}\n")
    key.write_text("0123456789abcdef\n")
    event = {
        "id": "e1",
        "timestamp": "2025-10-19T02:14:00Z",
        "type": "dns_update",
        "payload": {"zone": "ex.test.", "changes": [change("CREATE", rr("b.ex.test.", "A", "192.0.2.1"))]},
    }
    events.write_text(json.dumps(event))
    plans = dumps / "tables/plans.json"
    dumped = json.loads(plans.read_text())
    dumped["Items"][0]["owner"] = {"S": "ada"}
    plans.write_text(json.dumps(dumped))
    folders = ("--zones", dumps / "zones", "--tables", dumps / "tables")
    given = id_of(twinstage("snapshot", "import", *folders, "--mask", rules, "--mask-key", key, "--json"))
    ended = twinstage("replay", "--snapshot", given, "--events", events, "--format", "twinstage", "--json").document

    store = DirectoryStore(STORE)
    before, after = get_manifest(store, given), get_manifest(store, ended["final_snapshot"])
    assert before.masking
    assert (after.masking, after.tables) == (before.masking, before.tables)
    assert after.tables[0].masked == ("owner",)
