"""Bad templates and cloud assemblies: what `twinstage audit` may be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bad_input.case import Bad
from tests.bad_input.good import write
from tests.bad_input.yaml_inputs import BOMB

if TYPE_CHECKING:
    from pathlib import Path


def template(name: str, content: str | bytes, *says: str, file: str = "template.json") -> Bad:
    def build(folder: Path) -> list[str]:
        write(folder / file, content)
        return ["audit", file]

    return Bad(name, build, (file, *says))


def assembly(name: str, manifest: object, *says: str) -> Bad:
    def build(folder: Path) -> list[str]:
        write(folder / "cdk.out/manifest.json", manifest)
        write(folder / "secret.json", {"Resources": {}})
        return ["audit", "cdk.out"]

    return Bad(name, build, says)


def stack(file: str) -> dict[str, object]:
    return {"artifacts": {"a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": file}}}}


TEMPLATE_INPUTS = [
    template("template-depth-bomb", "[" * 100_000, "nested deeper"),
    template("template-deep-and-whole", '{"Resources": ' * 600 + "{}" + "}" * 600, "nested deeper"),
    template("template-duplicate-member", '{"Resources": {}, "Resources": {}}', "appears twice"),
    template("template-nan", '{"Resources": NaN}', "NaN is not a JSON number"),
    template("template-cut-off", '{"Resources": {', "not JSON"),
    template("template-alias-bomb", BOMB, "aliases are refused", file="template.yaml"),
    template(
        "template-tag-that-runs-code",
        "Resources: !!python/object/apply:os.system ['touch owned']\n",
        "/Resources",
        file="template.yaml",
    ),
    template("template-duplicate-key", "Resources: {}\nResources: {}\n", "twice", file="template.yaml"),
    template("template-deep-yaml", "[" * 100_000, "nested deeper", file="template.yaml"),
    template("template-not-utf-8", b"Resources: \xff\n", "can't decode byte 0xff", file="template.yaml"),
    template("template-empty", "", file="template.yaml"),
    template("template-a-list", "[]"),
    template("template-resources-a-list", '{"Resources": []}', "/Resources"),
    template("template-resource-a-text", '{"Resources": {"A": "x"}}', "/Resources/A"),
    assembly("assembly-empty", {}, "not the manifest of a cloud assembly"),
    assembly("assembly-that-leads-out", stack("../secret.json"), "../secret.json is not in this assembly"),
    assembly("assembly-absolute", stack("/etc/passwd"), "/etc/passwd is not in this assembly"),
    assembly("assembly-without-its-template", stack("gone.template.json"), "gone.template.json"),
]
