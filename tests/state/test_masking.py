"""Masking: values become tokens that nobody without the key can undo, joins survive, and types stay."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.state.memory_zones import alias, rr
from twinstage.model.errors import InputError
from twinstage.state.masking import Masking
from twinstage.state.masking_rules import masking_rules, matches

KEY = b"0123456789abcdef0123456789abcdef"


def masking(*rules: dict[str, Any], key: bytes = KEY) -> Masking:
    return Masking(masking_rules({"rules": list(rules)}, "rules.yaml"), key)


def masked(item: dict[str, Any], *rules: dict[str, Any], table: str = "users") -> dict[str, Any]:
    return masking(*({"table": "users", **rule} for rule in rules)).of_table(table)(item)


def text(value: str, **form: Any) -> str:
    (token,) = masked({"x": {"S": value}}, {"path": "x", **form})["x"].values()
    return str(token)


def test_types_stay_and_what_says_nothing_about_anybody_stays_as_it_is() -> None:
    item: dict[str, dict[str, Any]] = {
        "s": {"S": "Ada"},
        "n": {"N": "42"},
        "b": {"B": "AAEC"},
        "empty": {"S": ""},
        "yes": {"BOOL": True},
        "none": {"NULL": True},
        "other": {"S": "Ada"},
    }

    found = masked(item, *({"path": name} for name in item if name != "other"))

    assert {name: list(value) for name, value in found.items()} == {name: list(value) for name, value in item.items()}
    assert re.fullmatch("[a-z2-7]{32}", found["s"]["S"])
    assert re.fullmatch("[0-9]{1,15}", found["n"]["N"])
    assert found["b"] != item["b"]
    assert {name: found[name] for name in ("empty", "yes", "none", "other")} == {
        name: item[name] for name in ("empty", "yes", "none", "other")
    }


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("name", ["name"]),
        ("profile.email", ["profile.email"]),
        ("profile.*", ["profile.email", "profile.age"]),
        ("phones[*].number", ["phones.0.number", "phones.1.number"]),
        ("phones[1].number", ["phones.1.number"]),
        ("phones[*].*", ["phones.0.number", "phones.0.kind", "phones.1.number", "phones.1.kind"]),
        ("*.email", ["profile.email"]),
        (["odd.name"], ["odd.name"]),
        ("phones", ["phones.0.number", "phones.0.kind", "phones.1.number", "phones.1.kind"]),
        ("tags", ["tags.0", "tags.1"]),
        ("name.nothing", []),
        ("missing", []),
    ],
)
def test_a_path_leads_through_maps_lists_and_sets(path: Any, changed: list[str]) -> None:
    def phone(number: str) -> dict[str, Any]:
        return {"M": {"number": {"S": number}, "kind": {"S": f"of {number}"}}}

    item = {
        "name": {"S": "Ada"},
        "profile": {"M": {"email": {"S": "ada@ex.test"}, "age": {"N": "36"}}},
        "phones": {"L": [phone("1"), phone("2")]},
        "tags": {"SS": ["a", "b"]},
        "odd.name": {"S": "x"},
    }

    def leaves(value: Any, place: str) -> dict[str, Any]:
        ((kind, content),) = value.items()
        if kind == "M":
            return {k: v for name, m in content.items() for k, v in leaves(m, f"{place}.{name}").items()}
        if kind == "L":
            return {k: v for i, m in enumerate(content) for k, v in leaves(m, f"{place}.{i}").items()}
        return {f"{place}.{i}": e for i, e in enumerate(content)} if kind == "SS" else {place: content}

    def flat(whole: dict[str, Any]) -> dict[str, Any]:
        return {k: v for name, value in whole.items() for k, v in leaves(value, name).items()}

    before, after = flat(item), flat(masked(item, {"path": path}))
    assert sorted(name for name in before if before[name] != after[name]) == sorted(changed)
    assert before.keys() == after.keys()


def test_joins_survive_across_tables_attributes_and_functions_of_one_domain() -> None:
    made = masking(
        {"table": "users", "path": "id", "domain": "user"},
        {"table": "orders", "path": "buyer.id", "domain": "user"},
        {"table": "single", "path": "PK", "domain": "user", "after": "USER#"},
        {"table": "single", "path": "note", "domain": "other"},
        {"function": "*", "variable": "OWNER", "domain": "user"},
    )
    user = made.of_table("users")({"id": {"S": "ada"}})["id"]["S"]
    order = made.of_table("orders")({"buyer": {"M": {"id": {"S": "ada"}}}})["buyer"]["M"]["id"]["S"]
    single = made.of_table("single")({"PK": {"S": "ORG#1#USER#ada"}, "note": {"S": "ada"}})
    environment = made.environment("enactor", {"OWNER": "ada", "TABLE": "users"})

    assert user == order == environment["OWNER"] != "ada"
    assert single["PK"]["S"] == f"ORG#1#USER#{user}"
    assert single["note"]["S"] != user
    assert environment["TABLE"] == "users"


def test_what_does_not_hold_the_mark_stays() -> None:
    assert text("ORDER#7", after="USER#") == "ORDER#7"
    assert text("USER#", after="USER#") == "USER#"


def test_tokens_have_the_form_that_is_asked_for() -> None:
    assert re.fullmatch(r"u-[a-z2-7]{32}@masked\.invalid", text("a@b.test", format="email", prefix="u-"))
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text("x", format="uuid"))
    assert re.fullmatch("[0-9]{10}", text("x", format="digits", digits=10))
    found = masked({"n": {"N": "7"}}, {"path": "n", "digits": 38})
    assert len(found["n"]["N"]) <= 38


@given(st.text(min_size=1), st.text(min_size=1))
def test_texts_have_equal_tokens_exactly_when_they_are_equal(a: str, b: str) -> None:
    assert (text(a) == text(b)) == (a == b)


@given(st.integers(-(10**20), 10**20), st.sampled_from(["{}", "{}.0", "{}.000", "{}E0"]))
def test_equal_numbers_have_equal_tokens_however_they_are_written(number: int, spelling: str) -> None:
    first, second = ({"n": {"N": n}} for n in (str(number), spelling.format(number)))
    assert masked(first, {"path": "n"}) == masked(second, {"path": "n"})


def test_another_key_gives_other_tokens_and_another_fingerprint_and_neither_tells_the_key() -> None:
    one, other = (masking({"table": "users", "path": "x"}, key=key) for key in (KEY, KEY[::-1]))

    assert one.of_table("users")({"x": {"S": "ada"}}) != other.of_table("users")({"x": {"S": "ada"}})
    assert one.document()["key"] != other.document()["key"]
    assert one.document()["rules"] == other.document()["rules"]
    assert KEY.decode() not in str(one.document())
    with pytest.raises(InputError, match="the masking key has 3 bytes; it needs 16 or more"):
        masking({"table": "users", "path": "x"}, key=b"abc")


def test_of_several_rules_for_one_value_the_first_decides() -> None:
    first, second = {"path": "x", "format": "email"}, {"path": "*"}

    assert masked({"x": {"S": "a"}}, first, second) == masked({"x": {"S": "a"}}, first)


def test_two_elements_of_a_set_that_get_one_token_stop_the_capture() -> None:
    numbers = [str(n) for n in range(5000)]

    with pytest.raises(InputError, match="two elements of a set of users get the same token"):
        masked({"n": {"NS": numbers}}, {"path": "n", "digits": 6})


def test_texts_of_txt_record_sets_are_masked_and_nothing_else() -> None:
    records = [
        rr("_k.ex.test.", "TXT", '"one" "two"', '"x"'),
        rr("a.ex.test.", "TXT", '"y"'),
        rr("_k.ex.test.", "A", "192.0.2.1"),
    ]
    made = masking({"zone": "EX.test", "txt": "_k.*"})

    found = made.record_sets("ex.test.", [*records, alias("_k.ex.test.", "TXT", "a.ex.test.", "Z1")])

    assert found[1:] == [*records[1:], alias("_k.ex.test.", "TXT", "a.ex.test.", "Z1")]
    assert all(re.fullmatch('"[a-z2-7]{32}"', v["Value"]) for v in found[0]["ResourceRecords"])
    assert made.record_sets("other.test.", records) == records


def txt(*values: str, **form: Any) -> list[str]:
    (found,) = masking({"zone": "ex.test", "txt": "*", **form}).record_sets(
        "ex.test.", [rr("ex.test.", "TXT", *values)]
    )
    return [record["Value"] for record in found["ResourceRecords"]]


def test_a_text_has_one_token_however_it_is_split_and_whatever_is_escaped_in_it() -> None:
    (whole,), (split,) = txt(r'"a\" b\\"'), txt(r'"a\" " "b\\"')
    assert whole == split


def test_what_stays_before_a_token_is_split_where_dns_asks_for_it_and_in_no_escape() -> None:
    before = r"\101" * 254 + r"\""
    (value,) = txt(f'"{before[: 4 * 200]}" "{before[4 * 200 :]}=ada"', after="=")

    strings = value.removeprefix('"').removesuffix('"').split('" "')
    assert strings[0] == before
    assert re.fullmatch("=[a-z2-7]{32}", strings[1])


def test_two_values_of_a_set_that_get_one_token_stop_the_capture() -> None:
    with pytest.raises(InputError, match=r"two values of ex\.test\. TXT get the same token") as caught:
        txt('"ada"', '"a" "da"')
    assert caught.value.problems[0].hint


def test_what_stays_readable_of_a_variable_is_what_no_token_stands_for() -> None:
    made = masking(
        {"function": "f", "variable": "URL", "after": "?key="},
        {"function": "f", "variable": "WHOLE"},
        {"function": "g", "variable": "*"},
    )
    environment = {"URL": "https://h?key=k", "WHOLE": "w", "OTHER": "o"}
    assert made.left_open("f", environment) == {"URL": "https://h?key=", "WHOLE": "", "OTHER": "o"}
    assert made.left_open("f", {"URL": "https://u:p@h"}) == {"URL": "https://u:p@h"}


def test_rules_that_replaced_nothing_are_told() -> None:
    made = masking(
        {"table": "users", "path": "email"}, {"table": "users", "path": "emial"}, {"function": "f", "variable": "A"}
    )
    made.of_table("users")({"email": {"S": "a"}})

    assert made.unused() == ("table users: emial", "function f: A")
    assert made.paths("users") == ("email", "emial")


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({}, "/rules/0"),
        ({"table": "t"}, "/rules/0"),
        ({"table": "t", "path": ""}, "/rules/0/path"),
        ({"table": "t", "path": "a..b"}, "/rules/0/path"),
        ({"table": "t", "path": "a[x]"}, "/rules/0/path"),
        ({"table": "t", "path": "[*]"}, "/rules/0/path"),
        ({"table": "t", "path": "a", "format": "phone"}, "/rules/0/format"),
        ({"table": "t", "path": "a", "digits": 3}, "/rules/0/digits"),
        ({"table": "t", "path": "a", "zone": "z", "txt": "*"}, "/rules/0"),
        ({"table": "t", "path": "a", "colour": "red"}, "/rules/0"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_its_line(rule: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        masking_rules({"rules": [rule]}, "rules.yaml", {"/rules/0": 3, pointer: 4})
    assert (caught.value.problems[0].file, caught.value.problems[0].pointer) == ("rules.yaml", pointer)
    assert caught.value.problems[0].line in (3, 4)


def test_all_problems_of_all_rules_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        masking_rules({"rules": [{"table": "t", "path": "a..b"}, {"table": "t", "path": "[*]"}]}, "rules.yaml")
    assert [problem.pointer for problem in caught.value.problems] == ["/rules/0/path", "/rules/1/path"]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("users", "users", True),
        ("users", "users2", False),
        ("*", "", True),
        ("prod-*", "prod-users", True),
        ("prod-*", "dev-users", False),
        ("*-users", "prod-users", True),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "a1c2b", False),
        ("ab*bc", "abc", False),
        ("a.c", "abc", False),
    ],
)
def test_a_star_stands_for_any_characters(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected
