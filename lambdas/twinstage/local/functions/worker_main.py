"""Entry point of one Lambda worker. Runs with `-I -S`: no site, no environment's import paths, no editable packages.

Standard library only until the import path is set: the function's own packages come first, then its layers', then what the
Lambda runtime provides. The one argument is the plan (`containment.Plan`) as a JSON object. Three processes come of it: one that watches, the first of the
worker's namespaces, and the runtime.
"""

import importlib.util
import json
import os
import socket
import sys
from pathlib import Path


def _beside(name):
    """A module of this folder, which is on no import path and never will be."""
    spec = importlib.util.spec_from_file_location(f"_worker_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contain(plan):
    """Returns in the runtime's process alone, contained as the plan asks."""
    sandbox, supervisor = _beside("sandbox"), _beside("supervisor")
    if plan["namespaces"]:
        sandbox.new_pid_namespace()
    told, telling = os.pipe()
    first = os.fork()
    if first:
        os.close(telling)
        supervisor.watch(first, told, plan["memory_mb"])
    os.close(told)
    sandbox.die_with_the_parent()
    if plan["namespaces"]:
        with socket.socket(fileno=plan["door"]) as door:
            sandbox.shut_in(plan, door)
    else:
        sandbox.adopt_orphans()
    os.chdir(plan["folder"])
    sandbox.limit(plan)
    runtime = os.fork()
    if runtime:
        sandbox.hide()
        supervisor.first_process(runtime, telling)
    os.close(telling)
    if plan["namespaces"]:
        sandbox.give_up_privileges()
    sandbox.die_with_the_parent()
    # What the engine holds open is for the watching process to see.
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)


if __name__ == "__main__":
    _plan = json.loads(sys.argv.pop())
    contain(_plan)
    sys.path[:0] = _plan["paths"]
    sys.path.append(_plan["provided"])
    from awslambdaric.__main__ import main

    main(["bootstrap", os.environ["_HANDLER"]])
