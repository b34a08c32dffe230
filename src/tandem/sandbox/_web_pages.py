"""Pages for people: where they agree to something, and are sent back from."""

from __future__ import annotations

from html import escape
from string import Template
from urllib.parse import urlencode, urlsplit, urlunsplit

from ._reply import RawReply

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 4rem auto; padding: 0 1rem; }
  button { font: inherit; padding: .5rem 1.5rem; margin-right: .5rem; }
</style>
<h1>$title</h1>
$body
</html>
""")


def web_page(status: int, title: str, body: str) -> RawReply:
    """A page; `body` is HTML, the title is not. No cache keeps it, no other page shows it in a frame."""
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return RawReply(_PAGE.substitute(title=escape(title), body=body).encode(), status=status, headers=headers)


def with_query(uri: str, answer: dict[str, str]) -> str:
    """A URL with more in its query.

    >>> with_query("https://app.example.com/back?tab=1", {"code": "a b"})
    'https://app.example.com/back?tab=1&code=a+b'
    """
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(answer))))))


def is_way_back(uri: str) -> bool:
    """Whether a browser can be sent to this URL, and nothing but sent there.

    >>> is_way_back("https://app.example.com/back"), is_way_back("javascript:alert(1)")
    (True, False)
    """
    try:
        scheme = urlsplit(uri).scheme
    except ValueError:
        scheme = ""
    clean = uri.isascii() and uri.isprintable() and " " not in uri
    return clean and scheme not in ("", "javascript", "data")
