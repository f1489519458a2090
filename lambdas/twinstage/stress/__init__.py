"""Stress: load offered to a target, what it did to it, which resource gave way first, and how much more there is room for.

Owns generators on the wall clock (`load`) and on virtual time, what they measure, its analysis and the capacity plan. Imports the model and the world only: never another feature.
"""
