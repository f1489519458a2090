"""The capacity plan of a target load, out of what a diagnosed load measured. Pure; reads `stress.analysis` and the model."""

from twinstage.stress.capacity.plan import CapacityPlan, plan

__all__ = ["CapacityPlan", "plan"]
