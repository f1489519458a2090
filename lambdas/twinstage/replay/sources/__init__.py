"""Where events come from. Each source turns one record into an event, or says what is wrong with it."""
