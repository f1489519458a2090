"""What Lambda's runtime does around a handler, and how it names what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers


FAILURES = [
    ("def lambda_handler(event, context): return {}['x']", "KeyError", "'x'"),
    ("def lambda_handler(event, context): f()\ndef f(): f()", "RecursionError", "maximum recursion"),
    ("def lambda_handler(event, context): return {1, 2}", "Runtime.MarshalError", "Unable to marshal response"),
    ("def lambda_handler(event, context): return object()", "Runtime.MarshalError", "not JSON serializable"),
    ("import nowhere_at_all", "Runtime.ImportModuleError", "No module named 'nowhere_at_all'"),
    ("def other(): pass", "Runtime.HandlerNotFound", "Handler 'lambda_handler' missing on module 'handler'"),
    ("def lambda_handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'handler'"),
    ("1 / 0", "ZeroDivisionError", "division by zero"),
    ("import sys\ndef lambda_handler(event, context): sys.exit(2)", "Runtime.ExitError", "exit status 2"),
    ("import sys\ndef lambda_handler(event, context): sys.exit()", "Runtime.ExitError", "without providing a reason"),
    ("import sys\nsys.exit('no configuration')", "Runtime.ExitError", "exit status 1"),
    ("def lambda_handler(event, context): raise KeyboardInterrupt", "Runtime.ExitError", "exit status 1"),
    ("import os\ndef lambda_handler(event, context): os._exit(3)", "Runtime.ExitError", "exit status 3"),
    ("import os\ndef lambda_handler(event, context): os.kill(os.getpid(), 9)", "Runtime.ExitError", "signal: killed"),
]


class TestContext:
    def test_event_and_context_are_as_lambda_gives_them(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            def lambda_handler(event, context):
                event["n"] += 1
                return [
                    event, context.function_name, context.function_version, context.invoked_function_arn,
                    context.memory_limit_in_mb, context.aws_request_id, context.log_group_name,
                    context.log_stream_name.startswith("2025/10/19/[$LATEST]"), context.client_context, context.identity,
                ]
            """,
            name="enactor",
            memory_mb=512,
            events=[{"n": 1}, {"n": 1}],
        )
        arn = "arn:aws:lambda:us-east-1:123456789012:function:enactor"
        expected = [{"n": 2}, "enactor", "$LATEST", arn, "512", "A-0", "/aws/lambda/enactor", True, None, None]
        assert told.ended[0]["response"] == expected
        assert told.ended[1]["response"] == [*expected[:5], "A-1", *expected[6:]]


class TestErrors:
    def test_each_failure_has_lambdas_name(self, handlers: Handlers) -> None:
        told = handlers.each(code for code, _, _ in FAILURES)
        for one, (code, error, message) in zip(told, FAILURES, strict=True):
            assert one.error[0] == error, code
            assert message in one.error[1], code

    @pytest.mark.parametrize(
        ("handler", "error", "message"),
        [
            ("missing.lambda_handler", "Runtime.ImportModuleError", "No module named 'missing'"),
            ("handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
            ("sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        ],
    )
    def test_so_has_each_handler_that_is_none(self, handlers: Handlers, handler: str, error: str, message: str) -> None:
        told = handlers.run("", handler=handler)
        assert told.error[0] == error
        assert message in told.error[1]

    def test_the_environment_serves_on_after_an_exception_and_starts_anew_after_an_exit(
        self, handlers: Handlers
    ) -> None:
        told = handlers.run(
            """
            import os
            SEEN = []
            def lambda_handler(event, context):
                SEEN.append(1)
                if event == "raise":
                    raise ValueError("no")
                if event == "exit":
                    os._exit(1)
                return len(SEEN)
            """,
            events=["", "raise", "", "exit", ""],
        )
        assert [ended.get("response") for ended in told.ended] == [1, None, 3, None, 1]

    def test_an_exit_unwinds_nothing(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3, os
            def lambda_handler(event, context):
                try:
                    os._exit(1)
                finally:
                    boto3.client("dynamodb").list_tables()
            """
        )
        assert told.asked == []

    def test_a_failed_import_is_tried_again_by_the_next_invocation(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import boto3
            if not boto3.client("dynamodb").list_tables()["TableNames"]:
                raise RuntimeError("not yet")
            def lambda_handler(event, context):
                return "served"
            """,
            {"ListTables": [{"TableNames": []}, {"TableNames": ["t"]}]},
            events=[{}, {}],
        )
        assert [ended.get("response", ended.get("message")) for ended in told.ended] == ["not yet", "served"]

    def test_decimals_are_numbers_in_the_response(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            from decimal import Decimal
            def lambda_handler(event, context):
                return {"whole": Decimal("11"), "part": Decimal("0.5")}
            """
        )
        assert told.response == {"whole": 11, "part": 0.5}
