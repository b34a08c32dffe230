"""How wide a text is, without asking a font: widths of a common sans serif, in thousandths of its size."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_GROUPS = {
    222: "ijl'|",
    278: " !,./:;I[]\\ft",
    333: "()-`r",
    355: '"',
    389: "*",
    469: "^",
    500: "ckszxvyJ",
    556: "0123456789abdeghnopqu_#$?L",
    584: "+<=>~≤≥≠",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…→",
    1015: "@",
}
_WIDTHS = {sign: width for width, signs in _GROUPS.items() for sign in signs}
# Controls, halves of surrogate pairs, and what else XML cannot hold in any spelling.
_UNSPEAKABLE = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARGIN = 1.13  # the reader's font may be a wide one
_BOLD = 1.07


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in pixels; a little too much rather than too little."""
    return sum(map(_width, text)) * size / 1000 * _MARGIN * (_BOLD if bold else 1)


def spoken(text: str) -> str:
    """A text on one line, without the characters that steer a terminal or that no file can hold."""
    return _UNSPEAKABLE.sub("\ufffd", " ".join(text.split()))


def cut(text: str, most: int) -> str:
    """A text on one line of at most so many characters, with a mark where it was cut."""
    text = spoken(text)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


@cache
def _width(sign: str) -> int:
    if sign in _WIDTHS:
        return _WIDTHS[sign]
    if unicodedata.combining(sign):
        return 0
    return 1000 if unicodedata.east_asian_width(sign) in "WF" or ord(sign) > 0x2E7F else 667
