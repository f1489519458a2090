"""Open Data Contract Standard 3.0 and 3.1. Source: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import AccessRole, DataProduct, Member, Server
from twinstage.twin.contracts.levels import odcs_levels
from twinstage.twin.contracts.odcs_tables import odcs_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.twin.contracts.section import Section

_OWNERS: Final = ("owner", "data product owner", "product owner", "data owner")
_TERMS: Final = ("purpose", "usage", "limitations")


def odcs_product(section: Section, standard: str) -> DataProduct:
    """The product of a contract of version 3."""
    for name in ("version", "status"):
        if not section.has(name):
            section.told.warning(section.place, f"{name} is missing, which the standard requires")
    section.skip("apiVersion", "kind", "support", "price", "authoritativeDefinitions", "customProperties")
    section.skip("contractCreatedTs", "slaDefaultElement", "dataProduct")
    identity = section.name("id")
    terms, description = described(section)
    team, owner = _team(section)
    product = DataProduct(
        id=identity,
        name=section.text("name") or section.text("dataProduct") or identity,
        version=section.text("version"),
        status=section.text("status"),
        owner=owner,
        kind="odcs",
        standard=standard,
        tables=odcs_tables(section),
        service_levels=odcs_levels(section),
        domain=section.text("domain"),
        tenant=section.text("tenant"),
        description=description,
        servers=_servers(section),
        roles=roles(section),
        team=team,
        terms=terms,
        tags=section.texts("tags"),
    )
    section.close()
    return product


def described(section: Section) -> tuple[dict[str, str], str]:
    """The terms in a description, and its text: an object since 2.0, a text in what many write."""
    if isinstance(section.raw("description"), str):
        return {}, section.text("description")
    inner = section.section("description")
    inner.skip("authoritativeDefinitions", "customProperties")
    terms = {name: text for name in _TERMS if (text := inner.text(name))}
    inner.close()
    return terms, terms.get("purpose", "")


def members(sections: Iterable[Section]) -> tuple[Member, ...]:
    """The members of a team, or its stakeholders."""
    found = []
    for one in sections:
        username = one.text("username", "name")
        found.append(Member(username, one.text("role"), one.text("dateIn"), one.text("dateOut")))
    return tuple(found)


def owner_of(team: Iterable[Member]) -> str:
    """Who of a team owns the product: whoever has that role, and has not left it."""
    named = [member for member in team if member.role.strip().lower() in _OWNERS]
    return next((m.username for m in named if not m.until), named[-1].username if named else "")


def roles(section: Section) -> tuple[AccessRole, ...]:
    """Through which roles the product is read."""
    found = []
    for one in section.sections("roles"):
        approvers = (one.text("firstLevelApprovers"), one.text("secondLevelApprovers"))
        told = tuple(name for name in approvers if name and name != "na")
        found.append(AccessRole(one.text("role"), one.text("access"), told))
    return tuple(found)


def _team(section: Section) -> tuple[tuple[Member, ...], str]:
    """A list of members until 3.0, an object with a name since."""
    if isinstance(section.members.get("team"), list):
        listed = members(section.sections("team"))
        return listed, owner_of(listed)
    team = section.section("team")
    team.skip("id", "description", "tags", "customProperties", "authoritativeDefinitions")
    listed, name = members(team.sections("members")), team.text("name")
    team.close()
    return listed, owner_of(listed) or name


def _servers(section: Section) -> tuple[Server, ...]:
    found = []
    for n, one in enumerate(section.sections("servers")):
        name = one.text("server", "id") or f"server-{n}"
        known = {"server", "id", "type", "environment", "roles", "customProperties", "description"}
        settings: dict[str, Any] = {key: one.raw(key) for key in one.members if key not in known}
        found.append(Server(name, one.text("type"), one.text("environment"), settings))
    return tuple(found)
