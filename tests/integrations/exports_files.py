"""Files and maps for the tests of the exports door."""

import os
from pathlib import Path

MAP = """
[[files]]
match = "arrivals*.csv"
format = "delimited"
encoding = "cp1251"
delimiter = ";"
dates = "DD.MM.YYYY"
moments = "DD.MM.YYYY HH:mm"
birthdays = "DD.MM.YY"
decimal = ","
names = "last first"
[files.columns]
"stay.reservation_id" = "№ брони"
"profile.profile_id" = "Код гостя"
"profile.name" = "ФИО"
"profile.phones" = ["Телефон", "Моб. телефон"]
"profile.birthday" = "Дата рождения"
"stay.arrival" = "Заезд"
"stay.departure" = "Выезд"
"stay.room" = "Номер"
"stay.total" = "Сумма"
"stay.state" = "Статус"
"extra.car" = "Авто"
[files.states]
"Подтв." = "confirmed"
"Проживает" = "in_house"
"Аннулир." = "cancelled"

[[files]]
match = "*.txt"
format = "fixed"
encoding = "cp866"
dates = "DD.MM.YY"
state_from_dates = true
[files.columns]
"stay.room" = "1-6"
"stay.guest_name" = "7-26"
"stay.arrival" = "27-35"
"stay.departure" = "36-44"
"stay.reservation_id" = "45-52"

[[files]]
match = "*.xml"
format = "xml"
encoding = "utf-8"
row = "ROW"
dates = "DD-MON-YY"
[files.columns]
"stay.reservation_id" = "@ID"
"stay.arrival" = "ARRIVAL"
"stay.departure" = "DEPARTURE"
"profile.last_name" = "GUEST/LAST"
"profile.no_emailing" = "GUEST/@noemail"
[files.constants]
"stay.state" = "confirmed"
"""
HEAD = "№ брони;Код гостя;ФИО;Телефон;Моб. телефон;Дата рождения;Заезд;Выезд;Номер;Сумма;Статус;Авто"
IVANOV = "4711;900;Иванов Иван Петрович;8 (495) 123-45-67;+7 916 000-00-01;03.04.81;23.11.2026;26.11.2026;305;12 500,50;Подтв.;А123ВС"
PETROVA = "4712;901;Петрова Анна;;;;23.11.2026;25.11.2026;306;8.000,00;Проживает;"
BAD_DAY = "4713;902;Сидоров;;;;31.02.2026;25.11.2026;307;1;Подтв.;"


def csv_file(*rows: str, head: str = HEAD) -> str:
    return "\n".join([head, *rows]) + "\n"


FIXED = """ROOM  GUEST               ARR      DEP      RES
--------------------------------------------------
305   Иванов Иван         20.11.26 26.11.26 4711
306   Щукина Ёлка         23.11.26 25.11.26 4712
307   Давно Уехал         10.11.26 12.11.26 4000
"""
XML = """<?xml version="1.0" encoding="windows-1251"?>
<REPORT><LIST>
 <ROW ID="4711"><ARRIVAL>23-NOV-26</ARRIVAL><DEPARTURE>26-NOV-26</DEPARTURE>
  <GUEST noemail="Y"><LAST>Иванов</LAST></GUEST></ROW>
 <ROW ID="4712"><ARRIVAL>23-НОЯ-26</ARRIVAL><DEPARTURE>26-НОЯ-26</DEPARTURE><GUEST><LAST>Ли</LAST></GUEST></ROW>
</LIST></REPORT>
"""


def put(folder: Path, name: str, text: str, encoding: str, *, at: float | None = None) -> Path:
    """A file as an export writes it; ``at``: its date (seconds since 1970)."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    if at is not None:
        os.utime(path, (at, at))
    return path
