"""Replay of recorded production: where events come from, their order and shards, their execution, what came of them."""
