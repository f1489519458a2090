"""Step Functions of the embedded AWS: moto's interpreter, made to run real definitions.

JSONata is evaluated, distributed maps run child executions, tasks call as the machine's role and fail with AWS's error names.
What the interpreter cannot do is refused when a machine is created. `install` puts all of it in place.
"""
