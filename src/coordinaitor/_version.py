"""The version of this distribution, read without a look at the installed metadata."""

__version__ = "0.1.0"
