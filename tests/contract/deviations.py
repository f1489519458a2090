"""What DynamoDB Local does otherwise than AWS, each with its reason. No other difference passes, and one that is gone fails.

The test that a `Deviation` stands for must fail, and in exactly the way that is written here. AWS's documentation, or answers recorded from AWS,
decide; the peer is a second opinion. Errors that only have other words are in `wordings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.contract.wordings import LOCAL, WORDINGS, Wording

GIVEN_BY = "GivenBy"


@dataclass(frozen=True)
class Deviation:
    """`test`: a pattern of test ids, without the implementation. `instead`: a regular expression found in how the test fails."""

    test: str
    instead: str
    why: str

    def of(self, test: str) -> bool:
        """Whether it stands for that test."""
        return fnmatchcase(test.replace(f"[{LOCAL}]", "").replace(f"[{LOCAL}-", "["), self.test)

    def shows(self, failure: str) -> bool:
        """Whether the test failed as it is written here."""
        return bool(re.search(self.instead, failure, re.DOTALL))


@dataclass(frozen=True, eq=False)
class Refusal:
    """An error as a client reads it. Two are equal when they say the same, or when `given_by` is known to word it so."""

    code: str
    message: str
    given_by: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Refusal):
            return NotImplemented
        if self.given_by and not other.given_by:
            return said_as(expected=other, given=self)
        if other.given_by and not self.given_by:
            return said_as(expected=self, given=other)
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.code)


def said_as(*, expected: Refusal, given: Refusal) -> bool:
    """Whether the peer's error is the expected one; in AWS's words it is not, where a wording says that the peer has others."""
    known = [wording for wording in WORDINGS if wording.expects(str(expected))]
    used = [wording for wording in known if wording.allows(str(given))]
    SEEN.update(used)
    return bool(used) or (not any(wording.always for wording in known) and str(expected) == str(given))


def excused(test: str, failure: str) -> str | None:
    """Why a test may fail on the peer in that way, or None."""
    return next((one.why for one in DEVIATIONS if one.of(test) and one.shows(failure)), None)


def gone(test: str) -> list[Deviation | Wording]:
    """What should have been seen in a test that passed on the peer, and was not."""
    return [
        *(one for one in DEVIATIONS if one.of(test)),
        *(one for one in WORDINGS if one.shown_by in test and one not in SEEN),
    ]


SEEN: set[Wording] = set()
"""The wordings that were met since somebody cleared it."""


_SPLIT = "test_spec_updates.py::test_an_update_returns_only_the_paths_it_touched[[]"
_WHOLE = "it returns the whole top-level attribute; AWS, in the answers that Scylla's tests recorded, only the path that was written"
_TAGS = "it has no tags: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html"

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "test_spec_updates.py::test_taking_away_makes_no_item*",
        "'Attributes' not in",
        "it makes an item of the key alone; AWS, in the answers that Scylla's tests recorded, makes none",
    ),
    *(
        Deviation(f"{_SPLIT}{case}-*", "assert .* == .*", _WHOLE)
        for case in (
            "UPDATED_NEW-SET m.k = :v",
            "UPDATED_OLD-SET m.k = :v",
            "UPDATED_NEW-SET l[[]1] = :v",
            "UPDATED_OLD-REMOVE l[[]0]",
        )
    ),
    Deviation(
        "test_spec_batches.py::test_equal_numbers_are_one_key",
        "DID NOT RAISE",
        "it compares the spelling of keys within a batch; to AWS numbers are values: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html",
    ),
    Deviation(
        "test_spec_batches.py::test_a_batch_*_no_more_than_*_items",
        "Too many items requested for the Batch(Write|Get)Item call",
        "it counts the items of all tables before it looks at each table's list",
    ),
    Deviation(
        "test_spec_indexes.py::test_an_update_must_keep_an_index_keys_type",
        "DID NOT RAISE",
        "it drops the item from the index; AWS refuses a key of another type: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes",
    ),
    Deviation(
        "test_spec_indexes.py::test_an_index_key_of_an_update_comes_back_in_plain_spelling",
        r"'3\.0'",
        "it keeps the spelling; AWS trims zeros: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html",
    ),
    *(
        Deviation(
            f"test_spec_queries.py::test_a_full_page_that_ends_where_the_range_does_has_a_last_key[[]{case}]",
            "LastEvaluatedKey",
            "it sees that nothing can follow; AWS stops at the limit with a LastEvaluatedKey: "
            "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html",
        )
        for case in ("p = :p AND s <= :v", "p = :p AND s BETWEEN :v AND :v")
    ),
    Deviation(
        "test_spec_queries.py::test_keys_have_no_parts*",
        "map lookup '.' are not allowed: Key: s",
        "it words it otherwise",
    ),
    Deviation(
        "test_spec_settings.py::test_a_table_has_the_tags_it_was_made_with", "Tagging is not currently supported", _TAGS
    ),
    Deviation(
        "test_spec_settings.py::test_tags_*", "Tagging is not currently supported|UnknownOperationException", _TAGS
    ),
    Deviation(
        "test_spec_tables.py::test_an_index_may_be_made_and_deleted_later",
        "InternalFailure.* when calling the Scan operation",
        "a scan of an index that was added later fails",
    ),
    Deviation(
        "test_spec_tables.py::test_what_is_no_table_is_refused[[]capacity on demand]",
        "DID NOT RAISE",
        "it ignores capacity that is given beside on-demand billing",
    ),
    Deviation(
        "test_spec_transactions.py::test_an_update_that_does_not_suit_its_item_cancels",
        "'ValidationException' == 'TransactionCanceledException'",
        "it answers with the error of the one update; AWS cancels with reasons, ValidationError among them: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
    ),
    Deviation(
        "test_spec_transactions.py::test_a_failed_check_has_its_reason",
        r"'The conditional request failed\.'",
        "its reason ends with a full stop, where that of a write does not",
    ),
    Deviation(
        "test_spec_transactions.py::test_an_item_takes_part_once[[]check]",
        "TransactionCanceledException",
        "it carries out a check beside a write of the same item; AWS: no two actions can target the same item: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
    ),
)
"""What the peer does otherwise, each shown by the test it stands for."""
