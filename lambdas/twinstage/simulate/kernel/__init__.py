"""A discrete-event kernel: a virtual clock, a calendar, processes written as generators, and what they compete for.

Time is a whole number of nanoseconds since the start. Whole numbers add up exactly and in any order, so two moments that are equal by the model are equal on the
clock (a tie, broken by the order in which things were scheduled) and one seed gives the same bytes on every machine; floats would make ties of rounding errors.

    simulation = Simulation(seed=7)

    def customer(counter):
        with counter.request() as turn:
            yield turn
            yield seconds(2.5)

    counter = Resource(simulation, servers=2)
    simulation.process(customer(counter))
    simulation.run()

Imports `model.errors` only.
"""

from twinstage.simulate.kernel.container import Container
from twinstage.simulate.kernel.events import AllOf, AnyOf, Event, Interrupted, SimulationError
from twinstage.simulate.kernel.process import Process
from twinstage.simulate.kernel.resource import Request, Resource
from twinstage.simulate.kernel.simulation import Simulation
from twinstage.simulate.kernel.store import Store
from twinstage.simulate.kernel.streams import Streams, fresh_stream
from twinstage.simulate.kernel.times import SECOND, in_seconds, seconds

__all__ = [
    "SECOND",
    "AllOf",
    "AnyOf",
    "Container",
    "Event",
    "Interrupted",
    "Process",
    "Request",
    "Resource",
    "Simulation",
    "SimulationError",
    "Store",
    "Streams",
    "fresh_stream",
    "in_seconds",
    "seconds",
]
