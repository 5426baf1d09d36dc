"""Support's templates as a page: both languages side by side, a sample of what the requester reads, and our own set.

Our set (`template-ours-…` in the texts) is put in by hand, so that a portal which wants none has none; a template that
bears the name of one of ours can be set back to it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import Refused
from handlers.desk.templates import FIELDS, NAME_CHARS, TEXT_CHARS, fold
from handlers.scope import Scope
from storage import templates as rows
from storage.templates import Template

OURS = ("accepted", "details", "done", "known", "vendor")
"""Our own templates, by the middle of their texts' keys."""
_LIKE_A_FIELD = re.compile(r"%([^\W\d_]{1,20})%")


@dataclass(frozen=True, slots=True)
class Own:
    """One of our templates in both languages."""

    key: str
    name: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Line:
    """A template of the portal. ``ours``: the key of our own it can be set back to; ``changed``: it differs from it."""

    id: int
    name: str
    text: str
    text_en: str
    ours: str
    changed: bool


def own(scope: Scope) -> list[Own]:
    """Our set; its name is in the portal's language."""
    named = scope.speaking(scope.portal.language)
    return [
        Own(
            key,
            named.text(f"template-ours-{key}-name"),
            scope.speaking("ru").text(f"template-ours-{key}"),
            scope.speaking("en").text(f"template-ours-{key}"),
        )
        for key in OURS
    ]


async def listed(scope: Scope) -> tuple[list[Line], list[Own]]:
    """The portal's templates by name, and those of ours it doesn't have."""
    ours = {fold(one.name): one for one in own(scope)}
    found = await rows.listed(scope.tx, scope.portal.id)
    lines = [_line(one, ours.get(fold(one.name))) for one in found]
    taken = {one.ours for one in lines}
    return lines, [one for one in ours.values() if one.key not in taken]


def _line(one: Template, like: Own | None) -> Line:
    changed = like is not None and (one.text, one.text_en) != (like.text, like.text_en)
    return Line(one.id, one.name, one.text, one.text_en, like.key if like else "", changed)


async def load(scope: Scope, template_id: int) -> Line:
    """One; Refused when it is gone."""
    found = await rows.load(scope.tx, scope.portal.id, template_id)
    if found is None:
        raise Refused("no-such-template", name="")
    ours = {fold(one.name): one for one in own(scope)}
    return _line(found, ours.get(fold(found.name)))


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the form."""

    name: str = ""
    text: str = ""
    text_en: str = ""


async def judge(scope: Scope, typed: Typed, template_id: int | None) -> dict[str, str]:
    """What is wrong, by the form's field; a key of our texts each."""
    faults = {}
    name = " ".join(typed.name.split())
    if not name:
        faults["name"] = "template-name-missing"
    elif len(name) > NAME_CHARS:
        faults["name"] = "template-name-long"
    else:
        known = {fold(one.name): one.id for one in await rows.listed(scope.tx, scope.portal.id)}
        if known.get(fold(name), template_id) != template_id:
            faults["name"] = "template-name-taken"
    if not typed.text.strip():
        faults["text"] = "template-text-missing"
    for field, words in (("text", typed.text), ("text_en", typed.text_en)):
        if len(words.strip()) > TEXT_CHARS:
            faults[field] = "template-text-long"
    return faults


async def save(scope: Scope, typed: Typed, template_id: int | None) -> None:
    """Keep what :func:`judge` found no fault with; one that is renamed loses its old name."""
    name = " ".join(typed.name.split())
    if template_id is not None:
        before = await load(scope, template_id)
        if fold(before.name) != fold(name):
            await rows.remove(scope.tx, scope.portal.id, fold(before.name))
    await _keep(scope, name, scope.clean(typed.text), scope.clean(typed.text_en))


async def remove(scope: Scope, template_id: int) -> None:
    """Forget one."""
    found = await load(scope, template_id)
    await rows.remove(scope.tx, scope.portal.id, fold(found.name))


async def take_ours(scope: Scope, key: str) -> str:
    """Put one of ours in, or set the portal's own of that name back to it; returns its name."""
    found = next((one for one in own(scope) if one.key == key), None)
    if found is None:
        raise Refused("no-such-template", name=key)
    await _keep(scope, found.name, found.text, found.text_en)
    return found.name


async def _keep(scope: Scope, name: str, text: str, text_en: str) -> None:
    by = scope.actor.id if scope.actor else None
    await rows.save(scope.tx, scope.portal.id, name, fold(name), text, text_en=text_en, by=by, now=scope.now)


def sample(scope: Scope, text: str, language: str) -> str:
    """What a requester would read; plain words, made-up number, name and subject."""
    values = samples(scope.speaking(language))
    for field, value in values.items():
        text = text.replace(f"%{field}%", value)
    return text


def samples(scope: Scope) -> Mapping[str, str]:
    """The fields and what stands for them in a sample."""
    number = f"{scope.portal.desk.prefix}-{scope.now.year}-000123"
    name, subject = scope.text("template-sample-name"), scope.text("template-sample-subject")
    return dict(zip(FIELDS, (number, number, name, name, subject, subject), strict=True))


def unknown_fields(text: str) -> Sequence[str]:
    """Words between per cent signs that are no field: they would be sent as they stand."""
    for field in FIELDS:
        text = text.replace(f"%{field}%", " ")
    return _LIKE_A_FIELD.findall(text)
