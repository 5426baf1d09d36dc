"""Documents of one kind with ids that continue after a restart and look-ups that never scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.portal.persistence import Id

if TYPE_CHECKING:
    from sandbox.portal.keeper import Keeper

Document = dict[str, Any]
KeysOf = Callable[[Document], Iterable[Hashable]]


class Index:
    """Key → ids of the documents that have it; a document may have many keys or none."""

    def __init__(self, keys_of: KeysOf) -> None:
        self._keys_of = keys_of
        self._ids: dict[Hashable, dict[Id, None]] = defaultdict(dict)
        self._keys: dict[Id, tuple[Hashable, ...]] = {}

    def put(self, key: Id, document: Document) -> None:
        fresh = tuple(self._keys_of(document))
        if self._keys.get(key) == fresh:
            return
        self.drop(key)
        for value in fresh:
            self._ids[value][key] = None
        if fresh:
            self._keys[key] = fresh

    def drop(self, key: Id) -> None:
        for value in self._keys.pop(key, ()):
            ids = self._ids[value]
            ids.pop(key, None)
            if not ids:
                del self._ids[value]

    def ids(self, value: Hashable) -> list[Id]:
        return list(self._ids.get(value, ()))


class Store:
    """A named collection of JSON documents, each with an `id` (int from the store's counter, or any str).

    Change a document in place, then `save` it: that updates the indexes and marks it for the file.
    """

    def __init__(self, keeper: Keeper, name: str, first_id: int) -> None:
        self.name = name
        self._keeper = keeper
        self._first_id = first_id
        self._documents: dict[Id, Document] = {d["id"]: d for d in keeper.database.load(name)}
        self._indexes: dict[str, Index] = {}
        self._dirty: set[Id] = set()

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents.values())

    def __contains__(self, key: Id) -> bool:
        return key in self._documents

    def get(self, key: Id) -> Document | None:
        return self._documents.get(key)

    def insert(self, document: Document) -> Document:
        """Give the next id (unless the document brings one) and keep it; the same object is returned."""
        if "id" not in document:
            document["id"] = self._keeper.next_id(self.name, self._first_id)
        elif isinstance(document["id"], int):
            self._keeper.reserve_id(self.name, document["id"])
        self.save(document)
        return document

    def save(self, document: Document) -> None:
        key: Id = document["id"]
        self._documents[key] = document
        self._dirty.add(key)
        for index in self._indexes.values():
            index.put(key, document)

    def remove(self, key: Id) -> Document | None:
        document = self._documents.pop(key, None)
        if document is not None:
            self._dirty.add(key)
            for index in self._indexes.values():
                index.drop(key)
        return document

    def add_index(self, name: str, keys_of: KeysOf) -> None:
        """Declare an index once; a second declaration of the same name is ignored."""
        if name in self._indexes:
            return
        index = self._indexes[name] = Index(keys_of)
        for key, document in self._documents.items():
            index.put(key, document)

    def find(self, index: str, value: Hashable) -> list[Document]:
        """Documents having this key, in the order in which they got it."""
        return [self._documents[key] for key in self._indexes[index].ids(value)]

    def take_changes(self) -> list[tuple[str, Id, bytes | None]]:
        """What must be written to the file since the last call; bodies are serialised now."""
        changes: list[tuple[str, Id, bytes | None]] = []
        for key in self._dirty:
            document = self._documents.get(key)
            changes.append((self.name, key, None if document is None else orjson.dumps(document)))
        self._dirty.clear()
        return changes

    def mark_unwritten(self, keys: Iterable[Id]) -> None:
        """These could not be written: they come again at the next `take_changes`."""
        self._dirty.update(keys)
