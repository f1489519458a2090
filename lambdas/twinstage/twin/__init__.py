"""Twins of data products: contracts, lineage, the knowledge graph, the registry of twins and their configuration.

Imports `model` and `world` only.
"""
