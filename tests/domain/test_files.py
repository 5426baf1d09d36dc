"""Names of files that come from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.files import LONGEST_NAME, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\экран.png", "экран.png"),
        ("a\x00b.png", "a_b.png"),
        ("", "file"),
        ("...", "file"),
        ("[b]<i>.png", "_b_i_.png"),
        ("отчёт №3 (копия).pdf", "отчёт №3 (копия).pdf"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
    ],
)
def test_names_are_safe(name, safe):
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_any_name_is_safe_and_stays_so(name):
    safe = safe_name(name)
    assert 0 < len(safe) <= LONGEST_NAME
    assert not set(safe) & set("/\\<>[]\"'\x00\n\r")
    assert safe_name(safe) == safe
