"""Forms with files, taken apart."""

from __future__ import annotations

import httpx
import pytest

from tandem.sandbox._uploads import UnreadableFormError, Upload, read_parts

KIND = "multipart/form-data; boundary=x"


def one(head: str, content: bytes = b"1") -> str | Upload:
    body = b"--x\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n--x--\r\n"
    ((_, value),) = read_parts(body, KIND)
    return value


def test_what_a_client_encodes_is_taken_apart_to_the_byte() -> None:
    content = bytes(range(256)) + b"\r\n--\n\r" * 3
    files = {"file": ('a "b".png', content, "image/png")}
    sent = httpx.Request("POST", "http://localhost", files=files, data={"description": "Ä mockup"})

    parts = dict(read_parts(sent.read(), sent.headers["Content-Type"]))

    assert parts == {"description": "Ä mockup", "file": Upload('a "b".png', "image/png", content)}


@pytest.mark.parametrize("content", [b"", b"\r\n", b"--", b"\r\n--y", b"a\r\n\r\nb", b"\r\n-x", b"\x00\xff"])
def test_content_that_looks_like_a_frame_stays_content(content: bytes) -> None:
    assert one('Content-Disposition: form-data; name="a"; filename="b"', content) == Upload(
        "b", "application/octet-stream", content
    )


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('filename="grüße %22x%22.txt"', 'grüße "x".txt'),
        ('filename="a\\"b\\\\c"', 'a"b\\c'),
        ("filename=plain.txt", "plain.txt"),
        ("filename*=UTF-8''na%C3%AFve.txt; filename=naive.txt", "naïve.txt"),
        ('filename=""', ""),
    ],
)
def test_a_file_name_keeps_its_letters_and_its_quotes(said: str, name: str) -> None:
    assert one(f'Content-Disposition: form-data; name="a"; {said}') == Upload(name, "application/octet-stream", b"1")


def test_header_names_have_no_case_and_a_preamble_is_passed_over() -> None:
    body = b"Hello\r\n--x\r\ncontent-disposition: FORM-DATA; name=a\r\n\r\n1\r\n--x--"

    assert list(read_parts(body, 'multipart/form-data; charset=utf-8; Boundary="x"')) == [("a", "1")]


def test_an_empty_form_has_no_parts() -> None:
    assert list(read_parts(b"--x--", KIND)) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=", b"----"),
        (f"multipart/form-data; boundary={'x' * 201}", b""),
        (KIND, b""),
        (KIND, b"nothing"),
        (KIND, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'),
        (KIND, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\n'),
        (KIND, b"--x\r\n\r\n1\r\n--x--"),
        (KIND, b"--x\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--x--"),
        (KIND, b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"),
        (KIND, b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n1\r\n--x--"),
        (KIND, b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--x--"),
        (KIND, b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 1001 + b"--x--"),
    ],
)
def test_what_is_no_form_is_said_so(kind: str, body: bytes) -> None:
    with pytest.raises(UnreadableFormError):
        list(read_parts(body, kind))
