"""What a template says of itself: which stack of ours it is, whose, and between which accounts. `twinstage audit` holds it to that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import aws_cdk as cdk

SECTION = "Twinstage"


def identify(
    stack: cdk.Stack, kind: str, *, run: str = "", twin_account: str, production_account: str, region: str
) -> None:
    """Put the stack's identity into its template's metadata. `kind` is capture, platform or twin; what is not known is empty.

    Raises InputError where the stack has one: the template would be somebody else's.
    """
    others = stack.template_options.metadata or {}
    if SECTION in others:
        message = (
            f"the stack {stack.stack_name} is the {others[SECTION]['Stack']} of run {others[SECTION]['Run']} already"
        )
        raise InputError([InputProblem("app", 0, "/stack", message, "give each twin a stack of its own")])
    stack.template_options.metadata = {
        **others,
        SECTION: {
            "Stack": kind,
            "Run": run,
            "TwinAccount": twin_account,
            "ProductionAccount": production_account,
            "Region": region,
        },
    }


def told_package(package: str) -> dict[str, Any]:
    """The metadata of a layer: the key of its package."""
    return {"Package": package}


def told_clone(variables: Mapping[str, str], kept: Iterable[str], *, handler: str, package: str) -> dict[str, Any]:
    """The metadata of a clone: its code's own handler, the key of its package, its variables and what each is meant to hold.

    `kept` names those that need not name anything of the twin.
    """
    return {"Environment": dict(variables), "Kept": sorted(kept), "Handler": handler, "Package": package}
