"""Environments share a process, but no module of a function's own: each imports its code anew, and keeps its globals."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

TURNS = ["A", "B", "A", "B", "A", "B"]


class TestModules:
    def test_globals_survive_between_invocations_and_are_not_shared(self, handlers: Handlers) -> None:
        function = handlers.function(
            {
                "handler.py": """
                    import boto3, cache
                    dynamodb = boto3.client("dynamodb")
                    def lambda_handler(event, context):
                        dynamodb.list_tables()
                        cache.SEEN.append(event["n"])
                        return cache.SEEN
                    """,
                "cache.py": "SEEN = []",
            }
        )
        told = handlers.converse(
            {
                "A": {"function": function, "events": [{"n": 1}, {"n": 2}]},
                "B": {"function": function, "events": [{"n": 3}, {"n": 4}]},
            },
            turns=TURNS,
        )
        assert [ended["response"] for ended in told["A"].ended] == [[1], [1, 2]]
        assert [ended["response"] for ended in told["B"].ended] == [[3], [3, 4]]

    def test_siblings_packages_relative_and_lazy_imports_are_the_functions_own(self, handlers: Handlers) -> None:
        def version(name: str) -> dict[str, str]:
            return {
                "app/__init__.py": "",
                "app/main.py": """
                    import boto3, helper
                    from . import core
                    from .core import NAME
                    def handle(event, context):
                        boto3.client("dynamodb").list_tables()
                        import importlib
                        from late import NAME as late
                        boto3.client("dynamodb").list_tables()
                        later = importlib.import_module(".later", "app").NAME
                        return [helper.NAME, NAME, core.NAME, late, later]
                    """,
                "app/core.py": f"NAME = 'core {name}'",
                "app/later.py": f"NAME = 'later {name}'",
                "helper.py": f"NAME = 'helper {name}'",
                "late.py": f"NAME = 'late {name}'",
            }

        told = handlers.converse(
            {name: {"function": handlers.function(version(name), handler="app/main.handle")} for name in ("A", "B")},
            turns=TURNS,
        )
        for name in ("A", "B"):
            assert told[name].response == [f"{part} {name}" for part in ("helper", "core", "core", "late", "later")]

    def test_a_folder_put_on_the_import_path_by_the_handler_is_its_own(self, handlers: Handlers) -> None:
        def version(name: str) -> dict[str, str]:
            return {
                "handler.py": """
                    import os, sys, boto3
                    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
                    def lambda_handler(event, context):
                        boto3.client("dynamodb").list_tables()
                        import inner
                        return inner.NAME
                    """,
                "lib/inner.py": f"NAME = {name!r}",
            }

        told = handlers.converse(
            {name: {"function": handlers.function(version(name))} for name in ("A", "B")}, turns=["A", "B", "A", "B"]
        )
        assert (told["A"].response, told["B"].response) == ("A", "B")

    def test_a_module_that_the_package_brings_along_is_preferred_to_the_processes(self, handlers: Handlers) -> None:
        told = handlers.converse(
            {
                "A": {
                    "function": handlers.function(
                        {
                            "handler.py": """
                                import boto3, jsonschema
                                def lambda_handler(event, context):
                                    boto3.client("dynamodb").list_tables()
                                    import jsonschema as again
                                    return [jsonschema.NAME, again.NAME]
                                """,
                            "jsonschema/__init__.py": "NAME = 'brought along'",
                        }
                    )
                },
                "B": {
                    "function": handlers.function(
                        """
                        import boto3, jsonschema
                        def lambda_handler(event, context):
                            boto3.client("dynamodb").list_tables()
                            return hasattr(jsonschema, "NAME")
                        """
                    )
                },
            },
            turns=["A", "B", "A", "B"],
        )
        assert told["A"].response == ["brought along", "brought along"]
        assert told["B"].response is False

    def test_a_boto3_that_the_package_brings_along_is_not_used(self, handlers: Handlers) -> None:
        told = handlers.run(
            {
                "handler.py": """
                    import boto3
                    def lambda_handler(event, context):
                        return boto3.client("dynamodb").list_tables()["TableNames"]
                    """,
                "boto3/__init__.py": "raise RuntimeError('another boto3')",
            },
            {"ListTables": [{"TableNames": ["t"]}]},
        )
        assert told.response == ["t"]

    def test_a_module_named_like_one_of_the_standard_library_is_found_as_on_lambda(self, handlers: Handlers) -> None:
        told = handlers.run(
            {
                "handler.py": """
                    import boto3, json, secrets
                    def lambda_handler(event, context):
                        boto3.client("dynamodb").list_tables()
                        return [secrets.NAME, json.dumps({})]
                    """,
                "secrets.py": "NAME = 'mine'",
                "json.py": "raise RuntimeError('Lambda has loaded the other one long ago')",
            }
        )
        assert told.response == ["mine", "{}"]

    def test_a_package_with_compiled_parts_is_loaded_once_and_seen_by_all(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, markupsafe
            from markupsafe import escape
            from markupsafe._speedups import __file__ as compiled
            def lambda_handler(event, context):
                boto3.client("dynamodb").list_tables()
                import markupsafe as again
                folder = context.invoked_function_arn and __file__.rpartition("/")[0]
                return [escape("<"), again is markupsafe, compiled.startswith(folder)]
            """
        )
        (package,) = importlib.util.find_spec("markupsafe").submodule_search_locations  # type: ignore[union-attr,misc]
        shutil.copytree(package, Path(function["folder"]) / "markupsafe")
        told = handlers.converse({"A": {"function": function}, "B": {"function": function}}, turns=TURNS)
        assert told["A"].response == told["B"].response == ["&lt;", True, True]

    def test_dataclasses_enums_and_pickles_of_the_functions_own_classes_work(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, dataclasses, enum, pickle, typing
            class Colour(enum.Enum):
                RED = 1
            @dataclasses.dataclass
            class Plan:
                n: int
                colour: Colour = Colour.RED
            def lambda_handler(event, context):
                packed = pickle.dumps(Plan(7))
                boto3.client("dynamodb").list_tables()
                again = pickle.loads(packed)
                return [again == Plan(7), again.colour is Colour.RED, sorted(typing.get_type_hints(Plan))]
            """
        )
        told = handlers.converse({"A": {"function": function}, "B": {"function": function}}, turns=TURNS)
        assert told["A"].response == told["B"].response == [True, True, ["colour", "n"]]
