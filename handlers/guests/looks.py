"""How a guest's facts are written for people: names, dates, money, masked contacts, one line per stay."""

from decimal import Decimal

from domain.chat import Markup
from domain.guests import Profile, ProfileKind
from domain.privacy import Sight, mask_email, mask_phone
from domain.stays import Money, Stay
from handlers.scope import Scope

SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸", "BYN": "Br", "CNY": "¥"}
_THIN = "\u202f"
SHOWN_CONTACTS = 3


def guest_name(stay: Stay | None, profile: Profile | None) -> str:
    """Last name first, as a front desk reads it."""
    if profile and (profile.last_name or profile.company_name):
        return " ".join(filter(None, (profile.last_name or profile.company_name, profile.first_name)))
    if stay is None:
        return profile.profile_id if profile else ""
    return stay.guest_name or stay.reservation_id


def vip_mark(profile: Profile | None, seen: Sight) -> str:
    """« ★ GOLD»; nothing for others."""
    return f" ★ {profile.vip}" if profile and profile.vip and seen.sees("vip") else ""


def money(scope: Scope, amount: Money) -> str:
    """«12 500 ₽», «451,50 €»."""
    return number(scope, amount.amount, 2) + "\u00a0" + SIGNS.get(amount.currency, amount.currency)


def number(scope: Scope, value: Decimal | float, digits: int = 0) -> str:
    """A number with thin blanks; cents only where there are some."""
    whole = value == int(value)
    text = f"{value:,.{0 if whole else digits}f}".replace(",", _THIN)
    return text.replace(".", ",") if scope.language == "ru" else text


def short_dates(stay: Stay) -> str:
    """«20–23.11.26»; the month twice where it changes."""
    begin = f"{stay.arrival:%d}" if stay.arrival.month == stay.departure.month else f"{stay.arrival:%d.%m}"
    return f"{begin}–{stay.departure:%d.%m.%y}"


def state_of(scope: Scope, stay: Stay) -> str:
    """The stay's state in words."""
    return scope.text(f"stay-{stay.state}".replace("_", "-"))


def row(scope: Scope, stay: Stay | None, profile: Profile | None, seen: Sight) -> str:
    """One guest in one line: name, room, dates, state. Plain parts are escaped by the texts."""
    name = scope.text("guest-name", name=guest_name(stay, profile), vip=vip_mark(profile, seen))
    if profile is not None and profile.kind is not ProfileKind.INDIVIDUAL:
        return f"{name} · {scope.text('guest-firm', kind=profile.kind.value)}"
    if stay is None:
        return f"{name} · {scope.text('guest-no-stay')}"
    room = stay.room or scope.text("no-room")
    return scope.text(
        "guest-row", name=Markup(name), room=room, dates=short_dates(stay), state=state_of(scope, stay)
    )


def phones(profile: Profile, seen: Sight) -> list[str]:
    """Phones as they may be shown: whole, or masked."""
    open_ = seen.sees("phones") and seen.may_contact(profile, refused=profile.no_mailing)
    return [one if open_ else mask_phone(one) for one in profile.phones[:SHOWN_CONTACTS]]


def emails(profile: Profile, seen: Sight) -> list[str]:
    """E-mails as they may be shown."""
    open_ = seen.sees("emails") and seen.may_contact(profile, refused=profile.no_emailing)
    return [one if open_ else mask_email(one) for one in profile.emails[:SHOWN_CONTACTS]]
