"""Lines on disk come back as the same lines of a list would, in order or sorted, however few of them are gathered before they are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twinstage.world.lines_on_disk import LineSpool, SortedLines

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=60)
GATHERED = st.integers(1, 4096)


@given(LINES, GATHERED)
def test_lines_come_back_in_the_order_in_which_they_came(lines: list[bytes], gathered_bytes: int) -> None:
    spool = LineSpool(gathered_bytes=gathered_bytes)
    for line in lines:
        spool.append(line)
    assert len(spool) == len(lines)
    assert list(spool.lines()) == list(spool.lines()) == lines


@given(LINES, GATHERED)
def test_lines_come_back_sorted_and_equal_ones_are_all_kept(lines: list[bytes], gathered_bytes: int) -> None:
    ordered = SortedLines(lines, gathered_bytes=gathered_bytes)
    assert len(ordered) == len(lines)
    assert list(ordered) == list(ordered) == sorted(lines)


@given(st.integers(0, 1100), GATHERED)
def test_reading_may_start_at_any_line(start: int, gathered_bytes: int) -> None:
    spool, lines = LineSpool(gathered_bytes=gathered_bytes), [b"%d" % n for n in range(1000)]
    for line in lines:
        spool.append(line)
    assert list(spool.lines(start)) == lines[start:]


def test_several_readers_read_at_once_and_what_is_appended_meanwhile_is_not_theirs() -> None:
    spool = LineSpool(gathered_bytes=1)
    for line in (b"a", b"b", b"c"):
        spool.append(line)
    one, other = spool.lines(), spool.lines(1)
    assert (next(one), next(other)) == (b"a", b"b")
    spool.append(b"d")
    assert (list(one), list(other)) == ([b"b", b"c"], [b"c"])
    assert list(spool.lines(2)) == [b"c", b"d"]


def test_lines_may_be_added_after_a_reading() -> None:
    ordered = SortedLines([b"b", b"d"], gathered_bytes=1)
    assert list(ordered) == [b"b", b"d"]
    ordered.add(b"c")
    assert list(ordered) == [b"b", b"c", b"d"]
