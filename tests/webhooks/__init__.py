"""Webhooks: verified, typed, routed, and handled once."""
