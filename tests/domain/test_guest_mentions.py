"""What in words points at a guest, and what doesn't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.guest_mentions import MOST_NUMBERS, CrmLink, crm_links, numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://hotel.bitrix24.ru/crm/contact/details/72/", [CrmLink("hotel.bitrix24.ru", "contact", 72)]),
        ("см. http://LOCALHOST:8090/crm/deal/details/5", [CrmLink("localhost:8090", "deal", 5)]),
        ("/crm/company/details/9/?IFRAME=Y", [CrmLink("", "company", 9)]),
        ("x /crm/type/2/details/7/ y", [CrmLink("", "deal", 7)]),
        (
            "/crm/type/3/details/8/ /crm/type/4/details/9/",
            [CrmLink("", "contact", 8), CrmLink("", "company", 9)],
        ),
        ("/crm/type/31/details/8/", []),
        ("/crm/lead/details/8/", []),
        ("/crm/deal/details/1234567890123/", []),
    ],
)
def test_links(text, found):
    assert crm_links(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("бронь 4711234 и CRS-12345.", ["4711234", "CRS-12345"]),
        ("№12345678", ["12345678"]),
        ("(12345)", ["12345"]),
        ("номер 305, 2026 год, 20.11.2026, 2026-11-20", []),
        ("FB-2026-000123", []),
        ("+79215551234", []),
        ("ivan77777@guest.example https://a.example/12345678", []),
        ("Комсомольская", []),
        ("12345 12345", ["12345"]),
    ],
)
def test_numbers(text, found):
    assert numbers(text) == found


@given(st.text(max_size=400))
def test_any_words_are_read(text):
    assert len(numbers(text)) <= MOST_NUMBERS
    assert all(one in text for one in numbers(text))
    assert all(one.entity in {"deal", "contact", "company"} for one in crm_links(text))
