"""Lineage as others tell it: OpenLineage events and dbt's manifest, read strictly and with every place known. What it means is `twin.graph`'s."""
