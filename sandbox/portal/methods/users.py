"""user.*, profile and department.get as a webhook sees them.

Source documents: api-reference/user/*.md, common/users/*.md, departments/department-get.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, as_list, as_map, method, to_bool, to_int
from sandbox.portal.people import departments, get_user, is_admin, users
from sandbox.portal.stores import Document

PAGE = 50
_PREFIXES = ("!%", "!=%", "!%=", "=%", "%=", ">=", "<=", "!@", "!=", "@", "%", "!", "=", ">", "<")


@method("profile")
def profile(call: Call) -> dict[str, Any]:
    """{ID, ADMIN: bool, NAME, LAST_NAME, PERSONAL_GENDER, TIME_ZONE} of the webhook's owner."""
    user = get_user(call.portal, call.user_id)
    return {
        "ID": str(user["id"]),
        "ADMIN": user["admin"],
        "NAME": user["first_name"],
        "LAST_NAME": user["last_name"],
        "PERSONAL_GENDER": user["gender"],
        "TIME_ZONE": "",
    }


@method("user.admin", scope="basic")
def user_admin(call: Call) -> bool:
    return is_admin(call.portal, call.user_id)


def user_answer(call: Call, user: Document) -> dict[str, Any]:
    """The fields a webhook's scope lets through: user_brief has no e-mail, user has everything."""
    answer = {
        "ID": str(user["id"]),
        "ACTIVE": user["active"],
        "NAME": user["first_name"],
        "LAST_NAME": user["last_name"],
        "SECOND_NAME": "",
        "DATE_REGISTER": user["registered_at"],
        "IS_ONLINE": "Y",
        "TIME_ZONE": "",
        "PERSONAL_GENDER": user["gender"],
        "PERSONAL_BIRTHDAY": "",
        "PERSONAL_PHOTO": "",
        "WORK_POSITION": user["position"],
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": user["departments"],
        "USER_TYPE": "employee",
    }
    if {"user", "user_basic"} & set(call.scopes):
        answer |= {"EMAIL": user["email"], "PERSONAL_MOBILE": "", "WORK_PHONE": ""}
    if "user" in call.scopes:
        answer |= {"LAST_LOGIN": user["registered_at"], "LAST_ACTIVITY_DATE": call.portal.now_iso()}
    return answer


@method("user.current", scope="user_brief")
def user_current(call: Call) -> dict[str, Any]:
    return user_answer(call, get_user(call.portal, call.user_id))


@method("user.get", scope="user_brief")
def user_get(call: Call) -> Page:
    """People by FILTER (exact values, lists, and the text prefixes); bots are never among them."""
    wanted = as_map(call.params.get("FILTER", call.params.get("filter")))
    if "ID" in call.params:
        wanted = {**wanted, "ID": call.params["ID"]}
    return _page(call, [user for user in _people(call) if _fits(user_answer(call, user), wanted)])


@method("user.search", scope="user_brief")
def user_search(call: Call) -> Page:
    """FIND in names, position and department; or each given field as a part of the text."""
    wanted = as_map(call.params.get("FILTER", call.params.get("filter"))) or call.params
    find = str(wanted.get("FIND") or "").lower()
    fields = {key: str(value).lower() for key, value in wanted.items() if key in _SEARCHED and value}
    found = []
    for user in _people(call):
        texts = _texts(call, user)
        if find and not all(word in " ".join(texts.values()) for word in find.split()):
            continue
        if all(value in texts[key] for key, value in fields.items()):
            found.append(user)
    return _page(call, found)


_SEARCHED = ("NAME", "LAST_NAME", "WORK_POSITION", "UF_DEPARTMENT_NAME")


def _texts(call: Call, user: Document) -> dict[str, str]:
    own = [departments(call.portal).get(department) for department in user["departments"]]
    return {
        "NAME": user["first_name"].lower(),
        "LAST_NAME": user["last_name"].lower(),
        "WORK_POSITION": user["position"].lower(),
        "UF_DEPARTMENT_NAME": " ".join(d["name"] for d in own if d is not None).lower(),
    }


def _people(call: Call) -> list[Document]:
    return [user for user in users(call.portal) if not user["bot"]]


def _page(call: Call, found: list[Document]) -> Page:
    order = str(call.params.get("order", call.params.get("ORDER", "ASC"))).upper()
    found = sorted(found, key=lambda user: user["id"], reverse=order == "DESC")
    start = max(to_int(call.params.get("start"), 0) or 0, 0)
    following = start + PAGE if len(found) > start + PAGE else None
    answers = [user_answer(call, user) for user in found[start : start + PAGE]]
    wanted = as_list(call.params.get("select"))
    if wanted and "*" not in wanted:
        answers = [{key: value for key, value in a.items() if key in wanted} for a in answers]
    return Page(answers, total=len(found), next=following)


def _fits(answer: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(_fits_one(answer, key, value) for key, value in wanted.items())


def _fits_one(answer: dict[str, Any], key: str, value: Any) -> bool:
    prefix = next((p for p in _PREFIXES if key.startswith(p)), "")
    name = key[len(prefix) :]
    if name == "NAME_SEARCH":
        return str(value).lower() in f"{answer['NAME']} {answer['LAST_NAME']}".lower()
    if name not in answer:
        return True  # an unknown field does not filter
    values = [str(_plain(item)).lower() for item in as_list(value)]
    have = [str(_plain(item)).lower() for item in as_list(answer[name])] or [""]
    if "%" in prefix:
        hit = any(v.strip("%") in h for v in values for h in have)
    else:
        hit = any(v == h for v in values for h in have)
    return not hit if prefix.startswith("!") else hit


def _plain(value: Any) -> Any:
    """Booleans and Y/N/1/0 compare as one word."""
    if isinstance(value, bool) or str(value).lower() in {"y", "n", "true", "false"}:
        return int(to_bool(value))
    return value


@method("department.get", scope="department")
def department_get(call: Call) -> Page:
    """Filter by ID, NAME, PARENT, UF_HEAD, SORT with exact values."""
    wanted = {key: as_list(call.params[key]) for key in _DEPARTMENT_KEYS if key in call.params}
    found = []
    for department in departments(call.portal):
        answer = {"ID": str(department["id"]), "NAME": department["name"], "SORT": 500}
        if department["parent"] is not None:
            answer["PARENT"] = str(department["parent"])
        if department["head"]:
            answer["UF_HEAD"] = str(department["head"])
        if all(str(answer.get(key)) in map(str, values) for key, values in wanted.items()):
            found.append(answer)
    return Page(found, total=len(found))


_DEPARTMENT_KEYS = ("ID", "NAME", "SORT", "PARENT", "UF_HEAD")
