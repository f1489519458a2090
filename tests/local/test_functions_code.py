from __future__ import annotations

import io
import stat
import urllib.error
import urllib.request
import zipfile
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import ECHO, Workshop, zip_of


class TestImports:
    def test_layers_are_on_the_path_behind_the_function_and_before_the_runtime(self, workshop: Workshop) -> None:
        layer = workshop.client("lambda").publish_layer_version(
            LayerName=f"layer-{uuid4().hex[:8]}",
            Content={
                "ZipFile": zip_of(
                    {
                        "python/shared.py": "WHO = 'layer'",
                        "python/boto3/__init__.py": "WHO = 'layer'",
                        "python/app.py": "broken",
                    }
                )
            },
        )
        code = "import boto3, shared\ndef handler(event, context):\n    return [shared.WHO, boto3.WHO]\n"
        assert workshop.invoke(workshop.function(code, Layers=[layer["LayerVersionArn"]]))["Payload"] == [
            "layer",
            "layer",
        ]

    def test_the_later_layer_wins(self, workshop: Workshop) -> None:
        arns = [
            workshop.client("lambda").publish_layer_version(
                LayerName=f"layer-{uuid4().hex[:8]}",
                Content={"ZipFile": zip_of({"python/shared.py": f"WHO = {number}"})},
            )["LayerVersionArn"]
            for number in (1, 2)
        ]
        code = "import shared\ndef handler(event, context):\n    return shared.WHO\n"
        assert workshop.invoke(workshop.function(code, Layers=arns))["Payload"] == 2

    def test_a_layer_with_extensions_is_refused(self, workshop: Workshop) -> None:
        layer = workshop.client("lambda").publish_layer_version(
            LayerName=f"layer-{uuid4().hex[:8]}", Content={"ZipFile": zip_of({"extensions/agent": "#!/bin/sh"})}
        )
        with pytest.raises(ClientError, match="Lambda extensions"):
            workshop.invoke(workshop.function(ECHO, Layers=[layer["LayerVersionArn"]]))

    @pytest.mark.parametrize("module", ["twinstage", "moto", "click", "aws_lambda_powertools"])
    def test_what_is_not_bundled_is_not_found_though_it_is_installed_here(
        self, workshop: Workshop, module: str
    ) -> None:
        response = workshop.invoke(workshop.function(f"import {module}\n" + ECHO))
        assert response["FunctionError"] == "Unhandled"
        assert response["Payload"]["errorType"] == "Runtime.ImportModuleError"
        assert f"No module named '{module}'" in response["Payload"]["errorMessage"]

    def test_a_bundled_twinstage_is_the_one_that_runs(self, workshop: Workshop) -> None:
        name = workshop.function(
            "import twinstage\ndef handler(event, context):\n    return twinstage.WHO\n",
            files={"twinstage/__init__.py": "WHO = 'zip'"},
        )
        assert workshop.invoke(name)["Payload"] == "zip"

    def test_the_sdk_is_there_without_being_bundled(self, workshop: Workshop) -> None:
        name = workshop.function("import boto3, botocore, dateutil, jmespath, s3transfer, six, urllib3\n" + ECHO)
        assert workshop.invoke(name, 1)["Payload"] == 1

    def test_python_s_own_variables_of_the_engine_do_not_reach_a_worker(self, workshop: Workshop) -> None:
        code = "import os\ndef handler(event, context):\n    return sorted(name for name in os.environ if name.startswith(('PYTHON', 'TWIN', 'VIRTUAL')))\n"
        assert workshop.invoke(workshop.function(code))["Payload"] == []


def hostile_zip(name: str, mode: int = stat.S_IFREG | 0o644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", ECHO)
        member = zipfile.ZipInfo(name)
        member.create_system = 3
        member.external_attr = mode << 16
        archive.writestr(member, "/etc/passwd")
    return buffer.getvalue()


class TestPackages:
    @pytest.mark.parametrize(
        ("package", "named"),
        [
            (hostile_zip("../escaped.py"), "leads out of the package"),
            (hostile_zip("/absolute.py"), "leads out of the package"),
            (hostile_zip("link", stat.S_IFLNK | 0o777), "neither a file nor a folder"),
            (b"not a zip", "cannot be unpacked"),
        ],
    )
    def test_a_package_that_would_write_elsewhere_is_refused(
        self, workshop: Workshop, package: bytes, named: str
    ) -> None:
        name = f"function-{uuid4().hex[:8]}"
        workshop.client("lambda").create_function(
            FunctionName=name,
            Role=workshop.role(),
            Runtime="python3.11",
            Handler="app.handler",
            Code={"ZipFile": package},
        )
        with pytest.raises(ClientError, match=named) as refused:
            workshop.invoke(name)
        assert refused.value.response["Error"]["Code"] == "InvalidZipFileException"

    def test_a_package_that_breaks_half_way_is_refused_every_time(self, workshop: Workshop) -> None:
        package = zip_of({"app.py": ECHO, "data.txt": "x" * 100})
        broken = package.replace(b"x" * 100, b"y" * 100)
        name = f"function-{uuid4().hex[:8]}"
        workshop.client("lambda").create_function(
            FunctionName=name,
            Role=workshop.role(),
            Runtime="python3.11",
            Handler="app.handler",
            Code={"ZipFile": broken},
        )
        for _ in range(2):
            with pytest.raises(ClientError, match="InvalidZipFileException"):
                workshop.invoke(name)

    def test_the_code_of_a_function_can_be_fetched_where_get_function_says(self, workshop: Workshop) -> None:
        location = workshop.client("lambda").get_function(FunctionName=workshop.function(ECHO))["Code"]["Location"]
        with urllib.request.urlopen(location) as answer:  # noqa: S310  our own loopback URL
            assert zipfile.ZipFile(io.BytesIO(answer.read())).read("app.py").decode() == ECHO
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(location[:-1] + ("0" if location[-1] != "0" else "1"))  # noqa: S310
