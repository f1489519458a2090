"""All leaks, under names that are unique."""

from __future__ import annotations

from tests.isolation.leaks.code import code_leaks
from tests.isolation.leaks.documents import document_leaks
from tests.isolation.leaks.functions import function_leaks
from tests.isolation.leaks.iam import iam_leaks
from tests.isolation.leaks.insides import inside_leaks
from tests.isolation.leaks.network import network_leaks
from tests.isolation.leaks.stacks import stack_leaks
from tests.isolation.leaks.sweeper import sweeper_leaks
from tests.isolation.leaks.told import told_leaks

CORPUS = (
    *iam_leaks(),
    *network_leaks(),
    *function_leaks(),
    *stack_leaks(),
    *sweeper_leaks(),
    *inside_leaks(),
    *told_leaks(),
    *code_leaks(),
    *document_leaks(),
)
"""Every leak there is, in a fixed order."""
