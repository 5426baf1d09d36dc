"""Forms over settings: fields drawn with label, hint and fault; read back into changes; nothing typed is ever lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from domain.errors import Refused
from domain.ports.settings import SettingsFault
from handlers.settings.settings import PortalSettings, Secret, SettingsRefusedError, View
from web.app.visits import Visit

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting on a page.

    ``kind``: text, number, decimal, percent (a share), time, flag, choice, several (checkboxes), lines (a list, one per line), long
    (a text area), secret (write-only). ``label`` is a text key; ``<label>-hint`` is shown below when it exists.
    ``form``: the field's name in the form, by default its path. ``whole``: a number whose list holds numbers.
    """

    path: str
    kind: str = "text"
    label: str = ""
    choices: Choices = ()
    form: str = ""
    required: bool = False
    whole: bool = False
    rows: int = 4
    mono: bool = False
    default: Any = None

    @property
    def name(self) -> str:
        return self.form or self.path

    @property
    def text_key(self) -> str:
        return self.label or "field-" + self.path.replace(".", "-").replace("_", "-")


@dataclass(frozen=True, slots=True)
class Input:
    """A field as a template draws it (`ui.html`). ``value``: text, a bool, or a list of chosen values."""

    field: Field
    id: str
    label: Markup
    hint: Markup
    value: Any
    fault: str = ""
    fixed: bool = False
    is_set: bool = False

    @property
    def described_by(self) -> str:
        """Ids of what explains the field, for screen readers."""
        parts = [f"{self.id}-fault"] if self.fault else []
        parts += [f"{self.id}-fixed"] if self.fixed else []
        return " ".join([*parts, *([f"{self.id}-hint"] if self.hint else [])])


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent: what it changes, and what is wrong with it already."""

    changes: Mapping[str, Any]
    faults: Sequence[SettingsFault]


@dataclass(frozen=True, slots=True)
class Form:
    """Fields that are saved together."""

    fields: Sequence[Field]

    def inputs(
        self, visit: Visit, view: View, faults: Iterable[SettingsFault] = (), *, typed: bool = False
    ) -> dict[str, Input]:
        """The fields by name, filled with what holds, or (``typed``) with what the visitor sent."""
        wrong: dict[str, list[str]] = {}
        for fault in faults:
            if (place := self.place(fault.path)) is not None:
                wrong.setdefault(place, []).append(fault.words)
        return {
            one.name: self._input(visit, view, one, wrong.get(one.name, []), typed) for one in self.fields
        }

    def _input(self, visit: Visit, view: View, one: Field, wrong: Sequence[str], typed: bool) -> Input:
        held, fixed = view.value(one.path, one.default), view.is_fixed(one.path)
        value = typed_value(one, visit.data) if typed and not fixed else shown_value(one, held)
        is_set = one.kind == "secret" and isinstance(held, Mapping) and bool(held.get("set"))
        ident = one.name.replace(".", "-").replace("_", "-")
        return Input(
            one,
            ident,
            visit.text(one.text_key),
            visit.maybe(f"{one.text_key}-hint"),
            value,
            " ".join(wrong),
            fixed,
            is_set,
        )

    def place(self, path: str) -> str | None:
        """The field a fault's path belongs to; None: none of this form."""
        found = [one for one in self.fields if path == one.path or path.startswith(f"{one.path}.")]
        return found[0].name if found else None

    def elsewhere(self, faults: Iterable[SettingsFault]) -> list[SettingsFault]:
        """Faults that no field of this form shows: for its top."""
        return [one for one in faults if self.place(one.path) is None]

    def read(self, visit: Visit, view: View) -> Filled:
        """What was sent, as changes against what holds; a fixed field is left out, whatever was sent for it."""
        changes: dict[str, Any] = {}
        faults = []
        for one in self.fields:
            if view.is_fixed(one.path):
                continue
            try:
                value = parsed(one, visit.data)
            except Refused as refusal:
                faults.append(SettingsFault(one.path, visit.text(refusal.code, **refusal.params)))
                continue
            if isinstance(value, Secret):
                if value.text:
                    changes[one.path] = value
            elif value != view.value(one.path, one.default):
                changes[one.path] = value
        return Filled(changes, faults)

    async def save(
        self, visit: Visit, settings: PortalSettings, more: Mapping[str, Any] | None = None
    ) -> Sequence[SettingsFault]:
        """Store what was sent (and ``more``); the faults, none when it is stored."""
        view = await settings.view(visit.viewer)
        filled = self.read(visit, view)
        if filled.faults:
            return filled.faults
        try:
            await settings.change(visit.viewer, visit.version, {**filled.changes, **(more or {})})
        except SettingsRefusedError as refusal:
            return refusal.faults or [SettingsFault("", visit.fault(refusal.code))]
        return []


def shown_value(one: Field, held: Any) -> Any:
    """What holds, as its field shows it."""
    match one.kind:
        case "flag":
            return bool(held)
        case "several":
            return [str(value) for value in held or ()]
        case "lines":
            return "\n".join(str(value) for value in held or ())
        case "secret":
            return ""
        case "percent":
            return "" if held is None else f"{100 * held:g}"
    return "" if held is None else str(held)


def typed_value(one: Field, data: Mapping[str, Any]) -> Any:
    """What was sent, as its field shows it again."""
    if one.kind == "flag":
        return bool(data.get(one.name))
    if one.kind == "several":
        return _all(data, one.name)
    return "" if one.kind == "secret" else _text(data, one.name)


def parsed(one: Field, data: Mapping[str, Any]) -> Any:
    """What was sent, as the setting holds it. Refused with a text's key: it can't be read."""
    if one.kind == "flag":
        return bool(data.get(one.name))
    if one.kind == "several":
        chosen = _all(data, one.name)
        return [_number(value) for value in chosen] if one.whole else chosen
    text = _text(data, one.name).strip()
    if one.kind == "secret":
        return Secret(text)
    if one.kind == "lines":
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [_number(line) for line in lines] if one.whole else lines
    if not text:
        if one.required:
            raise Refused("page-wrong-empty")
        return None
    if one.kind == "number" or (one.kind == "choice" and one.whole):
        return _number(text)
    if one.kind == "decimal":
        return _decimal(text)
    if one.kind == "percent":
        return round(_decimal(text.rstrip("% ")) / 100, 6)
    return text


def _number(text: str) -> int:
    try:
        return int(text.replace("\xa0", "").replace(" ", ""))
    except ValueError:
        raise Refused("page-wrong-number") from None


def _decimal(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Refused("page-wrong-number") from None


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _all(data: Mapping[str, Any], name: str) -> list[str]:
    getall = getattr(data, "getall", None)
    found = getall(name, []) if getall else [data[name]] if name in data else []
    return [value for value in found if isinstance(value, str) and value]
