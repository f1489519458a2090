"""Targets in an AWS account, for load: a function, a table, a zone, a state machine. Each makes its requests as they go over the wire and says what an answer comes to; none of them sends."""
