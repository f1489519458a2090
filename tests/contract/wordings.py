"""Errors of DynamoDB Local that mean what AWS's mean, in other words."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCAL = "dynamodb-local"


@dataclass(frozen=True)
class Wording:
    """`aws` and `instead`: regular expressions of the whole "Code: message". `shown_by`: the test in which it must be seen.

    `always`: whether AWS's own words from the peer are a deviation that is gone; otherwise it has them in other cases.
    """

    aws: str
    instead: str
    shown_by: str
    always: bool = True

    def expects(self, error: str) -> bool:
        """Whether it is about that error of AWS."""
        return bool(re.fullmatch(self.aws, error, re.DOTALL))

    def allows(self, error: str) -> bool:
        """Whether the peer may say so instead."""
        return bool(re.fullmatch(self.instead, error, re.DOTALL))


_V, _NF = "ValidationException: ", "ResourceNotFoundException: "
_P = _V + "One or more parameter values were invalid: "
_MISMATCH = _V + "The provided key element does not match the schema"
_KEY = "test_a_key_must_be_the_schemas[dynamodb-local-"

WORDINGS: tuple[Wording, ...] = (
    Wording(_MISMATCH, _V + "The number of conditions on the keys is invalid", _KEY + "empty]"),
    Wording(_MISMATCH, _V + "One of the required keys was not given a value", _KEY + "other name]"),
    Wording(_MISMATCH, _P + "Type mismatch for key", _KEY + "other type]"),
    Wording(_MISMATCH, _V + "Invalid attribute value type", _KEY + "set]"),
    Wording(
        _P + "Missing the key . in the item",
        _V + "One of the required keys was not given a value",
        "test_an_item_must_have_its_key",
    ),
    Wording(
        _P + "Type mismatch for key .* expected: .* actual: .*",
        _P + "Type mismatch for key",
        "test_a_key_must_have_its_type",
    ),
    Wording(
        _P + "Type mismatch for Index Key .*",
        _P + "Type mismatch for Index Key",
        "test_an_index_key_must_have_its_type",
    ),
    Wording(
        _P + "(Size of hashkey|Aggregated size of all range keys) has exceeded .*",
        _V + "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes",
        "test_keys_have_a_greatest_size",
    ),
    Wording(
        _NF + "Requested resource not found.*",
        _NF + "Cannot do operations on a non-existent table",
        "test_an_unknown_table_is_not_found",
    ),
    Wording(
        _V + "Attempting to store more than 38 significant digits in a Number",
        _V + "DynamoDB only supports precision up to 38 digits",
        "test_39_digits_are_refused",
    ),
    Wording(
        _V + "Number overflow.*",
        _V + "DynamoDB only supports precision up to 38 digits",
        "test_a_sum_may_not_have_more_digits",
        always=False,
    ),
    Wording(
        _V + "The parameter cannot be converted to a numeric value.*",
        _V + "A value provided cannot be converted into a number",
        "test_what_is_no_number_is_refused",
    ),
    Wording(
        _P + r"Input collection \[.*\] contains duplicates\.",
        _P + r"Input collection \[.*\] contains duplicates",
        "test_a_set_of_strings_has_no_duplicates",
    ),
    Wording(
        _P + r"Input collection \[.*\]of type BS .*",
        _P + r"Input collection of type BS contains duplicates\.",
        "test_a_set_of_binaries_has_no_duplicates",
    ),
    # The same types, in the order of another hash table.
    Wording(
        _V + "Invalid ConditionExpression: Invalid attribute type name found; .*",
        _V + "Invalid ConditionExpression: Invalid attribute type name found; .*",
        "test_what_is_no_condition_is_refused[dynamodb-local-attribute_type(n, :v)]",
    ),
    Wording(
        _V + "Query condition missed key schema element: .*",
        _V + "Query condition missed key schema element",
        "test_a_query_of_an_index_needs_its_key",
    ),
    Wording(
        _V + "The provided starting key is outside query boundaries based on provided conditions",
        _V + "The provided starting key does not match the range key predicate",
        "test_a_page_cannot_start_outside_of_the_partition",
    ),
    Wording(
        _V + "The provided starting key is invalid",
        _V + "Exclusive Start Key must have same size as table's key schema",
        "test_spec_queries.py::test_a_page_must_start_at_a_key",
    ),
    Wording(
        _V + "The provided starting key is invalid: The provided key element does not match the schema",
        _V
        + "(The provided starting key is invalid|Type mismatch for attribute to update|Exclusive Start Key must have same size as table's key schema)",
        "test_spec_scans.py::test_a_page_must_start_at_a_key",
    ),
    Wording(
        _V + "The TotalSegments parameter is required but .*",
        _V + "If segment is specified, total segment must also be specified",
        "test_a_segment_has_its_total",
    ),
    Wording(
        _V + "The Segment parameter is required but .*",
        _V + "If total segments is specified, a particular segment must also be specified for this request",
        "test_a_segment_has_its_total",
    ),
    Wording(
        _V + "The Segment parameter is zero-based and .*",
        _V
        + "1 validation error detected: Value '4' at 'segment' failed to satisfy constraint: Member must have value less than or equal to 3",
        "test_a_segment_has_its_total",
    ),
    Wording(
        _V + "The provided starting key is invalid: Invalid ExclusiveStartKey\\. .*",
        _V + "Exclusive start key must lie within the segment",
        "test_a_page_must_start_in_its_segment",
    ),
    Wording(
        _V + "ReturnValues can only be ALL_OLD or NONE",
        _V + "Return values set to invalid value",
        "test_a_delete_returns_no_other_values",
    ),
    Wording(
        _V + "Consistent reads are not supported on global secondary indexes",
        _V + "Consistent read cannot be true when (querying|scanning) a GSI",
        "test_a_global_index_is_not_read_consistently",
    ),
    *(
        Wording(
            f"{_P}{aws}" if aws[0] != "!" else _V + aws[1:],
            _V + instead,
            f"test_what_is_no_table_is_refused[{LOCAL}-{case}]",
        )
        for case, aws, instead in (
            (
                "undefined key",
                "Some index key attributes are not defined in .*",
                "Hash Key not specified in Attribute Definitions\\.  Type unknown\\.",
            ),
            (
                "unused definition",
                "Number of attributes in KeySchema does not exactly match .*",
                "The number of attributes in key schema must match .*",
            ),
            (
                "no capacity",
                "ReadCapacityUnits and WriteCapacityUnits must both .*",
                "No provisioned throughput specified for the table",
            ),
            (
                "two partition keys",
                "!Invalid KeySchema: The second KeySchemaElement .*",
                "Too many hash keys specified\\..*",
            ),
            (
                "sort key first",
                "!Invalid KeySchema: The first KeySchemaElement .*",
                "No Hash Key specified in schema\\..*",
            ),
            (
                "one name for both keys",
                "!Both the Hash Key and the Range Key .*",
                "Two keys can not have the same name",
            ),
            ("two indexes of a name", "Duplicate index name: one", "Two global secondary indices have the same name"),
            (
                "local index without a sort key",
                "Table KeySchema does not have a range key, .*",
                "Local Secondary indices are not allowed on hash tables, .*",
            ),
            (
                "local index of another partition",
                "Index KeySchema does not have the same leading .*",
                "Local Secondary indices must have the same hash key .*",
            ),
            (
                "projection without attributes",
                "ProjectionType is INCLUDE, but .*",
                "If Projection type INCLUDE is specified, .*",
            ),
            (
                "attributes of a whole projection",
                "ProjectionType is ALL, but .*",
                "No attributes should be specified to be projected .*",
            ),
        )
    ),
    Wording(
        "ResourceInUseException: Table already exists: .*",
        "ResourceInUseException: Cannot create preexisting table",
        "test_a_name_is_taken_once",
    ),
    Wording(
        _V + "TimeToLive is active on a different AttributeName: current AttributeName is expires",
        _V + "TimeToLive is active on a different AttributeName",
        "test_time_to_live_is_turned_on_once",
    ),
)
