"""Pipelines on virtual time: Amazon States Language definitions, read strictly and executed as AWS documents it.

`reading` makes a `definition`; `execution` runs it in a simulation; `tasks` say what a task gives and how long it takes; `trace` is what comes out
of it, line by line. Of the simulator it imports what is shared, never `network`. JSONata needs the package jsonata-python, which is loaded in a child process.
Source of every rule here: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html and https://states-language.net/spec.html
"""
