"""One run model -> HTML, Markdown and JUnit.

`load_run` reads the results of a run and nothing else, so that a report can be derived again at any time; `render` turns the model
into the three documents, and gives equal bytes for equal results. Imports `model` and `world` (the stores) only.
"""

from twinstage.report.files import render
from twinstage.report.run_model import RunModel, load_run

__all__ = ["RunModel", "load_run", "render"]
