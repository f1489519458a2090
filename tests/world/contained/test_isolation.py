"""What is a process's alone is an environment's alone: files, variables, working folder, output, logging."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

TURNS = ["A", "B", "A", "B", "A", "B"]


class TestFiles:
    CACHING = """
        import json, os, tempfile, boto3
        from pathlib import Path
        CACHE = Path("/tmp/cache/zones.json")
        def lambda_handler(event, context):
            boto3.client("dynamodb").list_tables()
            known = json.loads(CACHE.read_text()) if CACHE.exists() else []
            CACHE.parent.mkdir(exist_ok=True)
            with open("/tmp/cache/new", "w") as file:
                json.dump([*known, event["n"]], file)
            os.replace("/tmp/cache/new", CACHE)
            with open(file=os.path.join(tempfile.gettempdir(), "cache", "zones.json")) as file:
                return [json.load(file), sorted(os.listdir("/tmp")), sorted(os.listdir("/tmp/cache/")), next(os.walk("/tmp"))[1]]
        """

    def test_what_is_kept_in_tmp_is_one_environments_and_lives_as_long_as_it(self, handlers: Handlers) -> None:
        function = handlers.function(self.CACHING)
        told = handlers.converse(
            {name: {"function": function, "events": [{"n": 1}, {"n": 2}]} for name in ("A", "B")}, turns=TURNS
        )
        for name in ("A", "B"):
            kept = [ended["response"][0] for ended in told[name].ended]
            assert kept == [[1], [1, 2]]
            assert all(ended["response"][1:] == [["cache"], ["zones.json"], ["cache"]] for ended in told[name].ended)

    def test_a_handler_that_works_in_tmp_works_in_its_own(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, os
            from pathlib import Path
            def lambda_handler(event, context):
                Path("/tmp/desk").mkdir()
                os.chdir("/tmp/desk")
                Path("mark").write_text(event["mark"])
                boto3.client("dynamodb").list_tables()
                return [os.getcwd(), os.path.abspath("mark"), os.listdir(), open("/tmp/desk/mark").read(), open("mark").read()]
            """
        )
        told = handlers.converse(
            {name: {"function": function, "events": [{"mark": name}]} for name in ("A", "B")}, turns=TURNS
        )
        for name in ("A", "B"):
            assert told[name].response == ["/tmp/desk", "/tmp/desk/mark", ["mark"], name, name]

    def test_nothing_of_it_is_left_on_the_machine(self, handlers: Handlers) -> None:
        mark = f"of-{handlers.root.name}"
        path = Path("/tmp") / mark
        told = handlers.run(
            f"""
            import os
            def lambda_handler(event, context):
                open("{path}", "w").close()
                return os.path.isfile("{path}")
            """
        )
        assert told.response is True
        assert not path.exists()

    def test_modules_unpacked_there_can_be_imported(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import io, os, sys, zipfile
            def lambda_handler(event, context):
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    archive.writestr("unpacked_dependency/__init__.py", "NAME = 'from /tmp'")
                zipfile.ZipFile(packed).extractall("/tmp/requirements")
                sys.path.insert(0, "/tmp/requirements")
                import unpacked_dependency
                return unpacked_dependency.NAME
            """
        )
        assert told.response == "from /tmp"

    def test_it_outlives_a_process_that_ended_as_on_lambda(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import os
            def lambda_handler(event, context):
                if os.path.exists("/tmp/mark"):
                    return "again"
                os.mkdir("/tmp/mark")
                os._exit(1)
            """,
            events=[{}, {}],
        )
        assert [ended.get("response") for ended in told.ended] == [None, "again"]


