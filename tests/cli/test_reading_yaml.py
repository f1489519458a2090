"""YAML with nothing surprising in it, every place known by its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.reading.yaml_document import DEEPEST, LARGEST_BYTES, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "scenario.yaml"


def read(file: Path, text: str) -> Any:
    file.write_text(text, encoding="utf-8")
    return read_yaml(file).document


def problems(file: Path, content: str | bytes) -> list[tuple[int, str, str]]:
    """Line, pointer and message of everything that is refused."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        read_yaml(file)
    assert {problem.file for problem in caught.value.problems} == {str(file)}
    return [(problem.line, problem.pointer, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("22:22", "22:22"),
        ("1:30:00", "1:30:00"),
        ("2025-10-19", "2025-10-19"),
        ("2025-10-19T02:14:07Z", "2025-10-19T02:14:07Z"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"true"', "true"),
        ("'10'", "10"),
        ("=", "="),
        ("1.2.3.4", "1.2.3.4"),
        ("*.ex.test"[1:], ".ex.test"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">-\n  one\n  line\n", "one line"),
        ("{a: [1, b], c: {}}", {"a": [1, "b"], "c": {}}),
    ],
)
def test_a_value_is_what_yaml_1_2_and_json_say(file: Path, text: str, value: Any) -> None:
    found = read(file, f"key: {text}\n")["key"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_texts_whatever_they_look_like(file: Path) -> None:
    assert read(file, "1: a\nNO: b\nnull: c\n<<: d\n") == {"1": "a", "NO": "b", "null": "c", "<<": "d"}


def test_every_place_has_its_line(file: Path) -> None:
    file.write_text("# a comment\nname: x\ncapture:\n  zones:\n    - a\n    - b\n  'a/b~c': 1\n")
    assert read_yaml(file).lines == {
        "": 2,
        "/name": 2,
        "/capture": 3,
        "/capture/zones": 4,
        "/capture/zones/0": 5,
        "/capture/zones/1": 6,
        "/capture/a~1b~0c": 7,
    }


def test_an_empty_file_holds_nothing(file: Path) -> None:
    assert read(file, "") is None
    assert read(file, "# only a comment\n") is None


def test_anchors_aliases_and_tags_are_all_refused_with_their_lines(file: Path) -> None:
    text = "a: &x [1]\nb: *x\nc: !!str 5\nd: !mine {}\ne: !!python/object:os.system x\n"
    assert [(line, message) for line, _, message in problems(file, text)] == [
        (1, "anchors and aliases are refused"),
        (2, "anchors and aliases are refused"),
        (3, "the tag tag:yaml.org,2002:str is refused"),
        (4, "the tag !mine is refused"),
        (5, "the tag tag:yaml.org,2002:python/object:os.system is refused"),
    ]


def test_a_bomb_of_aliases_is_refused_and_never_expanded(file: Path) -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 40))
    assert len(problems(file, text)) == 40 + 39 * 10


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%YAML 1.2", "%TAG ! tag:ex.test,2000:"])
def test_directives_are_refused_since_they_change_what_values_mean(file: Path, directive: str) -> None:
    assert problems(file, f"{directive}\n---\na: NO\n")[0][2] == "directives are refused"


def test_every_key_that_appears_twice_is_told(file: Path) -> None:
    text = "a: 1\nb: {c: 1, c: 2}\na: 2\n"
    assert problems(file, text) == [(2, "/b/c", "the key appears twice"), (3, "/a", "the key appears twice")]


def test_a_key_must_be_plain_text(file: Path) -> None:
    assert problems(file, "a:\n  ? [1, 2]\n  : x\n") == [(2, "/a", "a key must be plain text")]


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "0b101", "9" * 5000])
def test_a_number_that_json_does_not_have_is_refused(file: Path, text: str) -> None:
    ((line, place, message),) = problems(file, f"a:\n- {text}\n")
    assert (line, place) == (2, "/a/0")
    assert message.startswith(text[:3])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\n", 2),
        ("a: {b: 1\nc: 2\n", 2),
        ("a: 'open\n", 2),
        ("a: 1\n b: 2\n", 2),
        ("\ta: 1\n", 1),
        ("a: b: c\n", 1),
        ("--- 1\n--- 2\n", 2),
    ],
)
def test_what_is_not_one_yaml_document_is_refused_with_its_line(file: Path, text: str, line: int) -> None:
    ((found, _, message),) = problems(file, text)
    assert message.startswith("not YAML: ")
    assert found == line


def test_what_is_not_utf_8_is_refused(file: Path) -> None:
    ((_, _, message),) = problems(file, b"a: \xff\n")
    assert message.startswith("not UTF-8: ")


def test_control_characters_are_refused(file: Path) -> None:
    ((_, _, message),) = problems(file, "a: \x07\n")
    assert message.startswith("not YAML: ")


def test_a_file_is_capped_in_size_before_it_is_parsed(file: Path) -> None:
    assert problems(file, b"#" * (LARGEST_BYTES + 1)) == [
        (0, "", f"more than {LARGEST_BYTES} bytes, which is all that is read")
    ]


@pytest.mark.parametrize("depth", [DEEPEST + 1, 5000])
def test_a_file_is_capped_in_depth_before_it_is_composed(file: Path, depth: int) -> None:
    assert problems(file, "[" * depth + "]" * depth) == [(1, "", f"nested deeper than {DEEPEST} levels")]


def test_a_file_that_cannot_be_read_is_told(file: Path, tmp_path: Path) -> None:
    for path in (file, tmp_path):
        with pytest.raises(InputError, match="cannot be read: "):
            read_yaml(path)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%#@`?,. \n\t0190xe~<=/\\é"), max_size=40))
def test_whatever_is_read_is_a_document_of_json_or_a_problem_with_a_file(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    try:
        document = read_yaml(file).document
    except InputError:
        return
    assert_json(document)


def assert_json(document: Any) -> None:
    if isinstance(document, dict):
        assert all(isinstance(name, str) for name in document)
        for value in document.values():
            assert_json(value)
    elif isinstance(document, list):
        for element in document:
            assert_json(element)
    else:
        assert document is None or isinstance(document, str | int | float)
