"""What columns and states are called in exports: Russian, English, and the PMS's own field names."""

from collections.abc import Mapping

HEADERS: Mapping[str, tuple[str, ...]] = {
    "stay.reservation_id": (
        "reservation_id", "reservation id", "res id", "resv id", "resv_name_id", "yres_id", "guestnum", "guest num",
        "reservation no", "reservation no.", "reservation number", "res no", "res no.", "res.no.", "res", "booking id",
        "№ брони", "номер брони", "номер бронирования", "№ бронирования", "бронь", "№ резерв.", "номер резервации",
        "код брони",
    ),
    "stay.confirmation": (
        "confirmation_no", "confirmation no", "confirmation no.", "confirmation number", "conf no", "conf. no", "conf",
        "crsresnumber", "crs no", "crs", "подтверждение", "№ подтверждения", "номер подтверждения",
    ),
    "stay.arrival": (
        "arrival", "arrival date", "arr", "arr.", "arr date", "arrdate", "guestarrival", "begin_date", "check in",
        "checkin", "check-in", "from", "yres_exparrtime", "trunc_begin_date", "заезд", "дата заезда", "прибытие",
        "дата прибытия", "приезд", "с",
    ),
    "stay.departure": (
        "departure", "departure date", "dep", "dep.", "dep date", "depdate", "guestdeparture", "end_date", "check out",
        "checkout", "check-out", "to", "till", "yres_expdeptime", "trunc_end_date", "выезд", "дата выезда", "отъезд",
        "дата отъезда", "убытие", "по",
    ),
    "stay.room": (
        "room", "room no", "room no.", "room number", "roomnum", "room_no", "rm", "rm no", "yrms_shortdesc", "номер",
        "комната", "№ номера", "номер комнаты", "№ комн.", "ном.",
    ),
    "stay.room_type": (
        "room type", "roomtype", "room_category", "room_category_label", "rm type", "ycat_shortdesc", "type",
        "категория", "категория номера", "тип номера", "тип",
    ),
    "stay.room_count": ("no of rooms", "noofrooms", "rooms", "quantity", "кол-во номеров", "номеров"),
    "stay.adults": ("adults", "ad", "adl", "adult", "noofadults", "pax", "взрослых", "взр.", "взр", "гостей", "чел."),
    "stay.children": ("children", "ch", "chl", "child", "kids", "детей", "дет.", "дети"),
    "stay.rate_code": ("rate code", "ratecode", "rate_code", "rate plan", "yrch_shortdesc", "тариф", "код тарифа"),
    "stay.rate": ("rate", "rate amount", "ratevalue", "rate_amount", "daily rate", "price", "цена", "цена за ночь"),
    "stay.total": (
        "total", "total stay", "totalstay", "amount", "total amount", "total_revenue", "сумма", "стоимость", "итого",
        "всего", "сумма проживания",
    ),
    "stay.currency": ("currency", "curr", "currency_code", "валюта"),
    "stay.state": (
        "status", "state", "reservation status", "resv_status", "res status", "yres_resstatus", "resstatus", "статус",
        "состояние", "статус брони",
    ),
    "stay.market": ("market", "market code", "marketcode", "market_code", "сегмент", "рынок"),
    "stay.source": ("source", "source code", "sourcecode", "origin", "origin_of_booking", "источник"),
    "stay.channel": ("channel", "channel code", "channelcode", "канал"),
    "stay.group": ("group", "group name", "groupname", "block", "block code", "группа", "блок"),
    "stay.company_id": ("company id", "companyid"),
    "stay.guarantee": ("guarantee", "guarantee_code", "payment method", "гарантия", "способ оплаты"),
    "stay.notes": ("comment", "comments", "notes", "remarks", "комментарий", "примечание", "примечания"),
    "stay.checked_in_at": ("checkindatetime", "actual arrival", "actual_check_in_date", "факт. заезд", "заселен"),
    "stay.checked_out_at": ("checkoutdatetime", "actual departure", "actual_check_out_date", "факт. выезд", "выселен"),
    "stay.updated_at": ("lastupdatetime", "update_date", "updated", "изменено", "дата изменения"),
    "stay.created_at": ("creationtime", "insert_date", "created", "booked on", "создано", "дата создания", "дата брони"),
    "profile.profile_id": (
        "profile id", "profileid", "profile_id", "guest id", "guest_name_id", "name_id", "xcms_id", "код гостя",
        "id гостя", "№ гостя", "профиль",
    ),
    "profile.name": (
        "guest name", "guest", "name", "full name", "full_name", "guest_name", "display_name", "фио", "ф.и.о.", "гость",
        "имя гостя", "фамилия имя",
    ),
    "profile.last_name": ("last name", "lastname", "last_name", "surname", "last", "guestname", "xcms_name1", "фамилия"),
    "profile.first_name": (
        "first name", "firstname", "first_name", "guestfirstname", "xcms_name3", "first", "given name", "имя",
    ),
    "profile.title": ("title", "salutation", "обращение"),
    "profile.phones": (
        "phone", "phone no", "telephone", "tel", "tel.", "mobile", "phone_no", "primary_telefon", "телефон", "тел.",
        "моб. телефон", "мобильный", "мобильный телефон",
    ),
    "profile.emails": ("email", "e-mail", "mail", "email_address", "primary_email", "эл. почта", "почта", "эл.почта"),
    "profile.language": ("language", "lang", "язык"),
    "profile.nationality": ("nationality", "nat", "nationality_code", "nationalityiso2", "гражданство"),
    "profile.gender": ("gender", "sex", "пол"),
    "profile.birthday": ("birthday", "birth date", "birth_date", "date of birth", "dob", "дата рождения", "д.р.", "др"),
    "profile.vip": ("vip", "vip code", "vipcode", "vip_status", "вип"),
    "profile.city": ("city", "город"),
    "profile.country": ("country", "country_code", "страна"),
    "profile.address": ("address", "street", "адрес"),
    "profile.postcode": ("zip", "zip code", "postcode", "postal_code", "индекс"),
    "profile.company_name": ("company", "company name", "компания", "организация", "фирма"),
    "profile.memberships": ("membership", "membership no", "member no", "карта", "карта лояльности"),
}  # fmt: skip

