"""Typed Python functions as tools: what `@tool` reads from a signature, and what it does with arguments."""
