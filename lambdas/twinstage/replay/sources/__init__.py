"""Where events come from. Each source turns one record into an event, says that it is nothing to replay, or what is wrong with it."""