STATES: Mapping[str, tuple[str, ...]] = {
    "tentative": (
        "tentative", "tent", "option", "opt", "waitlist", "waitlisted", "prospect", "offer", "предварительная",
        "предварительно", "опция", "лист ожидания", "заявка",
    ),
    "confirmed": (
        "confirmed", "conf", "definite", "def", "reserved", "due in", "expected", "guaranteed", "gtd", "6pm", "booked",
        "подтверждена", "подтверждено", "подтв.", "подтв", "бронь", "ожидается", "гарантирована", "забронировано",
    ),
    "in_house": (
        "in house", "inhouse", "in-house", "checked in", "checkedin", "check-in", "ci", "due out", "walkin", "stay",
        "проживает", "проживание", "заселен", "заселён", "в отеле", "живет", "живёт",
    ),
    "checked_out": (
        "checked out", "checkedout", "check-out", "co", "departed", "left", "выехал", "выселен", "убыл", "выезд",
        "завершено",
    ),
    "cancelled": (
        "cancelled", "canceled", "cancel", "cxl", "canx", "can", "отменена", "отменено", "отмена", "аннулирована",
        "аннулировано", "аннулир.", "аннуляция",
    ),
    "no_show": ("no show", "noshow", "no-show", "ns", "незаезд", "не заехал", "неявка"),
}  # fmt: skip


def plain(header: str) -> str:
    """A header as it is compared: small letters, single blanks, ё as е."""
    return " ".join(header.replace("\ufeff", "").replace("_", " ").casefold().replace("ё", "е").split())


TARGETS: Mapping[str, str] = {plain(name): target for target, names in HEADERS.items() for name in names}
STATE_WORDS: Mapping[str, str] = {plain(name): state for state, names in STATES.items() for name in names}
