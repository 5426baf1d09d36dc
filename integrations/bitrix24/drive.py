"""The webhook owner's Drive: the only place an inbound webhook may upload files to.

Documents: ``api-reference/disk/storage/disk-storage-get-list.md``,
``disk/folder/disk-folder-{get-children,add-subfolder,upload-file}.md``.
"""

import base64
from typing import Any

from domain.chat import FileContent
from domain.errors import Permanent
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay


class Drive:
    """One folder on the owner's Drive, made when it is needed."""

    def __init__(self, client: BitrixClient, folder: str) -> None:
        self._client = client
        self._folder = folder
        self._folder_id: int | None = None

    async def upload(self, file: FileContent) -> int:
        """Store a file; returns the Drive object's id (``ID``, not ``FILE_ID``), which tasks take."""
        try:
            answer = await self._upload(file)
        except Permanent as error:
            if error.code != "bitrix-not-found":
                raise
            self._folder_id = None  # somebody removed our folder
            answer = await self._upload(file)
        number = as_int(answer.get("ID"))
        if number is None:
            raise Permanent("bitrix-drive", "disk.folder.uploadfile gave no ID")
        return number

    async def _upload(self, file: FileContent) -> dict[str, Any]:
        params = {
            "id": await self._folder_of_ours(),
            "data": {"NAME": file.name},
            "fileContent": [file.name, base64.b64encode(file.data).decode("ascii")],
            "generateUniqueName": True,
        }
        # a lost answer leaves at most a file nobody points to: repeating is fine
        return as_map(await self._client.call("disk.folder.uploadfile", params, replay=Replay.SAFE))

    async def _folder_of_ours(self) -> int:
        if self._folder_id is None:
            root = await self._root()
            self._folder_id = await self._find_folder(root) or await self._make_folder(root)
        return self._folder_id

    async def _root(self) -> int:
        """The root folder of the owner's own storage."""
        owner = self._client.user_id
        params = {"filter": {"ENTITY_TYPE": "user", "ENTITY_ID": owner}}
        for item in as_list(await self._client.call("disk.storage.getlist", params, replay=Replay.SAFE)):
            if as_text(item.get("ENTITY_TYPE")) == "user" and as_text(item.get("ENTITY_ID")) == owner:
                number = as_int(item.get("ROOT_OBJECT_ID"))
                if number is not None:
                    return number
        raise Permanent("bitrix-drive", "the webhook's owner has no Drive")

    async def _find_folder(self, root: int) -> int | None:
        params = {"id": root, "filter": {"NAME": self._folder}}
        for item in as_list(await self._client.call("disk.folder.getchildren", params, replay=Replay.SAFE)):
            if as_text(item.get("TYPE")) == "folder" and as_text(item.get("NAME")) == self._folder:
                return as_int(item.get("ID"))
        return None

    async def _make_folder(self, root: int) -> int:
        params = {"id": root, "data": {"NAME": self._folder}}
        try:
            made = as_map(await self._client.call("disk.folder.addsubfolder", params, replay=Replay.SAFE))
            number = as_int(made.get("ID"))
        except Permanent as error:
            if error.code != "bitrix-disk-obj-22000":  # somebody else made it just now
                raise
            number = await self._find_folder(root)
        if number is None:
            raise Permanent("bitrix-drive", f"no folder {self._folder}")
        return number
