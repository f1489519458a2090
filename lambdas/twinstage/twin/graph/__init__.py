"""The knowledge graph of a twin: built from whatever says what touches what, walked for the impact of a change, written in the forms that others read.

Every builder (`from_lineage`, `from_dbt`, `from_product`, `from_snapshot`, `from_state_machine`, `from_template`) answers a graph of its own, which `model.graph.merge` joins; `linking` then says what
several names of one thing have in common. `names` is where the identity of each kind of thing is decided.
"""
