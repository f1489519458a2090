"""Tokens, archives, errors, events: small forms that other parts lean on."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twinstage.model.archive import zip_directory, zip_files
from twinstage.model.errors import AwsError, InputError, InputProblem, LeftoverError, SafetyError, TwinstageError
from twinstage.model.event import Event, Expected, event_of
from twinstage.model.tokens import TOKEN, names_in, replace_in, replace_tokens

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {"plans": "twin-r-baseline-plans", "Z1": "Z2"}
BACK = {twin: production for production, twin in NAMES.items()}


def test_a_name_is_replaced_wherever_it_stands_alone() -> None:
    assert replace_tokens("/hostedzone/Z1, plans:Z1 (plans)", NAMES) == (
        "/hostedzone/Z2, twin-r-baseline-plans:Z2 (twin-r-baseline-plans)"
    )


@pytest.mark.parametrize("text", ["old-plans", "plans-2", "plans.v1", "Z11", "plans_archive", "PLANS", ""])
def test_a_name_is_never_found_inside_a_longer_one(text: str) -> None:
    assert replace_tokens(text, NAMES) == text


@given(st.text(alphabet=st.sampled_from("Z12 plans-/:,.\"'"), max_size=30))
def test_what_went_in_through_a_bijection_comes_back(text: str) -> None:
    assume(not set(BACK) & {token.rstrip(".") for token in TOKEN.findall(text)})
    assert replace_tokens(replace_tokens(text, NAMES), BACK) == text


@given(st.text(max_size=20))
def test_text_without_a_known_token_stays(text: str) -> None:
    known = set(NAMES) & {token.rstrip(".") for token in TOKEN.findall(text)}
    assert (replace_tokens(text, NAMES) == text) == (not known)


def test_a_dot_after_a_name_is_no_part_of_it() -> None:
    assert replace_tokens("no table plans. Z1...", NAMES) == "no table twin-r-baseline-plans. Z2..."
    assert replace_tokens("plans.", {"plans.": "other"}) == "other"
    assert names_in("in plans. and Z1x.", NAMES) == {"plans"}


def test_every_string_of_a_document_is_looked_at_and_so_is_every_member_name() -> None:
    document: dict[str, Any] = {"RequestItems": {"plans": ["plans", {"Z1": "Z1"}, 1, None, True]}, "n": 2.5}
    assert replace_in(document, NAMES) == {
        "RequestItems": {"twin-r-baseline-plans": ["twin-r-baseline-plans", {"Z2": "Z2"}, 1, None, True]},
        "n": 2.5,
    }


FILES = st.dictionaries(st.text(alphabet="abc./", min_size=1, max_size=6), st.binary(max_size=20), max_size=4)


@given(FILES, st.randoms(use_true_random=False))
def test_equal_files_give_equal_archives(files: dict[str, bytes], order: Any) -> None:
    assert zip_files({name: files[name] for name in order.sample(list(files), len(files))}) == zip_files(files)


def test_an_archive_says_nothing_of_the_machine_that_made_it() -> None:
    archive = zipfile.ZipFile(io.BytesIO(zip_files({"b.py": b"2", "a.py": b"1"})))
    assert [
        (info.filename, info.date_time, info.create_system, info.external_attr >> 16, info.compress_type)
        for info in archive.infolist()
    ] == [(name, (1980, 1, 1, 0, 0, 0), 3, 0o644, zipfile.ZIP_STORED) for name in ("a.py", "b.py")]


def test_a_folder_is_archived_with_its_folders_and_without_byte_code(tmp_path: Path) -> None:
    for name in ("app.py", "lib/part.py", "lib/__pycache__/part.pyc", ".DS_Store"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert zip_directory(tmp_path) == zip_files({"app.py": b"x", "lib/part.py": b"x"})


def test_what_may_be_executed_stays_executable_and_no_other_mode_counts(tmp_path: Path) -> None:
    for name, mode in (("bin/tool", 0o700), ("app.py", 0o600)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / name).chmod(mode)

    archive = zipfile.ZipFile(io.BytesIO(zip_directory(tmp_path)))

    assert {i.filename: i.external_attr >> 16 for i in archive.infolist()} == {"app.py": 0o644, "bin/tool": 0o755}


def test_every_problem_of_an_input_is_told_in_the_order_of_its_places() -> None:
    error = InputError(
        [
            InputProblem("b.yaml", 2, "/x", "second", "do this"),
            InputProblem("b.yaml", 1, "", "first"),
            InputProblem("a", 0, "", "whole"),
        ]
    )
    assert [problem.message for problem in error.problems] == ["whole", "first", "second"]
    assert error.message == "3 problems:\n  a: whole\n  b.yaml:1: first\n  b.yaml:2 at /x: second (do this)"
    assert InputError([InputProblem("a", 0, "", "whole")]).message.startswith("1 problem:\n")


def test_every_error_has_its_own_exit_code() -> None:
    aws = AwsError("s3", "GetObject", "SlowDown", "later", retryable=True)
    assert (aws.code, aws.message, aws.details["retryable"]) == ("AWS", "s3 GetObject: SlowDown: later", True)
    codes = {kind: kind.exit_code for kind in (InputError, SafetyError, AwsError, LeftoverError)}
    assert sorted(codes.values()) == [2, 4, 5, 6]
    assert all(issubclass(kind, TwinstageError) for kind in codes)


@pytest.mark.parametrize(
    "expected", [Expected(), Expected("refused", "InvalidChangeBatch"), Expected("error", "KeyError")]
)
def test_an_event_comes_back_from_its_line(expected: Expected) -> None:
    event = Event("e1", "2025-10-19T02:14:07Z", "lambda_invoke", {"function": "f", "event": {}}, expected, 7)
    assert event_of(event.document()) == event


def test_an_event_without_expectation_is_expected_to_succeed() -> None:
    line = {"id": "e", "timestamp": "2025-10-19T02:14:07Z", "type": "dns_update", "payload": {}}
    assert event_of(line).expected == Expected("success")
