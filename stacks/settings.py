"""What the CDK app is told, from its context:

`-c twinstage:run=...`, `cdk.json`, or a caller's own `App(context=...)`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import schema_violations
from twinstage_constructs.names import ARMS as ARM_NAMES
from twinstage_constructs.names import RUN_PATTERN
from twinstage_constructs.twin_snapshot import CandidateFunction

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "twinstage:"
ARMS = (ARM_NAMES[:1], ARM_NAMES[:2], ARM_NAMES)
NOTICES = ("topic", "bus")
CAPTURED = ("zones", "tables", "functions")
StackName = Literal["capture", "platform", "twin"]

REQUIRED: Mapping[StackName, tuple[str, ...]] = {
    "capture": ("production_account", "twin_account", "external_id", "bundle"),
    "platform": ("twin_account",),
    "twin": ("run", "snapshot", "objects", "twin_account", "bundle", "recorder"),
}
"""The settings without which a stack cannot be synthesized."""

_OF_CANDIDATE = frozenset({"code", "handler", "environment", "unset", "timeout_s", "memory_mb"})
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_RUNTIME = re.compile(r"python3\.\d+")
_ARCHITECTURE = re.compile("arm64|x86_64")
_ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]|[a-z]{2}(-[a-z]+)+-\d(-[a-z]+)+-\d[a-z]")
_KEY = re.compile(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[\w-]+")
_STRESS = re.compile("function|zone|DeleteItem|GetItem|PutItem|Query|Scan|UpdateItem")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ZONE_NAME = re.compile(r"(?:[a-z0-9_\\-]+\.)+")
_LIST_HINT = 'give words with commas between them, or a JSON list: ["a", "b"]'


@dataclass(frozen=True)
class Settings:
    """The app's settings. An empty string or None is a setting not given; `missing` says which stacks that rules out.

    `snapshot` is a manifest's file, `objects` the directory of its parts by sha256, `bundle` the directory of the stage
    functions' code and `recorder` that of the recorder's package. `keep_environment` names environment variables of
    clones that pass unchanged; `capture` what the daily capture selects, by `zones`, `tables`, `functions`: where it is
    given, the capture stack's roles may read no other; `capture_options` are the other members of its event, and
    `snapshot_key` is the ARN of the KMS key that it signs with. `kms_keys` are the ARNs of keys with which production encrypts
    what is captured. `clone_architecture` is the processor of every clone, where that is not production's own;
    `clone_concurrency` what each clone of each arm reserves of the account's pool; `import_items` from how many items on
    a table is imported from S3 as it is made, where any is; `spare_zones` the names of zones that the log makes and the snapshot
    does not hold: they stand empty until then. `data_product` is a file: the twin is one of a data product, and runs the pipeline that the file holds, where
    it holds one. `approval_notices` says where people are told that they are asked to approve: `topic`, `bus`, each of them
    `twinstage-approvals` in the twin account. `stress` says what load is sent to, by the scenario's `stress` section in the world twin: function, zone, or
    an operation on tables such as PutItem. `scenario` is the digest of the published scenario that an execution without one rehearses.
    `shaped_tables` are the tables that the change gives another schema.
    """

    region: str = "us-east-1"
    twin_account: str = ""
    production_account: str = ""
    external_id: str = ""
    run: str = ""
    snapshot: Path | None = None
    objects: Path | None = None
    bundle: Path | None = None
    recorder: Path | None = None
    arms: tuple[str, ...] = ("baseline",)
    candidate: Mapping[str, CandidateFunction] = field(default_factory=dict)
    keep_environment: tuple[str, ...] = ()
    capture: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    capture_options: Mapping[str, Any] = field(default_factory=dict)
    snapshot_key: str = ""
    ttl_hours: int = 4
    kms_keys: tuple[str, ...] = ()
    clone_architecture: str = ""
    clone_concurrency: int | None = None
    import_items: int | None = None
    spare_zones: tuple[str, ...] = ()
    data_product: Path | None = None
    approval_notices: tuple[str, ...] = ()
    stress: str = ""
    shaped_tables: tuple[str, ...] = ()
    scenario: str = ""
    architecture: str = "arm64"
    runtime: str = "python3.12"
    availability_zones: tuple[str, ...] = ()
    retain_evidence: bool = True
    nag: bool = False

    @property
    def evidence_bucket(self) -> str:
        """The platform's evidence store."""
        return f"twinstage-evidence-{self.twin_account}-{self.region}"

    @property
    def snapshot_bucket(self) -> str:
        """Where the production account keeps what it captured."""
        return f"twinstage-snapshots-{self.production_account}-{self.region}"

    @property
    def approval_places(self) -> dict[str, str]:
        """Where people are told, by kind: the topic's and the bus's ARN."""
        of = f"{self.region}:{self.twin_account}"
        arns = {
            "topic": f"arn:aws:sns:{of}:twinstage-approvals",
            "bus": f"arn:aws:events:{of}:event-bus/twinstage-approvals",
        }
        return {kind: arns[kind] for kind in self.approval_notices}

    def path(self, name: Literal["snapshot", "objects", "bundle", "recorder", "data_product"]) -> Path:
        """A path that the stack at hand cannot do without. Raises InputError if it is not given."""
        path: Path | None = getattr(self, name)
        if path is None:
            raise InputError([InputProblem("context", 0, f"/{PREFIX}{name}", "not given", "give a path")])
        return path

    def missing(self, stack: StackName) -> tuple[str, ...]:
        """The context keys that `stack` still needs."""
        return tuple(PREFIX + name for name in REQUIRED[stack] if not getattr(self, name))


