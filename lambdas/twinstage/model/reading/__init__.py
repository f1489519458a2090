"""Reading what comes from outside: one strict reader for each form, used by every command and handler.

`yaml_document` (scenarios, masking rules), `json_document` (state and records), `zip_archive` (deployment packages), `names` (run ids), `patterns` (schemas'
patterns) and `endpoints` (where local mode may talk to). All of them refuse rather than guess: what is refused is an InputError with file, line, JSON pointer and the way to mend it.
Nothing here holds more than it was given, or takes longer than its limits let it. Imports only `model`; `yaml_document` needs PyYAML, which the Lambda bundle does not have.
"""
