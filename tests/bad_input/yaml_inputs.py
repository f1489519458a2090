"""Bad YAML: what a scenario or a file of masking rules may hold instead of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bad_input.case import Bad, scenario_with
from tests.bad_input.good import SCENARIO, dumps, write

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)


def edited(old: str, new: str) -> str:
    assert SCENARIO.count(old) == 1
    return SCENARIO.replace(old, new)


def masking(name: str, rules: str, *says: str) -> Bad:
    def build(folder: Path) -> list[str]:
        write(dumps(folder / "dumps").parent / "rules.yaml", rules)
        return ["snapshot", "import", "--tables", "dumps/tables", "--mask", "rules.yaml", "--no-sign"]

    return Bad(name, build, says, {"TWINSTAGE_MASK_KEY": "k" * 64})


YAML_INPUTS = [
    scenario_with("alias-bomb", BOMB, "scenario.yaml:1", "anchors and aliases are refused", "write the value out"),
    scenario_with("merge-key", edited("name: small", "name: small\nx: &x {a: 1}\ny: {<<: *x}"), "anchors and aliases"),
    scenario_with(
        "tag-that-runs-code", "name: !!python/object/apply:os.system ['touch owned']\n", "scenario.yaml:1", "the tag"
    ),
    scenario_with(
        "own-tag", edited("name: small", "name: !secret small"), "scenario.yaml:2", "/name", "the tag !secret"
    ),
    scenario_with("directive", f"%YAML 1.1\n---\n{SCENARIO}", "directives are refused"),
    scenario_with(
        "duplicate-key", edited("name: small", "name: small\nname: other"), "scenario.yaml:3", "/name", "appears twice"
    ),
    scenario_with(
        "duplicate-key-deep",
        edited("code: candidate", "code: candidate, code: baseline"),
        "/change/functions/enactor/code",
        "appears twice",
    ),
    scenario_with(
        "no-as-a-value", edited("name: small", "name: small\ncriteria: {safety: NO}"), "/criteria/safety", "'NO'"
    ),
    scenario_with(
        "sexagesimal", edited("events.jsonl}", "events.jsonl, max_late_s: 22:22}"), "/events/max_late_s", "'22:22'"
    ),
    scenario_with(
        "yes-as-counts", edited("kind: resolves,", "kind: resolves, counts: yes,"), "/invariants/0/counts", "'yes'"
    ),
    scenario_with("not-a-number", edited("events.jsonl}", "events.jsonl, max_late_s: .nan}"), "not a finite number"),
    scenario_with(
        "beyond-a-double", edited("events.jsonl}", "events.jsonl, max_late_s: 1e400}"), "not a finite number"
    ),
    scenario_with("a-million-digits", f"name: {'9' * (MIB - 64)}\n", "scenario.yaml:1", "/name"),
    scenario_with("deep-flow", "[" * 500_000, "nested deeper than 32 levels"),
    scenario_with("deep-blocks", "- " * 500_000 + "x", "nested deeper than 32 levels"),
    scenario_with("deep-complex-keys", "? " * 500_000, "nested deeper than 32 levels"),
    scenario_with(
        "deep-mappings", "".join(f"{' ' * level}a:\n" for level in range(1000)), "nested deeper than 32 levels"
    ),
    scenario_with("too-large", "#" * (MIB + 1), "more than 1048576 bytes"),
    scenario_with("many-values", "[" + "1," * (MIB // 2 - 8) + "1]", "more than 50000 values"),
    scenario_with("many-keys", "".join(f"k{index}: 1\n" for index in range(90_000)), "more than 50000 values"),
    scenario_with("many-duplicates", "k: 1\n" * (MIB // 5 - 8), "appears twice", "and more from here on"),
    scenario_with("long-scalar", f"name: {'x ' * (MIB // 2 - 64)}\n", "scenario.yaml:1", "/name"),
    scenario_with("long-key", "x" * (MIB - 64) + ": 1\n", "not YAML"),
    scenario_with("not-utf-8", b"name: \xff\xfe\n", "not UTF-8"),
    scenario_with("utf-16", SCENARIO.encode("utf-16"), "not UTF-8"),
    scenario_with("nul", "name: a\0b\n", "not YAML"),
    scenario_with("control-character", "name: a\x1b[31mb\n", "not YAML"),
    scenario_with("two-documents", SCENARIO + "---\nname: other\n", "a second document begins"),
    scenario_with("unclosed", "name: [small\n", "scenario.yaml:2", "not YAML"),
    scenario_with("tab-indent", "capture:\n\tzones: [ex.test]\n", "scenario.yaml:2", "not YAML"),
    scenario_with("empty", "", "scenario.yaml", "None is not of type 'object'"),
    scenario_with("a-list", "- 1\n", "is not of type 'object'"),
    scenario_with("name-with-a-line-break", edited("name: small", 'name: "small\\n"'), "/name", "does not match"),
    scenario_with("name-that-is-a-path", edited("name: small", "name: ../../etc"), "/name", "does not match"),
    scenario_with("surrogate", edited("name: small", 'name: small\ntitle: "\\ud800"'), "scenario.yaml:3"),
    scenario_with(
        "many-problems",
        edited("code: candidate", "cod: candidate").replace("events.jsonl", "gone.jsonl").replace("[plans]", "[plan]"),
        "gone.jsonl does not exist",
        "plan is captured",
        "'cod'",
    ),
    scenario_with(
        "pace-of-a-megabyte",
        edited("events.jsonl}", f"events.jsonl, pace: x{'1' * (MIB - 1024)}!}}"),
        "/events/pace",
        "at most 4096",
    ),
    scenario_with(
        "pace-that-a-pattern-goes-back-over",
        edited("events.jsonl}", f"events.jsonl, pace: x{'1' * 4000}!}}"),
        "/events/pace",
    ),
    masking("masking-alias", "rules: &r [{table: plans, path: n}]\nmore: *r\n", "anchors and aliases"),
    masking("masking-duplicate", "rules: []\nrules: []\n", "rules.yaml:2", "appears twice"),
    masking(
        "masking-path",
        "schema: twinstage:masking:1\nrules: [{table: plans, path: 'a..b'}]\n",
        "/rules/0/path",
        "is no path",
    ),
]
