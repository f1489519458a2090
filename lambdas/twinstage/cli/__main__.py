"""`python -m twinstage.cli`: the command, by the interpreter that asks for it."""

from __future__ import annotations

from twinstage.cli.main import main

main()
