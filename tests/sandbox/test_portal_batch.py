"""batch: odd shapes of empty maps, references, halting, limits."""

import pytest


async def test_success_has_lists_where_maps_are_empty(rest):
    answer = await rest(
        "batch", {"cmd": {"me": "user.current", "all": "user.get?FILTER[ID]=$result[me][ID]"}}
    )
    assert answer["result"]["all"][0]["ID"] == "1"
    assert answer["result_total"] == {"all": 1}
    assert (answer["result_error"], answer["result_next"]) == ([], [])
    assert set(answer["result_time"]) == {"me", "all"}


async def test_all_failed(rest):
    answer = await rest("batch", {"cmd": {"a": "nope", "b": "nope.too"}})
    assert answer["result"] == answer["result_total"] == answer["result_time"] == []
    assert answer["result_error"]["a"]["error"] == "ERROR_METHOD_NOT_FOUND"


async def test_numeric_keys_come_back_as_lists(rest):
    assert (await rest("batch", {"cmd": ["server.time", "profile"]}))["result"][1]["ID"] == "1"
    gap = await rest("batch", {"cmd": ["nope", "profile"]})
    assert gap["result"] == {"1": {"ID": "1", **gap["result"]["1"]}}


async def test_halt_stops_at_the_first_error(rest):
    commands = {"a": "profile", "b": "nope", "c": "profile"}
    assert set((await rest("batch", {"halt": 1, "cmd": commands}))["result"]) == {"a"}
    assert set((await rest("batch", {"halt": 0, "cmd": commands}))["result"]) == {"a", "c"}


async def test_the_fifty_first_is_refused(rest):
    answer = await rest("batch", {"cmd": {f"k{i}": "server.time" for i in range(51)}})
    assert len(answer["result"]) == 50
    assert answer["result_error"]["k50"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"


@pytest.mark.parametrize("name", ["batch", "disk.folder.uploadfile", "imbot.v2.File.upload"])
async def test_no_batch_and_no_files_inside(rest, name):
    answer = await rest("batch", {"cmd": {"x": name}})
    assert answer["result_error"]["x"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


async def test_references_take_types_lists_and_parts_of_text(rest):
    answer = await rest(
        "batch",
        {
            "cmd": {
                "task": "tasks.task.add?fields[TITLE]=A&fields[RESPONSIBLE_ID]=2",
                "people": "user.get?FILTER[ID][]=2&FILTER[ID][]=3",
                "named": "tasks.task.update?taskId=$result[task][task][id]&fields[TITLE]=for $result[people][1][ID]!",
                "broken": "tasks.task.get?taskId=$result[nothing][id]",
                "deps": "department.get?ID=$result[people][0][UF_DEPARTMENT]",
            }
        },
    )
    assert answer["result"]["named"]["task"]["title"] == "for 3!"
    assert answer["result_error"]["broken"]["error"] == "0"
    assert [d["NAME"] for d in answer["result"]["deps"]] == ["ИТ"]


async def test_commands_may_be_objects_and_forms(client, rest):
    objects = await rest("batch", {"cmd": {"x": {"method": "user.get", "params": {"FILTER": {"ID": 3}}}}})
    assert objects["result"]["x"][0]["ID"] == "3"
    path = "/rest/1/sandboxwebhook00/batch"
    async with client.post(path, data={"cmd[x]": "user.get?FILTER%5BID%5D=3", "halt": "0"}) as response:
        assert (await response.json())["result"]["result"]["x"][0]["ID"] == "3"
