"""What a file is, by its content: names are not believed, and nothing is handed out that a browser would run."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.files import disposition, inert_type, safe_name, sniff, true_name

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 5000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (packed("a.txt"), "application/zip"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"MZ\x90\0", "application/x-executable"),
        (b"<!DOCTYPE html><script>", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg>", "text/html"),
        ("Журнал за ноябрь\n".encode(), "text/plain"),
        ("Журнал за ноябрь\n".encode("cp1251"), "text/plain"),
        (b"\0\1\2\3", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)  # fmt: skip
def test_types_by_content(data, mime):
    assert sniff(data) == mime


@pytest.mark.parametrize(
    ("name", "data", "true"),
    [
        ("экран.png", PNG, "экран.png"),
        ("экран.jpg", PNG, "экран.jpg.png"),
        ("экран", PNG, "экран.png"),
        ("screen.1", PNG, "screen.1"),
        ("счёт.pdf", b"MZ\x90\0", "счёт.pdf.bin"),
        ("setup.exe", b"MZ\x90\0", "setup.exe"),
        ("фото.png", b"<html><script>", "фото.png"),
        ("лог.txt", b"line\n", "лог.txt"),
    ],
)
def test_endings_that_do_not_lie(name, data, true):
    assert true_name(name, sniff(data)) == true


@given(st.text(max_size=150), st.binary(max_size=80))
def test_a_true_name_is_a_safe_name(name, data):
    true = true_name(name, sniff(data))
    assert true == safe_name(true)
    assert true_name(true, sniff(data)) == true


@given(st.binary(max_size=200))
def test_nothing_is_handed_out_that_runs(data):
    assert inert_type(sniff(data)) not in {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"}


@given(st.text(max_size=150))
def test_a_disposition_is_one_plain_header_line(name):
    line = disposition(name)
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith('attachment; filename="')
    assert line.count('"') == 2