def read_settings(context: Mapping[str, Any], root: Path) -> Settings:
    """The settings that a CDK context holds; keys of others are ignored. Relative paths start at `root`.

    On a command line every value is a string: lists come with commas or as JSON, `candidate` as JSON. Raises InputError
    with every problem.
    """
    return _Reader(context, root).settings()


class _Reader:
    """Reads each key once, and collects what is wrong instead of stopping at it."""

    def __init__(self, context: Mapping[str, Any], root: Path) -> None:
        self._given = {
            key.removeprefix(PREFIX): value
            for key, value in context.items()
            if key.startswith(PREFIX) and value not in ("", None)
        }
        self._root = root
        self._problems: list[InputProblem] = []

    def settings(self) -> Settings:
        unknown = sorted(set(self._given) - set(Settings.__dataclass_fields__))
        for key in unknown:
            self._problem(
                key, "no such setting", f"the settings are {', '.join(sorted(Settings.__dataclass_fields__))}"
            )
        region = self._matching("region", _REGION, "a region, such as us-east-1") or Settings.region
        found = Settings(
            region=region,
            twin_account=self._matching("twin_account", _ACCOUNT, "twelve digits"),
            production_account=self._matching("production_account", _ACCOUNT, "twelve digits"),
            external_id=self._matching(
                "external_id", re.compile(r"[\w+=,.@:/-]{2,1224}"), "2 to 1224 characters of IAM's"
            ),
            run=self._run(),
            snapshot=self._path("snapshot", directory=False),
            objects=self._path("objects"),
            bundle=self._path("bundle", default=".build/bundle-" + str(self._given.get("architecture", "arm64"))),
            recorder=self._path("recorder", default="lambdas/twinstage_recorder"),
            data_product=self._path("data_product", directory=False),
            approval_notices=self._each("approval_notices", re.compile("|".join(NOTICES)), "topic or bus"),
            stress=self._matching("stress", _STRESS, "function, zone, or an operation on items such as PutItem"),
            scenario=self._matching("scenario", _DIGEST, "a published scenario's digest, sha256:<hex>"),
            shaped_tables=self._list("shaped_tables"),
            arms=self._arms(),
            candidate=self._candidate(),
            keep_environment=self._list("keep_environment"),
            capture=self._capture(),
            capture_options=self._capture_options(),
            snapshot_key=self._matching("snapshot_key", _KEY, "the ARN of a key"),
            ttl_hours=self._number("ttl_hours", "number of hours") or Settings.ttl_hours,
            kms_keys=self._each("kms_keys", _KEY, "the ARN of a key"),
            clone_architecture=self._matching("clone_architecture", _ARCHITECTURE, "arm64 or x86_64"),
            clone_concurrency=self._number("clone_concurrency", "number of executions"),
            import_items=self._number("import_items", "number of items"),
            spare_zones=self._each("spare_zones", _ZONE_NAME, "a zone's name in canonical form, such as example.com."),
            architecture=self._matching("architecture", _ARCHITECTURE, "arm64 or x86_64") or "arm64",
            runtime=self._matching("runtime", _RUNTIME, "a Python runtime, such as python3.12") or Settings.runtime,
            availability_zones=self._each("availability_zones", _ZONE, "an availability zone")
            or (region + "a", region + "b"),
            retain_evidence=self._flag("retain_evidence", default=True),
            nag=self._flag("nag", default=False),
        )
        if found.candidate and "candidate" not in found.arms:
            self._problem("arms", "there is a candidate, but no arm for it", "give baseline,candidate")
        if self._problems:
            raise InputError(self._problems)
        return found

    def _problem(self, key: str, message: str, hint: str) -> None:
        self._problems.append(InputProblem("context", 0, f"/{PREFIX}{key}", message, hint))

    def _matching(self, key: str, pattern: re.Pattern[str], meaning: str) -> str:
        value = str(self._given.get(key, ""))
        if value and not pattern.fullmatch(value):
            self._problem(key, f"{value!r} is not {meaning}", f"give {meaning}")
        return value

    def _run(self) -> str:
        run = self._matching("run", RUN_PATTERN, "1 to 20 of a-z, 0-9 and -")
        if taken := set(run.split("-")) & set(ARM_NAMES):
            self._problem("run", f"{run!r} holds an arm's name, {', '.join(sorted(taken))}", "leave it out")
        return run

    def _path(self, key: str, *, directory: bool = True, default: str = "") -> Path | None:
        given = self._given.get(key)
        if given is None and not default:
            return None
        path = self._root / str(given or default)
        if path.is_dir() if directory else path.is_file():
            return path
        if given is not None:
            self._problem(key, f"{path} is no {'directory' if directory else 'file'}", "give a path that exists")
        return None

    def _list(self, key: str) -> tuple[str, ...]:
        value = self._given.get(key, ())
        if isinstance(value, str):
            value = self._json(key, value, _LIST_HINT, []) if value.startswith("[") else value.split(",")
        if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
            self._problem(key, "not a list of words", _LIST_HINT)
            return ()
        return tuple(part.strip() for part in value)

    def _each(self, key: str, pattern: re.Pattern[str], meaning: str) -> tuple[str, ...]:
        """A list of which every element matches."""
        found = self._list(key)
        if strange := [part for part in found if not pattern.fullmatch(part)]:
            self._problem(key, f"{', '.join(map(repr, strange))}: each must be {meaning}", _LIST_HINT)
        return found

    def _arms(self) -> tuple[str, ...]:
        arms = self._list("arms") or Settings.arms
        if arms not in ARMS:
            self._problem(
                "arms",
                f"{', '.join(arms)} are not arms",
                "give baseline, or baseline,candidate, or baseline,candidate,repeat",
            )
        return arms

    def _number(self, key: str, meaning: str) -> int | None:
        """A whole number above 0, or None where none is given."""
        if key not in self._given:
            return None
        value = str(self._given[key])
        if not value.isdecimal() or int(value) == 0:
            self._problem(key, f"{value!r} is no {meaning}", "give a whole number above 0")
            return None
        return int(value)

    def _flag(self, key: str, *, default: bool) -> bool:
        value = str(self._given.get(key, default)).lower()
        if value not in ("true", "false"):
            self._problem(key, f"{value!r} is neither true nor false", "give true or false")
        return value == "true"

    def _capture(self) -> dict[str, tuple[str, ...]]:
        hint = 'give {"zones": [...], "tables": [...], "functions": [...]}, by name'
        document = self._json_object("capture", hint)
        known = {name: names for name, names in document.items() if name in CAPTURED and isinstance(names, list)}
        if known != document:
            self._problem("capture", "not a selection of what to capture", hint)
        elif document and not any(known.values()):
            self._problem("capture", "it selects nothing", hint)
        return {name: tuple(str(each) for each in names) for name, names in known.items()}

    def _capture_options(self) -> dict[str, Any]:
        hint = "`twinstage schema capture` prints what is expected"
        document = dict(self._json_object("capture_options", hint))
        # They are part of an event whose selection `capture` gives.
        selection = {kind: ["given elsewhere"] for kind in CAPTURED}
        for place, message in schema_violations("capture", selection | document):
            self._problem(f"capture_options{place}", message, hint)
        if chosen := sorted(set(document) & set(CAPTURED)):
            self._problem("capture_options", f"{', '.join(chosen)} belong to twinstage:capture", "put them there")
        return document

    def _candidate(self) -> dict[str, CandidateFunction]:
        document = self._json_object("candidate", 'give {"<function>": {"code": "<directory>"}}')
        functions = {name: self._candidate_function(name, entry) for name, entry in document.items()}
        return {name: function for name, function in functions.items() if function}

    def _json(self, key: str, text: str, hint: str, otherwise: Any) -> Any:
        """What a text holds; `otherwise`, and a problem, where that is not JSON."""
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            self._problem(key, f"not JSON: {error}", hint)
            return otherwise

    def _json_object(self, key: str, hint: str) -> Mapping[str, Any]:
        value = self._given.get(key, {})
        document = self._json(key, value, hint, {}) if isinstance(value, str) else value
        if not isinstance(document, Mapping):
            self._problem(key, "not an object", hint)
            return {}
        return document

    def _candidate_function(self, name: str, entry: Any) -> CandidateFunction | None:
        key = f"candidate/{name}"
        if not isinstance(entry, Mapping) or set(entry) - _OF_CANDIDATE or "code" not in entry:
            others = ", ".join(sorted(_OF_CANDIDATE - {"code"}))
            self._problem(key, "not a changed function", f'give {{"code": "<directory>"}}, perhaps {others}')
            return None
        code = self._root / str(entry["code"])
        if not code.is_dir():
            self._problem(f"{key}/code", f"{code} is no directory", "give the directory of the candidate's code")
        environment = entry.get("environment") or {}
        return CandidateFunction(
            code,
            entry.get("handler"),
            {str(k): str(v) for k, v in environment.items()},
            tuple(entry.get("unset") or ()),
            entry.get("timeout_s"),
            entry.get("memory_mb"),
        )
