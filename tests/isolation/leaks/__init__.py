"""Leaks: single changes of the real stacks' templates, each of which opens one way out of the twin. The audit must find every one."""
