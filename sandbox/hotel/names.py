"""Word lists from which people and firms are made up; any likeness to real ones is chance."""

# ruff: noqa: SIM905 - words in a string read better than two hundred quoted ones
from __future__ import annotations

MALE = (
    "Александр Алексей Андрей Антон Артём Борис Вадим Валерий Василий Виктор Владимир Вячеслав Геннадий Георгий "
    "Григорий Даниил Денис Дмитрий Евгений Егор Иван Игорь Илья Кирилл Константин Лев Леонид Максим Матвей Михаил "
    "Никита Николай Олег Павел Пётр Роман Семён Сергей Станислав Степан Тимофей Фёдор Юрий Ярослав"
).split()
FEMALE = (
    "Александра Алёна Алина Анастасия Ангелина Анна Валентина Валерия Варвара Вера Вероника Виктория Галина Дарья "
    "Диана Евгения Екатерина Елена Елизавета Жанна Зоя Инна Ирина Карина Кира Ксения Лариса Лидия Любовь Людмила "
    "Маргарита Марина Мария Надежда Наталья Нина Оксана Ольга Полина Светлана София Тамара Татьяна Ульяна Юлия Яна"
).split()
SURNAMES = (
    "Абрамов Авдеев Агафонов Аксёнов Алексеев Андреев Антонов Артемьев Астахов Афанасьев Баранов Белов Беляев Блинов "
    "Бобров Богданов Борисов Быков Васильев Веселов Виноградов Власов Волков Воробьёв Воронов Гаврилов Герасимов "
    "Голубев Горбунов Горшков Грачёв Григорьев Гришин Громов Гусев Давыдов Данилов Дементьев Демидов Денисов Дмитриев "
    "Дроздов Дьячков Евсеев Егоров Ельцов Емельянов Ершов Ефимов Жданов Жуков Журавлёв Зайцев Захаров Зимин Зуев "
    "Игнатов Ильин Исаев Калинин Карпов Киселёв Князев Ковалёв Козлов Колесов Комаров Кондратьев Копылов Корнилов "
    "Королёв Кошелев Крылов Крюков Кудрявцев Кузнецов Кузьмин Куликов Лазарев Лаптев Ларионов Лебедев Логинов Лукин "
    "Лыткин Макаров Максимов Малышев Марков Мартынов Маслов Матвеев Медведев Мельников Миронов Митрофанов Михеев "
    "Моисеев Морозов Муравьёв Назаров Некрасов Нестеров Никитин Никулин Новиков Носов Овчинников Орехов Осипов Павлов "
    "Панов Пахомов Петухов Платонов Поляков Пономарёв Попов Потапов Прохоров Родионов Рожков Романов Рябов Савельев "
    "Сазонов Самойлов Селезнёв Семёнов Сергеев Сидоров Синицын Соболев Соловьёв Сорокин Степанов Стрелков Субботин "
    "Суворов Суханов Тарасов Терентьев Тимофеев Титов Тихонов Третьяков Трофимов Туманов Уваров Усов Устинов Фадеев "
    "Федотов Филатов Фомин Фролов Харитонов Хохлов Цветков Чернов Чистяков Шарапов Шаров Шестаков Шилов Ширяев Щукин "
    "Юдин Яковлев Яшин"
).split()
CITIES = (
    "Москва Санкт-Петербург Казань Екатеринбург Самара Пермь Тула Тверь Воронеж Ярославль Сочи Калуга Омск Томск Псков"
).split()
STREETS = "Лесная Садовая Речная Полевая Озёрная Луговая Северная Вокзальная Тихая Светлая".split()

_ENGLISH = (
    "Oliver George Harry Jack Emily Grace Ruby Alice Thomas Martha",
    "Ashford Barlow Cotter Dunmore Ellery Fenwick Garside Holloway Kirkby Langley Marlow Norwood Penrose Whitlock",
)
_SPANISH = (
    "Javier Pablo Lucía Carmen Diego Marta Álvaro Elena",
    "Aranda Benítez Cabrera Durán Espinosa Fuentes Gallardo Ibáñez Montero Peñalver Quintana Robledo Serrano Zamora",
)
_GERMAN = (
    "Lukas Jonas Greta Klara Felix Jürgen Heike Anja",
    "Ackermann Bergmann Dörfler Eichhorn Förster Grünwald Hartwig Köhler Lindner Mönch Steinbach Überreiter Weißmann",
)
_FRENCH = (
    "Hugo Louis Camille Chloé Étienne Margaux Noémie Rémi",
    "Beaumont Chevalier Delorme Fontaine Garnier Lefèvre Marchand Péron Rivière Tessier Vasseur",
)
_ITALIAN = (
    "Marco Luca Giulia Chiara Paolo Elisa",
    "Bellandi Corsini Ferrante Galvani Lombardi Moretti Orsini Pagani Ricciardi Valenti",
)
_POLISH = (
    "Jakub Michał Zofia Hanna Paweł Agnieszka",
    "Bąkowski Dąbek Jabłoński Kowalczyk Łukasik Nowicki Przybylski Sikora Wójtowicz Zieliński",
)
_DUTCH = (
    "Daan Sem Lotte Femke Pieter Maaike",
    "van_Aalst de_Bruin ten_Broek Dijkstra Hoekstra van_Loon Vermeulen Zuidema",  # _ stands for a blank
)
_NORDIC = (
    "Lars Astrid Björn Ingrid Søren Åsa Mikko Freja",
    "Berglund Dahlström Engström Hågensen Kjær Lindqvist Mäkinen Nyström Østergård Sjöberg",
)
_CHINESE = ("Wei Fang Jun Ming Li Xia Hao Yan", "Chen Deng Guo Huang Liang Peng Shen Tang Xu Zhou")
_PORTUGUESE = (
    "João Inês Tiago Beatriz Rui Mafalda",
    "Abrantes Brandão Cordeiro Falcão Guimarães Leitão Magalhães Queirós Sampaio Vilhena",
)

