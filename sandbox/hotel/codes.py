"""The hotel's own codes: room types, markets, channels, departments, as a site sets them up."""

from __future__ import annotations

from decimal import Decimal

from sandbox.hotel.records import CREDIT, DEBIT, TAX

ROOM_TYPES = {
    "A": ("STD", "Стандарт", 2), "B": ("SGL", "Одноместный", 1), "C": ("TWN", "Твин", 3), "D": ("SUP", "Улучшенный", 3),
    "E": ("DLX", "Делюкс", 3), "F": ("JST", "Джуниор сюит", 4), "G": ("FAM", "Семейный", 4), "H": ("SUI", "Сюит", 4),
    "I": ("PRS", "Представительский", 2), "L": ("APT", "Апартамент", 4), "P": ("-PM", "Счета без номера", 0),
}  # fmt: skip
"""Source letter → (code, name, usual number of persons)."""
PSEUDO_TYPE = "-PM"
MARKETS = {
    "Online TA": ("OTA", "Онлайн-агентства"), "Offline TA/TO": ("TO", "Туроператоры"), "Groups": ("GRP", "Группы"),
    "Direct": ("DIR", "Прямые"), "Corporate": ("COR", "Корпоративные"), "Complementary": ("COM", "Комплиментарные"),
}  # fmt: skip
CHANNELS = {"TA/TO": "AGT", "Direct": "WEB", "Corporate": "CRP"}
SOURCES = {"AGT": (1, "Агентство"), "WEB": (2, "Сайт отеля"), "CRP": (3, "Компания"), "TEL": (4, "Телефон")}
CURRENCIES = (
    ("RUR", "Российский рубль", "RUB", 2),
    ("EUR", "Евро", "EUR", 2),
    ("DOL", "Доллар США", "USD", 2),
)
"""(site code, name, ISO 4217, digits): the site code is not always the ISO one."""
CURRENCY = "RUR"
RATE_FACTOR = 100
"""Rates of the source (euro) become roubles of a believable size."""
ACCOMMODATION, CITY_TAX, BAR, MINIBAR, PARKING, SPA, CASH, CARD, TRANSFER = (
    "1000", "1900", "2000", "2100", "2300", "2400", "9000", "9010", "9020",
)  # fmt: skip
DEPARTMENTS: dict[str, tuple[str, int]] = {
    ACCOMMODATION: ("Проживание", DEBIT), CITY_TAX: ("Туристический налог", TAX), BAR: ("Бар", DEBIT),
    MINIBAR: ("Мини-бар", DEBIT), PARKING: ("Парковка", DEBIT), SPA: ("Спа", DEBIT), CASH: ("Наличные", CREDIT),
    CARD: ("Банковская карта", CREDIT), TRANSFER: ("Банковский перевод", CREDIT),
}  # fmt: skip
TAX_SHARE = Decimal("0.02")
GUARANTEES = {"No Deposit": "6PM", "Non Refund": "NRF", "Refundable": "DEP"}
