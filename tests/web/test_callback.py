"""The callback form: what is filed, what is refused and how, and what never happens twice."""

import asyncio
import re
from html import unescape

import pytest

from domain.chat import Channel
from domain.requests import RequestType, Status
from handlers.desk.site_forms import Limits, consent_of, network_of
from storage import callers, consents
from tests.web.conftest import CONSENT, HUMAN_S


async def form_of(lab, number=1):
    request = await lab.request(number)
    async with lab.db.reading() as tx:
        return await callers.form_of(tx, lab.portal.id, request.id)


async def consent_record(lab, number=1):
    request = await lab.request(number)
    async with lab.db.reading() as tx:
        return await consents.of_request(tx, lab.portal.id, request.id)


async def filed(lab):
    """How many requests there are."""
    async with lab.db.reading() as tx:
        from storage import requests

        return len(await requests.listed(tx, lab.portal.id, only_open=False))


async def test_a_form_becomes_a_service_request_with_its_consent(each_engine, open_site):
    lab = each_engine
    visitor = await open_site(lab)
    page = await visitor.follows(await visitor.sends())
    assert page.status == 200
    assert "FB-2026-000001" in page.text
    shown = unescape(re.sub("<[^>]+>", "", page.text))
    assert "Первый ответ — до пт 20 ноября, 16:00 (МСК)" in shown
    assert "4 ч рабочего времени — пт 20 ноября 12:00–16:00 (4 ч)" in shown

    request = await lab.request()
    assert (request.type, request.status, request.channel) == (
        RequestType.SERVICE,
        Status.REGISTERED,
        Channel.CALLBACK,
    )
    assert request.requester_id is None
    assert request.subject == request.description == "Не открывается отчёт"
    form = await form_of(lab)
    record = await consent_record(lab)
    assert form == {"name": "Иван Петров", "phone": "+79001234567", "site": "", "consent_id": record.id}
    assert (record.version, record.text_hash, record.ip) == (CONSENT.version, CONSENT.hash, "127.0.0.1")
    assert record.at == request.created_at
    assert await lab.history() == ["filed", "consented"]

    await lab.settle()
    assert lab.tasks.only.task.title.startswith("Обращение FB-2026-000001")
    assert lab.bitrix.thread("FB-2026-000001")
    assert not await lab.outbox("dead")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+7 900 123-45-67", "+79001234567"),
        ("8 (900) 123 45 67", "+79001234567"),
        ("89001234567", "+79001234567"),
        ("9001234567", "+79001234567"),
        ("7-900-123-45-67", "+79001234567"),
        ("8.900.123.45.67", "+79001234567"),
        ("тел. 8 900 1234567 вечером", "+79001234567"),
        ("８ ９００ １２３-４５-６７", "+79001234567"),
        ("8\u00a0900\u00a0123\u201145\u201167", "+79001234567"),
        ("(812) 123-45-67", "+78121234567"),
        ("8 800 555-35-35", "+78005553535"),
        ("+49 30 1234567", "+49301234567"),
    ],
)
async def test_a_phone_is_understood_however_it_is_spelled(lab, visitor, typed, kept):
    assert (await visitor.sends(phone=typed)).status == 303
    assert (await form_of(lab))["phone"] == kept


async def test_an_extension_is_kept_apart(lab, visitor):
    await visitor.sends(phone="8 (495) 123-45-67 доб. 305")
    form = await form_of(lab)
    assert (form["phone"], form["extension"]) == ("+74951234567", "305")


@pytest.mark.parametrize(
    "typed", ["", "305", "1234567", "0000000", "8 900 123-45", "не скажу", "+7 " + "9" * 90]
)
async def test_a_phone_that_is_none_comes_back_with_all_that_was_typed(lab, visitor, typed):
    page = await visitor.sends(phone=typed, question="Почему пусто?")
    assert page.status == 422
    assert 'id="phone-error"' in page.text
    assert f'value="{" ".join(typed.split())}"' in page.text
    assert 'value="Иван Петров"' in page.text
    assert "Почему пусто?</textarea>" in page.text
    assert re.search(r'id="consent"[^>]* checked', page.text)
    assert await filed(lab) == 0
    assert (await visitor.sends(page.hidden)).status == 303  # mended, it is taken