BY_COUNTRY: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("GBR", "IRL", "USA", "AUS", "CAN", "NZL", "ZAF"), _ENGLISH),
    **dict.fromkeys(("ESP", "ARG", "MEX", "COL", "CHL", "PER"), _SPANISH),
    **dict.fromkeys(("DEU", "AUT", "CHE", "LUX"), _GERMAN),
    **dict.fromkeys(("FRA", "BEL", "MAR", "DZA", "TUN"), _FRENCH),
    "ITA": _ITALIAN,
    **dict.fromkeys(("POL", "CZE", "SVK"), _POLISH),
    "NLD": _DUTCH,
    **dict.fromkeys(("SWE", "NOR", "DNK", "FIN", "ISL"), _NORDIC),
    "CHN": _CHINESE,
    **dict.fromkeys(("BRA", "AGO", "MOZ", "CPV"), _PORTUGUESE),
}
OTHER = _ENGLISH
CYRILLIC_COUNTRIES = frozenset({"RUS", "BLR", "KAZ", "UKR"})
LANGUAGES = {
    "RUS": "RU", "BLR": "RU", "KAZ": "RU", "UKR": "RU", "ESP": "SP", "ARG": "SP", "MEX": "SP", "DEU": "GE", "AUT": "GE",
    "CHE": "GE", "FRA": "FR", "BEL": "FR", "ITA": "IT", "POL": "PL", "NLD": "NL", "CHN": "CN", "BRA": "PT",
}  # fmt: skip
ISO2 = {
    "RUS": "RU", "GBR": "GB", "ESP": "ES", "IRL": "IE", "DEU": "DE", "FRA": "FR", "POL": "PL", "NLD": "NL", "CHN": "CN",
    "BRA": "BR", "SWE": "SE", "CHE": "CH", "ITA": "IT", "USA": "US", "BEL": "BE", "AUT": "AT", "NOR": "NO", "FIN": "FI",
    "DNK": "DK", "ROU": "RO", "LVA": "LV", "LTU": "LT", "EST": "EE", "AUS": "AU", "CAN": "CA", "ZAF": "ZA", "IND": "IN",
    "UKR": "UA", "KAZ": "KZ", "BLR": "BY", "CZE": "CZ", "SVK": "SK", "HUN": "HU", "ARG": "AR", "MAR": "MA", "AGO": "AO",
    "TUR": "TR", "GRC": "GR", "ISR": "IL", "JPN": "JP", "KOR": "KR", "MEX": "MX", "NZL": "NZ", "LUX": "LU", "HRV": "HR",
    "SVN": "SI", "SRB": "RS", "BGR": "BG", "DZA": "DZ", "CPV": "CV", "MOZ": "MZ", "CHL": "CL", "COL": "CO", "PHL": "PH",
    "OMN": "OM", "CYM": "KY", "PRI": "PR", "ZMB": "ZM", "CYP": "CY", "ZWE": "ZW", "GEO": "GE", "ARM": "AM", "AZE": "AZ",
}  # fmt: skip
FIRM_FIRST = (
    "Северный Светлый Янтарный Зелёный Новый Первый Ясный Южный Лазурный Серебряный Дальний Тихий".split()
)
FIRM_SECOND = "Берег Путь Мост Квадрат Маяк Парус Контур Вектор Меридиан Компас Причал Горизонт".split()

_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y - e iu ia".split(),
        strict=True,
    )
) | {"ь": ""}


def latin(text: str) -> str:
    """Cyrillic as Russian passports spell it (ICAO Doc 9303)."""
    out = []
    for char in text:
        small = _LATIN.get(char.lower(), char)
        out.append(small.capitalize() if char.isupper() else small)
    return "".join(out)


def feminine(surname: str) -> str:
    return surname + "а"
