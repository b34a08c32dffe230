"""What changed between two documents, told to whoever calls the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["in", "out"]


@dataclass(slots=True)
class Changes:
    """Two lists of sentences. Whatever makes a caller change code, or fail, is breaking."""

    breaking: list[str] = field(default_factory=list[str])
    compatible: list[str] = field(default_factory=list[str])

    def add(self, place: str, said: str, *, breaks: bool) -> None:
        """Note one change; the same sentence is kept once."""
        kept, sentence = self.breaking if breaks else self.compatible, f"{place}: {said}"
        if sentence not in kept:
            kept.append(sentence)

    def report(self) -> str:
        """Both lists as text, the breaking one first."""
        parts = [
            "\n".join([f"{title} ({len(sentences)}):", *(f"  - {sentence}" for sentence in sentences)])
            for title, sentences in (("Breaking", self.breaking), ("Compatible", self.compatible))
            if sentences
        ]
        return "\n".join(parts) if parts else "No change that a caller could notice."
