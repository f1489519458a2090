"""One run model -> HTML, Markdown and JUnit.

`run_model.load_run` reads the results of a run and nothing else, so that a report can be derived again at any time; `files.render` turns
the model into the three documents, and gives equal bytes for equal results. Imports `model` and `world` (the stores) only.
"""
