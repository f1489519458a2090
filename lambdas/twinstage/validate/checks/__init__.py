"""The checks, one module a criterion. Each is a function of the evidence that gives findings and can fail."""
