"""Contracts of every standard that say the same, and what tests read them with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.twin.contracts.contract import contract_of

if TYPE_CHECKING:
    from twinstage.model.data_product import DataProduct
    from twinstage.twin.contracts.contract import ReadContract

ODCS_3 = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: Orders
version: 1.2.0
status: active
domain: checkout
description:
  purpose: Every order.
  usage: Reports.
team:
  name: checkout-team
  members:
    - username: ann
      role: Owner
      dateIn: "2025-01-01"
servers:
  - server: production
    type: postgres
    host: db.example.test
    port: 5432
    database: shop
    schema: public
schema:
  - name: orders
    physicalName: orders_v1
    physicalType: table
    quality:
      - metric: rowCount
        mustBeGreaterThan: 10
      - name: fresh
        type: sql
        query: SELECT max(at) FROM orders
        mustBeBetween: [1, 5]
    relationships:
      - from: [orders.customer]
        to: [customers.id]
    properties:
      - name: id
        logicalType: string
        physicalType: varchar(36)
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        unique: true
      - name: customer
        logicalType: string
        physicalType: varchar(18)
        classification: restricted
      - name: total
        logicalType: number
        physicalType: decimal(10,2)
        logicalTypeOptions: {minimum: 0}
        quality:
          - metric: nullValues
            mustBe: 0
            unit: percent
            severity: warning
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - name: sku
              logicalType: string
            - name: quantity
              logicalType: integer
slaProperties:
  - property: latency
    value: 4
    unit: h
    element: orders.id
  - property: availability
    value: "99.9%"
roles:
  - role: reader
    access: read
    firstLevelApprovers: ann
"""
ODCS_2 = """\
apiVersion: v2.2.2
kind: DataContract
uuid: orders
quantumName: Orders
datasetName: shop
type: tables
version: 1.2.0
status: active
description: {purpose: Every order.}
sourcePlatform: postgres
database: shop
stakeholders:
  - {username: ann, role: Data Product Owner, dateIn: 2025-01-01}
dataset:
  - table: orders
    physicalName: orders_v1
    quality:
      - {code: nullCheck, templateName: NullCheck, toolName: Elevate, column: total, severity: error}
      - {templateName: CountCheck, toolName: Elevate}
    columns:
      - {column: id, logicalType: string, physicalType: varchar(36), isPrimaryKey: true, primaryKeyPosition: 1, isNullable: false, isUnique: true}
      - {column: total, logicalType: decimal, physicalType: "decimal(10,2)", isNullable: true, partitionStatus: true, partitionKeyPosition: 1}
slaDefaultColumn: orders.id
slaProperties:
  - {property: latency, value: 4, unit: h}
"""
DCS = """\
dataContractSpecification: 1.2.0
id: orders
info:
  title: Orders
  version: 1.2.0
  status: active
  owner: checkout-team
  description: Every order.
servers:
  production: {type: postgres, host: db.example.test, database: shop, roles: [{name: reader}]}
terms:
  usage: Reports.
  noticePeriod: P3M
models:
  orders:
    type: table
    primaryKey: [shop, id]
    fields:
      id:
        $ref: '#/definitions/id'
        unique: true
      shop: {type: text, required: true}
      total:
        type: decimal
        precision: 10
        scale: 2
        minimum: 0
        quality:
          - {type: library, metric: nullValues, mustBe: 0}
      customer: {type: text, pii: true, references: customers.id, enum: [a, b]}
      address:
        type: record
        fields:
          city: {type: text}
      tags: {type: array, items: {type: text}}
    quality:
      - {type: sql, description: many, query: SELECT count(*) FROM orders, mustBeGreaterThanOrEqualTo: 5}
definitions:
  id: {type: text, format: uuid, required: true, classification: internal}
servicelevels:
  availability: {percentage: 99.9%}
  retention: {period: P1Y, unlimited: false}
  latency: {threshold: 25h, sourceTimestampField: orders.at}
  freshness: {threshold: 90 minutes, timestampField: orders.at}
  frequency: {type: batch, interval: daily, cron: 0 0 * * *}
"""
DCS_0_9 = """\
dataContractSpecification: 0.9.0
id: urn:orders
info: {title: Orders, version: 1.0.0, owner: checkout}
schema:
  type: dbt
  specification:
    version: 2
    models:
      - name: orders
        columns:
          - {name: id, data_type: string, tests: [not_null, unique]}
          - {name: total, data_type: integer}
quality:
  type: SodaCL
  specification:
    checks for orders:
      - row_count > 500
      - duplicate_count(id) = 0
      - missing_percent(total) < 5
      - freshness(at) < 24h
    checks for others:
      - row_count > 1
"""


def manifest(version: int = 12) -> dict[str, Any]:
    """A dbt manifest: a source, a model with tests of every kind, an ephemeral one, a snapshot."""

    def test(name: str, column: str, **kwargs: Any) -> dict[str, Any]:
        return {
            "resource_type": "test",
            "name": f"{name}_orders_{column}",
            "attached_node": "model.shop.orders",
            "column_name": column,
            "config": {"severity": "WARN" if name == "unique" else "ERROR"},
            "depends_on": {"nodes": ["model.shop.orders"]},
            "test_metadata": {"name": name, "kwargs": {"column_name": column, "model": "{{ ref('orders') }}"} | kwargs},
        }

    model = {
        "resource_type": "model",
        "name": "orders",
        "relation_name": '"shop"."public"."orders"',
        "config": {"materialized": "incremental", "meta": {"owner": "ann"}},
        "columns": {
            "id": {"name": "id", "data_type": "varchar"},
            "state": {"name": "state", "constraints": [{"type": "not_null"}]},
        },
    }
    return {
        "metadata": {
            "dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/v{version}.json",
            "project_name": "shop",
        },
        "nodes": {
            "model.shop.orders": model,
            "model.shop.inner": model | {"name": "inner", "config": {"materialized": "ephemeral"}},
            "snapshot.shop.orders_history": model | {"resource_type": "snapshot", "name": "orders_history"},
            "test.shop.t1": test("not_null", "id"),
            "test.shop.t2": test("unique", "id"),
            "test.shop.t3": test("accepted_values", "state", values=["open", "done"]),
            "test.shop.t4": test("relationships", "customer", to="ref('customers')", field="id"),
            "test.shop.t5": {
                "resource_type": "test",
                "name": "no_negative",
                "depends_on": {"nodes": ["model.shop.orders"]},
                "compiled_code": "select * from orders where total < 0",
            },
        },
        "sources": {
            "source.shop.raw.orders": {
                "resource_type": "source",
                "name": "orders",
                "freshness": {"warn_after": {"count": 12, "period": "hour"}, "error_after": {"count": None}},
            }
        },
    }


def read(text: str | dict[str, Any]) -> ReadContract:
    """A contract given as YAML, or as an object."""
    return contract_of((text if isinstance(text, str) else json.dumps(text)).encode(), "contract.yaml")


def product(text: str | dict[str, Any]) -> DataProduct:
    """The product of a contract that has nothing to be warned of."""
    found = read(text)
    assert found.warnings == ()
    return found.product
