"""The local console: runs, reports, rehearsals and approvals in a browser on this machine."""
