"""The event loop in pure Python: every feature, no dependency. What it counts is what the compiled loop counts, to the last bit."""
