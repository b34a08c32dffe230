"""Event streams: bytes to events, kept going, in both colours."""
