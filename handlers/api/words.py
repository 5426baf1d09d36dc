"""A refusal in words for a program's log: the same texts as in the chats, without markup."""

from collections.abc import Mapping
from typing import cast

from domain.errors import Refused
from domain.markup import plain_text
from domain.ports import Texts


def why(texts: Texts, language: str, refusal: Refused) -> str:
    """One line that says why not, and what is possible."""
    try:
        return plain_text(texts(f"error-{refusal.code}", language, **_params(texts, language, refusal)))
    except KeyError:  # the words want more than whoever refused knew
        return plain_text(texts("error-unknown", language, code=refusal.code))


def _params(texts: Texts, language: str, refusal: Refused) -> Mapping[str, object]:
    params = dict(refusal.params)
    either = f" {plain_text(texts('or', language))} "
    who = _strings(params.get("who"))
    if refusal.code == "not-yours":
        return {"who": either.join(texts(f"standing-{name}", language) for name in who)}
    if "possible" in params:
        names = [texts(f"do-{name}".replace("_", "-"), language) for name in _strings(params["possible"])]
        params["possible"] = ", ".join(names) or texts("nothing", language)
        params["status"] = texts(f"status-{params['status']}".replace("_", "-"), language)
        params["who"] = either.join(texts(f"part-{name}", language) for name in who)
    return params


def _strings(value: object) -> list[str]:
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list | tuple) else []
