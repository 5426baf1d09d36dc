"""Templates on both engines: English for who reads English, an edit in chat keeps it, one of ours comes back."""

from domain.chat import Channel
from handlers.desk.templates import Templates
from handlers.settings import templates as pages
from handlers.settings.templates import Typed
from storage import people, templates
from tests.lab import file_request


async def test_who_reads_english_gets_english(each_engine):
    lab = each_engine
    await file_request(lab.staff("5"))
    helper = await lab.person("2")
    request = await lab.request()
    async with lab.scopes.writing(lab.portal.id, helper) as scope:
        await pages.save(scope, Typed("Ждём", "%имя%, ждём.", "%name%, we wait."), None)
        (kept,) = await templates.listed(scope.tx, lab.portal.id)
        desk = Templates(lab.people)
        assert await desk.filled(scope, kept.id, request) == "Ольга Иванова, ждём."
        olga = await people.find_by_account(scope.tx, lab.portal.id, Channel.BITRIX24, "5")
        await people.set_language(scope.tx, olga.id, "en")
        assert await desk.filled(scope, kept.id, request) == "Ольга Иванова, we wait."
        await desk.save(scope, "ждём", "Ждём ответа.")  # as in chat
        (kept,) = await templates.listed(scope.tx, lab.portal.id)
        assert (kept.text, kept.text_en) == ("Ждём ответа.", "%name%, we wait.")


async def test_ours_come_back_whatever_was_made_of_them(each_engine):
    lab = each_engine
    helper = await lab.person("2")
    async with lab.scopes.writing(lab.portal.id, helper) as scope:
        name = await pages.take_ours(scope, "done")
        lines, left = await pages.listed(scope)
        assert [(one.name, one.ours, one.changed) for one in lines] == [(name, "done", False)]
        assert len(left) == len(pages.OURS) - 1
        await pages.save(scope, Typed(name, "Готово.", ""), lines[0].id)
        (line,), _ = await pages.listed(scope)
        assert line.changed
        await pages.take_ours(scope, "done")
        (line,), _ = await pages.listed(scope)
        assert not line.changed


def test_words_that_only_look_like_fields_are_told():
    assert pages.unknown_fields("%имя%скоро%номер%, скидка 50% и 100%, %когда%") == ["когда"]
