"""The CDK app: context -> Settings -> those stacks for which the settings suffice. No credentials, no network.

cdk synth -c twinstage:twin_account=222222222222                                          the platform
      ... -c twinstage:production_account=111111111111 -c twinstage:external_id=...       and the capture stack
      ... -c twinstage:run=demo -c twinstage:snapshot=FILE -c twinstage:objects=DIR       and the twin of one run
      ... -c twinstage:data_product=FILE                                                  which is one of a data product
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from stacks.settings import REQUIRED, Settings, StackName, read_settings
from twinstage import __version__
from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.reading import read_assembled
from twinstage.isolation.audit.rules import RULES
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.isolation.audit.report import Violation

ROOT = Path(__file__).resolve().parent


@jsii.implements(cdk.IPolicyValidationPlugin)
class IsolationPlugin:
    """The isolation proof as a step of every synthesis: what leads out of a twin is not synthesized.

    Findings cannot be acknowledged here: what is safe is said in `twinstage.isolation.audit`.
    """

    @property
    def name(self) -> str:
        """What the CDK's report calls it."""
        return "twinstage-audit"

    @property
    def version(self) -> str:
        """Twinstage's own."""
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        """The codes of its rules."""
        return [rule.code for rule in RULES]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Prove every template that was synthesized."""
        templates = [
            read_assembled(Path(stack.template_path), stack.account_id, stack.region)
            for stack in context.stack_templates
        ]
        report = audit(templates, clock=time.process_time)
        found = [_reported(violation) for violation in report.violations]
        return cdk.PolicyValidationPluginReport(
            success=report.proven, violations=found, metadata={"profile": report.profile}, plugin_version=__version__
        )


def _reported(violation: Violation) -> cdk.PolicyViolation:
    finding, rule = violation.finding, violation.rule
    place = cdk.PolicyViolatingResource(
        resource_logical_id=finding.resource or None, template_path=violation.file, locations=[finding.pointer]
    )
    described = f"{rule.title}: {finding.message}"
    return cdk.PolicyViolation(
        rule_name=rule.code, description=described, fix=rule.mend, severity="error", violating_resources=[place]
    )


def build(app: cdk.App) -> Settings:
    """Put into `app` every stack for which its context suffices. Raises InputError with all that is wrong with it."""
    settings = read_settings(app.node.get_all_context(), ROOT)
    for name in REQUIRED:
        if not settings.missing(name):
            _add(app, name, settings)
    cdk.Validations.of(app).add_plugins(IsolationPlugin())
    if settings.nag:
        from cdk_nag import AwsSolutionsChecks

        cdk.Validations.of(app).add_plugins(cdk.CloudFormationValidatePlugin(), AwsSolutionsChecks(app, verbose=True))
    return settings


def new_app(outdir: str | None = None, context: Mapping[str, Any] | None = None) -> cdk.App:
    """An app whose templates hold what is written here and nothing else.

    The CDK's built-in template checks cost every synthesis a second; `twinstage:nag` brings them back, together with
    cdk-nag.
    """
    return cdk.App(
        outdir=outdir,
        context=context,
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )


def _add(app: cdk.App, name: StackName, settings: Settings) -> None:
    """Import and add one stack: what a stack does not need is not imported."""
    if name == "capture":
        from stacks.capture import CaptureStack

        CaptureStack(app, settings=settings)
    elif name == "platform":
        from stacks.platform import PlatformStack

        PlatformStack(app, settings=settings)
    elif settings.data_product is not None:
        from stacks.data_product_source import read_data_product
        from stacks.data_twin import DataTwinStack

        DataTwinStack(app, settings=settings, source=read_data_product(settings))
    else:
        from stacks.snapshot_source import read_snapshot
        from stacks.twin import TwinStack

        TwinStack(app, settings=settings, snapshot=read_snapshot(settings))


def main() -> int:
    """Synthesize; on bad input, print every problem and return 2."""
    app = new_app()
    try:
        settings = build(app)
    except InputError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    for name in REQUIRED:
        if missing := settings.missing(name):
            sys.stderr.write(f"no {name} stack: it needs {', '.join(missing)}\n")
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
