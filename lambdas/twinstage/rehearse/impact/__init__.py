"""What a rehearsed change does to everything around it: which handlers meet at which keys, what lies downstream, and what it costs in load, money and time."""
