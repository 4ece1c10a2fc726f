"""Every step as a command: the same events that the screens show, in words or as JSON lines."""
