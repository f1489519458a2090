"""A scenario that is another one but for some sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad_input import good
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.model.errors import InputError

INVARIANTS = (
    "extends: scenario.yaml\nname: small-fix\ninvariants:\n  - {id: I9, kind: resolves, names: [api.ex.test]}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a scenario in which nothing is wrong."""
    return good.scenario(tmp_path / "small")


def told(file: Path) -> list[tuple[str, int, str, str]]:
    """File, line, pointer and message of every problem."""
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    return [(Path(p.file).name, p.line, p.pointer, p.message) for p in caught.value.problems]


def test_a_section_that_is_given_replaces_the_bases_whole_and_the_others_stay(folder: Path) -> None:
    (folder / "fix.yaml").write_text(INVARIANTS)

    base, fix = load_scenario(folder / "scenario.yaml"), load_scenario(folder / "fix.yaml")

    assert fix.scenario.name == "small-fix"
    assert [each.id for each in fix.scenario.invariants] == ["I9"]
    kept = {"schema", "production", "capture", "change", "events"}
    assert {name: fix.scenario.document[name] for name in kept} == {name: base.scenario.document[name] for name in kept}
    assert "extends" not in fix.scenario.document


def test_a_section_given_as_null_is_taken_out(folder: Path) -> None:
    (folder / "watched.yaml").write_text("extends: scenario.yaml\nchange: null\n")
    assert load_scenario(folder / "watched.yaml").scenario.arms == ("baseline",)


def test_a_base_may_extend_another_and_each_names_files_beside_itself(folder: Path) -> None:
    other = folder.parent / "other"
    (other / "mended").mkdir(parents=True)
    (folder / "fix.yaml").write_text(INVARIANTS)
    (other / "scenario.yaml").write_text(
        "extends: ../small/fix.yaml\nname: third\nchange: {functions: {enactor: {code: mended}}}\n"
    )

    loaded = load_scenario(other / "scenario.yaml")

    assert loaded.scenario.name == "third"
    assert [each.id for each in loaded.scenario.invariants] == ["I9"]
    assert loaded.candidate["enactor"]["code"] == (other / "mended").resolve()
    assert loaded.functions["enactor"]["code"] == (folder / "baseline").resolve()


def test_each_problem_is_told_of_the_file_in_which_it_stands(folder: Path) -> None:
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("file: events.jsonl", "file: gone.jsonl") + "seed: -1\n")
    (folder / "fix.yaml").write_text(
        "extends: scenario.yaml\nname: Fix\nchange: {functions: {enactor: {code: lost}}}\n"
    )

    assert told(folder / "fix.yaml") == [
        ("fix.yaml", 2, "/name", r"'Fix' does not match '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'"),
        ("fix.yaml", 3, "/change/functions/enactor/code", "lost is not a folder beside the scenario"),
        ("scenario.yaml", 15, "/events/file", "gone.jsonl does not exist"),
        ("scenario.yaml", 18, "/seed", "-1 is less than the minimum of 0"),
    ]


def test_a_circle_is_told_with_its_files(folder: Path) -> None:
    (folder / "a.yaml").write_text("extends: b.yaml\nname: a\n")
    (folder / "b.yaml").write_text("extends: a.yaml\nname: b\n")
    assert told(folder / "a.yaml") == [("b.yaml", 1, "/extends", "it extends itself: a.yaml -> b.yaml -> a.yaml")]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("extends: nowhere.yaml\n", "nowhere.yaml does not exist"),
        ("extends: 5\n", "the file that is extended is no text"),
        ("extends: ''\n", "the file that is extended is no text"),
        ("extends: baseline\n", "baseline does not exist"),
    ],
)
def test_a_base_that_cannot_be_is_told(folder: Path, said: str, message: str) -> None:
    (folder / "fix.yaml").write_text(said)
    assert told(folder / "fix.yaml") == [("fix.yaml", 1, "/extends", message)]


def test_a_base_that_is_no_scenario_is_told_where_it_stands(folder: Path) -> None:
    (folder / "list.yaml").write_text("- 1\n")
    (folder / "fix.yaml").write_text("extends: list.yaml\n")
    assert told(folder / "fix.yaml") == [("list.yaml", 1, "", "it is extended, and is no scenario")]


def test_it_is_found_by_its_file_and_by_its_folder_and_name(folder: Path) -> None:
    fix = folder / "fix.yaml"
    fix.write_text(INVARIANTS)
    assert find_scenario(str(fix), []) == fix
    assert find_scenario(str(folder / "fix"), []) == fix
    assert find_scenario("small/fix", [Path("/nowhere"), folder.parent]) == fix
    assert find_scenario("small/fix.yaml", [folder.parent]) == fix
    assert find_scenario("small", [folder.parent]) == folder / "scenario.yaml"
    with pytest.raises(InputError):
        find_scenario("small/other", [folder.parent])
