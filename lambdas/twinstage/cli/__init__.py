"""The command line: `twinstage`. Data on stdout, progress and logs on stderr; exit codes as `twinstage --help` lists them."""

from twinstage.cli.main import main

__all__ = ["main"]
