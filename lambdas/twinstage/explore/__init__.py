"""Exploration: the orders in which the calls of real handlers could have happened, and what every one of them keeps.

Owns cases, the state graph, the strategies that walk it and the searches over it. Imports `model` and `world` only.
"""
