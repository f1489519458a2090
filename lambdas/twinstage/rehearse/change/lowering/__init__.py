"""The change from one template to another, lowered to what a rehearsal applies: functions, tables and record sets that were captured.

What it does not lower it names, by type and resource. Pure; it reads templates that `isolation.audit` has read, and imports no adapter.
"""