async def test_without_consent_nothing_is_kept(lab, visitor):
    page = await visitor.sends(consent="")
    assert page.status == 422
    assert 'id="consent-error"' in page.text
    assert not re.search(r'id="consent"[^>]* checked', page.text)
    assert await filed(lab) == 0


async def test_the_phone_alone_is_enough(lab, visitor):
    await visitor.sends(name="", question="")
    request = await lab.request()
    assert request.subject == request.description == "Просьба перезвонить"


async def test_what_is_too_long_is_said_and_kept(lab, visitor):
    page = await visitor.sends(name="И" * 121, question="о" * 3001)
    assert page.status == 422
    assert 'id="name-error"' in page.text
    assert 'id="question-error"' in page.text
    assert "о" * 3001 in page.text
    assert await filed(lab) == 0
    page = await visitor.sends(question="о" * 120_000)
    assert page.status == 400
    assert "Не получилось прочитать форму" in page.text


EVIL = "\"><script>alert(1)</script>'{{7*1234567}}[b]x[/b]<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    "where", ["name", "phone", "question", "stamp", "consent_hash", "website", "consent"]
)
async def test_markup_in_a_field_stays_text(lab, visitor, where):
    page = await visitor.sends(**{where: EVIL, **({} if where == "phone" else {"phone": "нет"})})
    assert page.status == 422
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "8641969" not in page.text


@pytest.mark.parametrize("query", ["lang", "site", "form", "text", "kind"])
async def test_markup_in_an_address_stays_text(visitor, query):
    for path in ("/callback", "/callback/report", "/callback/done", "/callback/consent"):
        page = await visitor.gets(path, **{query: EVIL})
        assert "<script" not in page.text
        assert "<img" not in page.text


async def test_markup_reaches_thread_and_task_as_text(lab, visitor):
    await visitor.sends(
        name="<b>Иван</b>", question="Отчёт <script>x</script> [b]пуст[/b] <a href='//evil'>тут</a>"
    )
    await lab.settle()
    card = lab.bitrix.at(lab.bitrix.thread("FB-2026-000001"))[0]
    for text in (card.text, lab.tasks.only.task.description):
        assert "<script" not in text
        assert "<a href='//evil'" not in text
        assert "&lt;script&gt;" in text


async def test_secrets_are_blanked_and_the_visitor_told(lab, visitor):
    page = await visitor.follows(await visitor.sends(question="Пароль от ПМС: qwerty123, не пускает"))
    assert "мы их скрыли" in page.text
    request = await lab.request()
    assert "qwerty123" not in request.subject + request.description


async def test_control_characters_are_left_out(lab, visitor):
    await visitor.sends(name="Ив\x00ан\u202e", question="пус\x00то\x08")
    assert (await lab.request()).description == "пусто"
    assert (await form_of(lab))["name"] == "Иван"


# --- robots, haste, repetition -------------------------------------------------------------------------------


async def test_a_form_sent_twice_is_one_request(each_engine, open_site):
    lab = each_engine
    visitor = await open_site(lab)
    hidden = await visitor.opens()
    visitor.clock.push(seconds=HUMAN_S)
    both = await asyncio.gather(*(visitor.sends(hidden) for _ in range(4)))
    assert {page.status for page in both} == {303}
    assert len({page.response.headers["Location"] for page in both}) == 1
    assert await filed(lab) == 1
    again = await visitor.sends(hidden, question="другое")  # «назад» and again: the receipt, nothing new
    assert "FB-2026-000001" in (await visitor.follows(again)).text
    assert await filed(lab) == 1


@pytest.mark.parametrize(
    "stamp", ["", "1.2.3", "1795165200." + "0" * 24 + "." + "0" * 40, "９" * 10 + ".x.y"]
)
async def test_a_form_without_our_seal_is_shown_again(lab, visitor, stamp):
    page = await visitor.sends({"stamp": stamp, "consent_hash": CONSENT.hash})
    assert page.status == 422
    assert "нажмите «Отправить» ещё раз" in page.text
    assert await filed(lab) == 0
    visitor.clock.push(seconds=HUMAN_S)
    assert (await visitor.sends(page.hidden)).status == 303


