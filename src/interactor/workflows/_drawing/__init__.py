"""Drawings of definitions: a layout of our own, and four ways to write it down."""
