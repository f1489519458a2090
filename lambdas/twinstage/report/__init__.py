"""One run model -> HTML, Markdown, JUnit and SARIF.

`load_run` reads the results of a run and nothing else, so that a report can be derived again at any time; `render` turns the model
into the four documents, and gives equal bytes for equal results. A data product's rehearsal and a stress have pages of
their own (`pipeline_files`, `stress_page`).
"""

from twinstage.report.files import render
from twinstage.report.run_model import RunModel, load_run

__all__ = ["RunModel", "load_run", "render"]
