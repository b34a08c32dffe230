"""Conversations with an assistant: answers as they are written, and the turns of its tools."""
