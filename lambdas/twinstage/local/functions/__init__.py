"""Lambda functions of the embedded AWS: the real zip, run by AWS's own runtime client in warm subprocesses.

Each worker is one process behind a Lambda Runtime API of its own, with the credentials of its function's role. `Pool` runs an
invocation, `adapter` puts it in the place of moto's Docker runner.
"""
