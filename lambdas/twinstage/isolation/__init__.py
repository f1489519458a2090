"""Isolation, proven: what a policy allows, what a template lets out, and what was tried and refused."""
