"""Data Contract Specification 0.9 to 1.2. Source: https://datacontract.com/ and the schemas of its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import AccessRole, DataProduct, Server
from twinstage.twin.contracts.dcs_models import dcs_tables
from twinstage.twin.contracts.dcs_schema import schema_tables
from twinstage.twin.contracts.levels import dcs_levels
from twinstage.twin.contracts.soda import soda_rules

if TYPE_CHECKING:
    from twinstage.model.data_product import ProductTable
    from twinstage.twin.contracts.section import Section

_TERMS: Final = ("usage", "limitations", "billing", "noticePeriod")
_SERVER_TOLD: Final = frozenset({"type", "environment", "description", "roles"})


def dcs_product(section: Section, standard: str) -> DataProduct:
    """The product of a Data Contract Specification."""
    section.skip("dataContractSpecification", "definitions", "examples", "links", "servicelevels", "serviceLevels")
    info = section.section("info")
    info.skip("contact", "outputPort", "type", "links", "created", "updated")
    if not section.has("info"):
        section.told.warning(section.place, "info is missing, which the specification requires")
    identity = section.name("id")
    terms = section.section("terms")
    said = {name: text for name in _TERMS if (text := terms.text(name))} | _policies(terms)
    terms.skip("description")
    terms.close()
    servers, access = _servers(section)
    product = DataProduct(
        id=identity,
        name=info.text("title") or identity,
        version=info.text("version"),
        status=info.text("status"),
        owner=info.text("owner"),
        kind="dcs",
        standard=standard,
        tables=_tables(section),
        service_levels=dcs_levels(
            section.section("servicelevels" if section.has("servicelevels") else "serviceLevels")
        ),
        domain=info.text("domain"),
        tenant="",
        description=info.text("description"),
        servers=servers,
        roles=access,
        terms=said | ({"dataProduct": told} if (told := info.text("dataProduct")) else {}),
        tags=section.texts("tags"),
    )
    info.close()
    section.close()
    return product


def _tables(section: Section) -> tuple[ProductTable, ...]:
    """From `models`, or of 0.9 from `schema`; rules of the whole contract (0.9) go to the tables they name."""
    if section.has("models"):
        section.skip("schema")
        tables = dcs_tables(section)
    else:
        section.skip("models")
        tables = schema_tables(section.section("schema")) if section.has("schema") else ()
    if isinstance(section.raw("quality"), list):
        section.told.warning(section.at("quality"), "rules of no table are not read", "move them to their model")
        return tables
    return soda_rules(section.section("quality"), tables)


def _policies(terms: Section) -> dict[str, str]:
    return {f"policy {one.text('name', 'type')}": one.text("url", "description") for one in terms.sections("policies")}


def _servers(section: Section) -> tuple[tuple[Server, ...], tuple[AccessRole, ...]]:
    """Servers by name, or since 1.2 also a list of them; and the roles that are granted access to them, each once."""
    if isinstance(section.members.get("servers"), list):
        found = [
            (one.text("server", "name") or f"server-{n}", one) for n, one in enumerate(section.sections("servers"))
        ]
    else:
        found = list(section.section("servers").named())
    servers, access = [], dict[str, AccessRole]()
    for name, one in found:
        kind = one.text("type")
        known = _SERVER_TOLD | {"server", "name"}
        settings: dict[str, Any] = {key: one.raw(key) for key in one.members if key not in known}
        servers.append(Server(name, kind, one.text("environment"), settings))
        for role in one.sections("roles"):
            access.setdefault(role.text("name"), AccessRole(role.text("name"), "read"))
    return tuple(servers), tuple(access.values())