async def test_a_seal_is_good_for_its_own_form_only(lab, open_site):
    visitor = await open_site(lab, sites={"ONE": [], "TWO": []})
    visitor.query = {"site": "ONE"}
    hidden = await visitor.opens()
    visitor.clock.push(seconds=HUMAN_S)
    visitor.query = {"site": "TWO"}
    assert (await visitor.sends(hidden)).status == 422
    visitor.query, visitor.path = {"site": "ONE"}, "/callback/report"
    assert (await visitor.sends(hidden)).status == 422
    visitor.path = "/callback"
    assert (await visitor.sends(hidden)).status == 303
    assert (await form_of(lab))["site"] == "ONE"


async def test_a_page_left_open_overnight_asks_once_more(lab, visitor):
    hidden = await visitor.opens()
    visitor.clock.push(hours=13)
    page = await visitor.sends(hidden)
    assert page.status == 422
    assert "открыта слишком долго" in page.text
    visitor.clock.push(seconds=HUMAN_S)
    assert (await visitor.sends(page.hidden)).status == 303
    assert await filed(lab) == 1


async def test_nobody_types_that_fast(lab, visitor):
    hidden = await visitor.opens()
    page = await visitor.sends(hidden)
    assert page.status == 422
    assert "очень быстро" in page.text
    visitor.clock.push(seconds=HUMAN_S)
    assert (await visitor.sends(page.hidden)).status == 303


async def test_the_field_nobody_sees(lab, visitor):
    page = await visitor.sends(website="https://spam.example")
    assert page.status == 422
    assert "spam.example" not in page.text  # cleared, so that a person gets through
    assert await filed(lab) == 0
    assert (await visitor.sends(page.hidden)).status == 303


async def test_too_many_from_one_address(each_engine, open_site):
    lab = each_engine
    visitor = await open_site(lab, limits=Limits(per_ip=2, per_site=100))
    for _ in range(2):
        assert (await visitor.sends()).status == 303
    page = await visitor.sends(question="третий вопрос")
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "600"
    assert "Слишком много обращений подряд" in page.text
    assert "третий вопрос" in page.text
    assert await filed(lab) == 2
    other = await open_site(lab, limits=Limits(per_ip=2, per_site=100))  # another replica, the same count
    assert (await other.sends()).status == 429
    visitor.clock.push(minutes=10)
    assert (await visitor.sends()).status == 303


async def test_too_many_from_one_site_leave_the_others_alone(lab, open_site):
    visitor = await open_site(lab, limits=Limits(per_ip=100, per_site=2), sites={"ONE": [], "TWO": []})
    visitor.query = {"site": "ONE"}
    assert [(await visitor.sends()).status for _ in range(3)] == [303, 303, 429]
    visitor.query = {"site": "TWO"}
    assert (await visitor.sends()).status == 303


async def test_mistakes_are_not_counted(lab, open_site):
    visitor = await open_site(lab, limits=Limits(per_ip=1, per_site=100))
    for _ in range(5):
        assert (await visitor.sends(phone="нет")).status == 422
    assert (await visitor.sends()).status == 303


async def test_old_counts_are_forgotten(lab, open_site):
    visitor = await open_site(lab, proxies=["127.0.0.1"])
    for number in range(5):
        visitor.headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        await visitor.sends()
        visitor.clock.push(hours=1)
    async with lab.db.reading() as tx:
        from sqlalchemy import select

        from storage.tables import counters

        names = [row.name for row in await tx.execute(select(counters))]
    assert len([name for name in names if name.startswith("callback:ip:")]) == 1
    assert len([name for name in names if name.startswith("callback:site:")]) == 1
    assert not any("198.51" in name for name in names)