class TestProcess:
    def test_each_function_sees_its_own_variables_and_what_it_changed(self, handlers: Handlers) -> None:
        code = """
            import boto3, os
            from os import environ, getenv
            MODE = os.environ.get("MODE", "none")
            def lambda_handler(event, context):
                os.environ["SEEN"] = MODE
                boto3.client("dynamodb").list_tables()
                return [
                    MODE, environ["SEEN"], getenv("AWS_LAMBDA_FUNCTION_NAME"), os.environ["AWS_REGION"],
                    os.environ.get("AWS_DEFAULT_REGION"), os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
                    "PYTHONPATH" in os.environ, os.environ["_HANDLER"],
                ]
            """
        told = handlers.converse(
            {
                "A": {"function": handlers.function(code, name="one", environment={"MODE": "a"}, memory_mb=256)},
                "B": {"function": handlers.function(code, name="two", region="eu-west-1")},
            },
            turns=["A", "B", "A", "B"],
        )
        handler = "handler.lambda_handler"
        assert told["A"].response == ["a", "a", "one", "us-east-1", "us-east-1", "256", False, handler]
        assert told["B"].response == ["none", "none", "two", "eu-west-1", "eu-west-1", "128", False, handler]

    def test_files_beside_the_handler_are_found_from_its_working_folder(self, handlers: Handlers) -> None:
        code = """
            import boto3, os
            def lambda_handler(event, context):
                boto3.client("dynamodb").list_tables()
                return [open("name.txt").read(), os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()]
            """
        told = handlers.converse(
            {name: {"function": handlers.function({"handler.py": code, "name.txt": name})} for name in ("A", "B")},
            turns=["A", "B", "A", "B"],
        )
        assert (told["A"].response, told["B"].response) == (["A", True], ["B", True])

    def test_a_folder_that_a_handler_goes_to_is_where_it_stays(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, os
            def lambda_handler(event, context):
                os.chdir(event)
                boto3.client("dynamodb").list_tables()
                return os.getcwd()
            """
        )
        told = handlers.converse(
            {name: {"function": function, "events": [folder]} for name, folder in (("A", "/"), ("B", "/tmp"))},
            turns=["A", "B", "A", "B"],
        )
        assert (told["A"].response, told["B"].response) == ("/", "/tmp")

    def test_what_a_thread_of_python_keeps_is_kept_between_invocations(self, handlers: Handlers) -> None:
        told = handlers.run(
            """
            import decimal
            decimal.getcontext().prec = 5
            def lambda_handler(event, context):
                return str(decimal.Decimal(1) / 3)
            """,
            events=[{}, {}],
        )
        assert [ended["response"] for ended in told.ended] == ["0.33333", "0.33333"]

    def test_the_machine_looks_the_same_in_every_process(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, os, platform, socket, tempfile, threading
            def lambda_handler(event, context):
                boto3.client("dynamodb").list_tables()
                with tempfile.NamedTemporaryFile() as file:
                    name = os.path.basename(file.name)
                return [os.getpid(), os.cpu_count(), socket.gethostname(), os.uname().nodename, platform.node(), name]
            """
        )
        alone = handlers.converse({"A": {"function": function}})["A"].response
        among = handlers.converse({name: {"function": function} for name in ("B", "A")}, turns=["B", "B", "A", "A"])
        assert alone == among["A"].response
        assert alone[:5] == [8, 2, "169.254.0.1", "169.254.0.1", "169.254.0.1"]

    def test_what_is_printed_is_kept_with_the_environment_and_bounded(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, contextlib, io, sys
            def lambda_handler(event, context):
                print(event["say"])
                with contextlib.redirect_stdout(io.StringIO()) as caught:
                    print("caught", event["say"])
                    boto3.client("dynamodb").list_tables()
                    print("still caught")
                sys.stderr.write("error\\n")
                for _ in range(event.get("times", 0)):
                    print("x" * 10_000)
                return caught.getvalue()
            """
        )
        told = handlers.converse(
            {
                "A": {"function": function, "events": [{"say": "one"}]},
                "B": {"function": function, "events": [{"say": "two", "times": 5000}]},
            },
            turns=["A", "B", "A", "B"],
        )
        assert told["A"].output == "one\nerror\n"
        assert told["A"].response == "caught one\nstill caught\n"
        assert told["B"].output.startswith("two\nerror\nxxx")
        assert len(told["B"].output) == 65_536


class TestLogging:
    def test_loggers_handlers_and_levels_are_the_environments_own(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            import boto3, logging
            logger = logging.getLogger()
            logger.setLevel(logging.INFO)
            logging.basicConfig(level=logging.DEBUG)
            mine = logging.getLogger(__name__)
            mine.addHandler(logging.StreamHandler())
            def lambda_handler(event, context):
                mine.info("plan %s", event["n"])
                boto3.client("dynamodb").list_tables()
                logging.warning("late")
                return [len(logger.handlers), len(mine.handlers), logger.level]
            """
        )
        told = handlers.converse(
            {name: {"function": function, "events": [{"n": name}]} for name in ("A", "B")}, turns=["A", "B", "A", "B"]
        )
        for name in ("A", "B"):
            assert told[name].response == [1, 1, 20]
            moment = f"2025-10-19T23:48:00.000Z\t{name}-0"
            assert told[name].output == (f"plan {name}\n[INFO]\t{moment}\tplan {name}\n[WARNING]\t{moment}\tlate\n")

    def test_powertools_logger_and_parameters_run_and_share_no_cache(self, handlers: Handlers) -> None:
        function = handlers.function(
            """
            from aws_lambda_powertools import Logger
            from aws_lambda_powertools.utilities import parameters
            logger = Logger(service="enactor")
            @logger.inject_lambda_context
            def lambda_handler(event, context):
                logger.info("started")
                value = parameters.get_parameter("/zone")
                again = parameters.get_parameter("/zone")
                logger.append_keys(zone=value)
                return [value, again]
            """
        )
        told = handlers.converse(
            {"A": {"function": function}, "B": {"function": function}},
            {"GetParameter": [{"Parameter": {"Value": "z"}}]},
        )
        for name in ("A", "B"):
            assert told[name].operations == ["GetParameter"]
            assert told[name].response == ["z", "z"]
            assert '"message":"started"' in told[name].output
