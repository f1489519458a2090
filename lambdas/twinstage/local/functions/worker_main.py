"""Entry point of one Lambda worker process. Runs with `-I -S`: no site, no environment's import paths, no editable packages.

Standard library only until the import path is set: the function's own packages come first, then its layers', then what the
Lambda runtime provides. The last argument is that directory, the others are import paths of the function.
"""

import os
import sys
import threading


def _die_with_the_engine():
    """The engine holds the other end of standard input and never writes to it: its end means that the engine is gone."""
    os.read(0, 1)
    os._exit(137)


threading.Thread(target=_die_with_the_engine, daemon=True).start()
*_FUNCTION_PATHS, _RUNTIME = sys.argv[1:]
sys.path[:0] = _FUNCTION_PATHS
sys.path.append(_RUNTIME)

from awslambdaric.__main__ import main  # noqa: E402  the import path had to be set first

main(["bootstrap", os.environ["_HANDLER"]])