# --- whose address -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "told", "believed"),
    [
        ([], "203.0.113.9", "203.0.113.9"),  # our own machine's proxy
        ([], "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # what the visitor wrote himself stands left
        (["10.0.0.0/8"], "1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ([], "203.0.113.9, 10.0.0.7", "10.0.0.7"),  # a proxy nobody vouched for
        ([], "", "127.0.0.1"),
        ([], "nonsense", "127.0.0.1"),
        ([], "203.0.113.9, nonsense", "127.0.0.1"),
        ([], "[2001:db8::1]:443", "2001:db8::1"),
        ([], "203.0.113.9:51000", "203.0.113.9"),
        ([], "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
async def test_the_address_behind_proxies(lab, open_site, proxies, told, believed):
    visitor = await open_site(lab, proxies=proxies)
    visitor.headers = {"X-Forwarded-For": told} if told else {}
    await visitor.sends()
    assert (await consent_record(lab)).ip == believed


def test_one_customer_of_a_provider_counts_as_one():
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("203.0.113.9") == "203.0.113.9"
    assert network_of("unix") == "unix"


# --- the consent's text --------------------------------------------------------------------------------------


async def test_the_text_stands_on_a_page_of_its_own(lab, open_site):
    visitor = await open_site(lab, sites={"ONE": []})
    visitor.query = {"site": "ONE"}
    form = await visitor.reads(await visitor.client.get("/callback", params=visitor.query))
    link = unescape(re.search(r'href="(callback/consent[^"]*)" target="_blank" rel="noopener"', form.text)[1])
    page = await visitor.reads(await visitor.client.get("/" + link))
    assert page.status == 200
    assert "Версия 2026-11-01" in page.text
    assert CONSENT.hash in page.text
    assert "Оператор: ООО «Отель»." in page.text


async def test_a_changed_text_has_to_be_agreed_to_anew(lab, open_site):
    visitor = await open_site(lab)
    hidden = await visitor.opens()
    visitor.clock.push(seconds=HUMAN_S)
    newer = consent_of("2026-12-01", "Согласен на обработку, и вот ещё что.")
    later = await open_site(lab, consent=newer)
    page = await later.sends(hidden)
    assert page.status == 422
    assert "Текст согласия обновился" in page.text
    assert not re.search(r'id="consent"[^>]* checked', page.text)
    assert (await later.sends(page.hidden)).status == 303
    record = await consent_record(lab)
    assert (record.version, record.text_hash) == ("2026-12-01", newer.hash)


async def test_an_old_text_can_be_read_for_as_long_as_its_consents_stand(lab, open_site):
    visitor = await open_site(lab)
    await visitor.sends()
    later = await open_site(lab, consent=consent_of("2", "Новый текст."))
    page = await later.gets("/callback/consent", text=CONSENT.hash)
    assert "Оператор: ООО «Отель»." in page.text
    assert "прежний текст" in page.text
    assert (await later.gets("/callback/consent", text="0" * 64)).status == 404
    assert "Новый текст." in (await later.gets("/callback/consent")).text


async def test_in_english_the_russian_text_stands_below_its_translation(lab, open_site):
    visitor = await open_site(lab, translated=True, operator="Hotel Ltd", contact="privacy@hotel.example")
    page = await visitor.gets("/callback/consent", lang="en")
    assert page.text.index("Hotel Ltd") < page.text.index("Согласен на обработку")
    assert "what you agree to is the russian text" in page.text.casefold()


# --- a violation ---------------------------------------------------------------------------------------------


async def test_a_violation_is_a_request_of_its_own_kind(lab, visitor):
    visitor.path = "/callback/report"
    page = await visitor.follows(await visitor.sends(question="Перезвонили ночью"))
    assert "Сообщение о нарушении принято" in page.text
    request = await lab.request()
    assert request.type is RequestType.SERVICE
    assert request.subject == "Нарушение: Перезвонили ночью"
    form = await form_of(lab)
    assert form["violation"] is True
    assert form["phone"] == "+79001234567"


async def test_a_violation_may_be_told_without_a_name(lab, visitor):
    visitor.path = "/callback/report"
    assert (await visitor.sends(name="", phone="", consent="", question="Шумно")).status == 303
    assert await form_of(lab) == {"violation": True, "site": ""}
    assert await consent_record(lab) is None
    assert await lab.history() == ["filed"]


async def test_a_violation_needs_its_story_and_a_phone_needs_consent(lab, visitor):
    visitor.path = "/callback/report"
    page = await visitor.sends(question="", consent="")
    assert page.status == 422
    assert 'id="question-error"' in page.text
    assert 'id="consent-error"' in page.text
    assert await filed(lab) == 0


# --- embedding, language, the rest ---------------------------------------------------------------------------


async def test_only_the_sites_own_pages_may_frame_it(lab, open_site):
    visitor = await open_site(lab, sites={"GRAND": ["https://grand.example", "https://www.grand.example"]})
    page = await visitor.gets("/callback", site="GRAND")
    policy = page.response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://grand.example https://www.grand.example" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    plain = await visitor.gets("/callback")
    assert plain.response.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    unknown = await visitor.gets("/callback", site="OTHER")
    assert unknown.status == 404
    assert "Такой страницы нет" in unknown.text


async def test_nothing_comes_from_elsewhere_and_no_cookie_is_set(visitor):
    for path in ("/callback", "/callback/report", "/callback/consent"):
        page = await visitor.gets(path)
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)
        assert "<script" not in page.text
        assert "Set-Cookie" not in page.response.headers
        assert page.response.headers["Cache-Control"] == "no-store"
    style = await visitor.client.get("/callback/style.css")
    assert style.status == 200
    assert "http" not in await style.text()


@pytest.mark.parametrize(
    ("query", "accepts", "language"),
    [
        ({}, "", "ru"),
        ({}, "en-US,en;q=0.9", "en"),
        ({}, "de-DE,de;q=0.9", "ru"),
        ({}, "de,en;q=0.5,ru;q=0.7", "ru"),
        ({}, "ru;q=0,en;q=0.1", "en"),
        ({}, "en;q=x", "ru"),
        ({"lang": "en"}, "ru", "en"),
        ({"lang": "xx"}, "", "ru"),
    ],
)
async def test_the_language(visitor, query, accepts, language):
    headers = {"Accept-Language": accepts} if accepts else {}
    page = await visitor.reads(await visitor.client.get("/callback", params=query, headers=headers))
    assert f'<html lang="{language}">' in page.text
    assert page.response.headers["Content-Language"] == language


async def test_an_english_visitor_is_answered_in_english_and_support_in_its_own(lab, visitor):
    visitor.query = {"lang": "en"}
    page = await visitor.follows(await visitor.sends(question=""))
    assert "First reply by" in page.text
    assert (await lab.request()).subject == "Просьба перезвонить"


async def test_a_receipt_is_shown_to_whoever_holds_its_seal_only(lab, visitor):
    done = await visitor.sends()
    stamp = done.query["form"][0]
    assert (await visitor.gets("/callback/done", form=stamp)).status == 200
    issued, nonce, mac = stamp.split(".")
    for forged in (f"{issued}.{nonce}.{mac[::-1]}", f"{issued}.{nonce[::-1]}.{mac}", "FB-2026-000001", ""):
        page = await visitor.gets("/callback/done", form=forged)
        assert page.status == 404
        assert "FB-2026" not in page.text


async def test_out_of_hours_the_page_says_when_support_is_back(lab, visitor):
    assert "не работает" not in (await visitor.gets("/callback")).text
    visitor.clock.push(days=1)  # Saturday
    page = await visitor.gets("/callback")
    assert "Сейчас поддержка не работает" in page.text
    assert "пн 23 ноября, 09:00" in page.text


async def test_a_body_that_is_no_form(lab, visitor):
    for body, kind in ((b"\xff\xfe", "application/x-www-form-urlencoded"), (b"{}", "application/json")):
        response = await visitor.client.post("/callback", data=body, headers={"Content-Type": kind})
        assert response.status in {400, 422}
    strange = "application/x-www-form-urlencoded; charset=nonsense"
    response = await visitor.client.post("/callback", data=b"a=b", headers={"Content-Type": strange})
    assert response.status == 400
    assert await filed(lab) == 0
