"""What `capture` and `snapshot import` have in common: what is masked, withheld and sampled, and how the result is told."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.snapshots import describe, tell_content
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.yaml_document import read_yaml
from twinstage.state.capture import CaptureOptions
from twinstage.state.masking import Masking
from twinstage.state.masking_rules import masking_rules
from twinstage.state.secrets import withheld_by_function
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.cli.console import Console
    from twinstage.cli.stores import Place
    from twinstage.model.manifest import Manifest

KEY_VARIABLE = "TWINSTAGE_MASK_KEY"


def content_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--one-in`, `--mask`, `--mask-key` and `--withhold`."""
    for option in (
        click.option(
            "--withhold",
            multiple=True,
            metavar="FUNCTION:NAME",
            help="Leave out the value of an environment variable; repeatable.",
        ),
        click.option(
            "--mask-key",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help=f"File with the key of the tokens; else the environment variable {KEY_VARIABLE}.",
        ),
        click.option(
            "--mask",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="Rules for values to replace by tokens: `twinstage schema masking` describes them.",
        ),
        click.option(
            "--one-in",
            type=click.IntRange(min=2),
            metavar="N",
            help="Keep the items of about one partition key in N, the same ones each time.",
        ),
    ):
        command = option(command)
    return command


def capture_options(
    one_in: int | None, mask: Path | None, mask_key: Path | None, withhold: Sequence[str]
) -> CaptureOptions:
    """These options as a capture takes them. Raises InputError with every problem of the rules and of the options."""
    return CaptureOptions(one_in or 1, _masking(mask, mask_key), withheld_by_function(withhold))


def now() -> str:
    """The time, in RFC 3339."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def tell_snapshot(
    console: Console, place: Place, manifest: Manifest, schema: str, options: CaptureOptions, **more: Any
) -> None:
    """What came of it: on stderr what a reader should know of it, on stdout the snapshot."""
    if isinstance(place.store, DirectoryStore):
        more["manifest"] = str(place.store.root / "snapshots" / f"{manifest.id.removeprefix('sha256:')}.json")
    if options.masking is not None:
        unused = options.masking.unused()
        more["masking"] = {**manifest.masking, "unused": list(unused)}
        for rule in unused:
            console.stage(f"nothing was masked by the rule for {rule}")
    tell_content(console, manifest)
    console.data({"schema": f"twinstage:{schema}:1", **describe(manifest), **more})


def _masking(rules: Path | None, key: Path | None) -> Masking | None:
    if rules is None:
        if key is not None:
            raise InputError([InputProblem("--mask-key", 0, "", "a key, but no rules", "give --mask FILE too")])
        return None
    located = read_yaml(rules)
    parsed = masking_rules(located.document, str(rules), located.lines)
    given = key.read_bytes().strip() if key else os.environ.get(KEY_VARIABLE, "").encode()
    if not given:
        message = "rules, but no key for their tokens"
        hint = f"give --mask-key FILE or set {KEY_VARIABLE}; `openssl rand -hex 32` makes a key"
        raise InputError([InputProblem("--mask", 0, "", message, hint)])
    return Masking(parsed, given)
