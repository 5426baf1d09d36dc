"""«Сверка» in chat: what people spoilt in the CRM is listed under one button, and the button puts it right."""

from sandbox.portal.crm_store import DEAL
from tests.stories.test_sync import _seen, crm_count, finished


async def deleted(stage, entity_type, number):
    """Somebody deletes the first item of a sort in the portal."""
    crm = stage.house.parties.outside.crm
    async with stage.house.db.reading() as tx:
        from sqlalchemy import text

        row = await tx.execute(
            text(
                "SELECT crm_id FROM snapshots WHERE crm_entity = :entity AND crm_id > 0 ORDER BY key LIMIT 1"
            ),
            {"entity": entity_type},
        )
        crm_id = row.scalar_one()
    await crm._calls.client.call("crm.item.delete", {"entityTypeId": number, "id": crm_id})


async def test_one_button_puts_right_what_differs(stage):
    marina, olga = stage.person(4), stage.person(5)
    await marina.writes("/sync")
    await finished(marina)
    deals = await crm_count(stage, "deals")
    await marina.writes("сверка")
    await stage.until(lambda: _seen(marina, "Fidelio и CRM совпадают"), "nothing differs", patience_s=40)

    await deleted(stage, "deal", DEAL)
    await marina.writes("/sync reconcile")
    report = await stage.until(
        lambda: _seen(marina, "сверка нашла расхождения"), "a difference", patience_s=40
    )
    assert "нет в CRM — 1" in report["text"]
    assert await crm_count(stage, "deals") == deals - 1

    await marina.presses("Исправить (1)")
    done = await stage.until(lambda: _seen(marina, "расхождения исправлены"), "put right", patience_s=40)
    assert done["id"] == report["id"]  # the report's card became the repair's
    assert await crm_count(stage, "deals") == deals

    await olga.writes("сверка")
    await olga.sees("Синхронизацию запускают управляющие и поддержка")
