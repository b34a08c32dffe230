"""Workflows on the local platform: their definitions, their instances, and the engine that runs them."""

from __future__ import annotations
