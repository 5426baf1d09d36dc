"""A manager typed a guest into the CRM; the sync asks whether its guest is the same, is answered, and takes it back."""

from domain.contacts import e164_list
from tests.stories.test_sync import MANAGERS_CHAT, finished
from tests.stories.test_telegram import TelegramPerson, link

REST = "rest/1/sandboxwebhook00/"


async def rest(stage, method, **params):
    return (await stage.post(f"{REST}{method}.json", params))["result"]


async def a_guest(stage):
    """Somebody in house with a name and a phone that only he has; his stay's number."""
    taken = set()
    for stay in (await stage.get("hotel/_sandbox/reservations?status=in_house&limit=50"))["reservations"]:
        profile = await stage.get(f"hotel/_sandbox/profiles/{stay['profile']}")
        phones = [number for raw in profile["phones"] for number in e164_list(raw)]
        if profile["first_name"] and profile["last_name"] and phones and not profile["anonymised"]:
            if phones[0] not in taken:
                return profile, phones[0]
            taken.update(phones)
    raise AssertionError("nobody in house has a phone")


async def contact_of(stage, crm_id):
    """The contact with its keys and phones."""
    select = ["*", "ufCrmConciergeKeys"]
    filters = {"id": crm_id}
    (found,) = (await rest(stage, "crm.item.list", entityTypeId=3, select=select, filter=filters))["items"]
    keys = next((value for name, value in found.items() if name.lower().endswith("keys")), [])
    return {"keys": keys, "phones": [one["value"] for one in found.get("fm", ())], **found}


async def test_asked_joined_and_taken_back(both):
    marina, pyotr = both.person(4), both.person(2)
    await link(both, 4, 5003)
    profile, phone = await a_guest(both)
    initial = f"{profile['first_name'][0]}."
    typed = {"name": initial, "lastName": profile["last_name"]}
    typed["fm"] = [{"typeId": "PHONE", "valueType": "WORK", "value": phone}]
    theirs = (await rest(both, "crm.item.add", entityTypeId=3, fields=typed))["item"]["id"]
    await marina.writes("/sync")
    report = await finished(marina)
    assert "Ждут решения" in report["text"]
    key = f"GRAND:{profile['id']}"
    assert key not in (await contact_of(both, theirs))["keys"]

    # both sides in the private chat, masked in the group; support doesn't decide
    told = await marina.sees(f"№ {theirs}[/url]")
    assert phone in told["text"]
    managers = TelegramPerson(both, 5003)
    shown = await managers.sees(f"№ {theirs}\n", MANAGERS_CHAT)
    assert phone not in shown["text"]
    assert profile["first_name"] not in shown["text"]
    await pyotr.writes("сверка гостей")
    await pyotr.sees("Это может")

    await decides(both, managers, theirs, "Объединить")

    async def joined():
        return key in (await contact_of(both, theirs))["keys"]

    await both.until(joined, "the key in the contact", patience_s=40)

    async def deals():
        return (await rest(both, "crm.item.list", entityTypeId=2, filter={"contactId": theirs}))["items"]

    await both.until(deals, "the guest's deals at the contact", patience_s=40)

    # in the other messenger, and it is undone
    after = await marina.sees("Объединено")
    assert "Марина" in after["text"]
    await marina.presses("Отменить решение")

    async def parted():
        return key not in (await contact_of(both, theirs))["keys"]

    await both.until(parted, "the key gone from the contact", patience_s=40)
    contact = await contact_of(both, theirs)
    assert (contact["name"], contact["phones"]) == (initial, [phone])

    async def repointed():
        return not await deals()

    await both.until(repointed, "the deals at the guest's own contact", patience_s=40)
    await marina.sees("разные гости")


async def decides(stage, managers, crm_id, label):
    """Press a button of the card about this contact, in the managers' group."""

    async def look():
        for message in await managers.messages(MANAGERS_CHAT):
            if f"№ {crm_id}\n" in (message.get("text") or "") and message.get("reply_markup"):
                return message
        return None

    message = await stage.until(look, "the card in the group")
    body = {"chat_id": MANAGERS_CHAT, "message_id": message["message_id"], "text": label}
    await stage.post("telegram/_sandbox/as/5003/press", body)
