"""A file service against a dictionary: what was put and not deleted is there, whatever came before."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import rule

from conformance.http.streamed_body import Content
from conformance.suites.binary_files.driver import FileStore
from conformance.suites.stateful import StateMachine

DEPTHS = {"quick": (1, 12), "standard": (12, 16), "deep": (60, 30)}
"""By the depth of a run: how many orders of calls are tried, and how many calls an order has."""

_CALLS = st.sampled_from(("put", "get", "delete", "break off", "put while it is read"))
_FILES = st.sampled_from((0, 1))
_SIZES = st.sampled_from((3, 40, 70_000))


class Shelf(StateMachine):
    """Two files, which are put, got, overwritten, deleted, and broken off in the middle, in any order."""

    def __init__(self, store: FileStore) -> None:
        super().__init__()
        self.files = (store.new_file(), store.new_file())
        self.deletes = store.tries_deletions()
        self.model: dict[int, Content] = {}
        self.versions = 0
        self.largest = store.role.max_bytes

    # One rule for all calls: Hypothesis leaves whole rules out of an order, and then takes many orders to meet them.
    @rule(call=_CALLS, number=_FILES, size=_SIZES)
    def do(self, call: str, number: int, size: int) -> None:
        """One call."""
        match call:
            case "put":
                self.put(number, size)
            case "delete" if self.deletes:
                self.delete(number)
            case "break off":
                self.break_off(number)
            case "put while it is read":
                self.put_while_it_is_read(number, size)
            case _:
                self.calls.append("get both files")
                self.look(1 - number)
        self.look(number)

    def live_a_life(self) -> None:
        """A file is put, overwritten, half overwritten, and deleted."""
        self.put(0, 70_000)
        self.look(0)
        self.put(0, 3)
        self.break_off(0)
        self.look(0)
        if self.deletes:
            self.delete(0)
            self.look(0)

    def put(self, number: int, size: int) -> None:
        """Store a new version, shorter or longer than the one before."""
        content = self.new_version(size)
        self.calls.append(f"put {content.size} bytes as file {number + 1}")
        self.files[number].put(content).succeeds("an upload")
        self.model[number] = content

    def delete(self, number: int) -> None:
        """Remove a file, which may not be there."""
        self.calls.append(f"delete file {number + 1}")
        reply = self.files[number].delete()
        if number in self.model:
            reply.succeeds("the deletion of a file that is there")
        self.model.pop(number, None)

    def break_off(self, number: int) -> None:
        """Begin to store a new version, and hang up in the middle."""
        content = self.new_version(70_000)
        self.calls.append(f"put half of {content.size} bytes as file {number + 1}, and hang up")
        self.files[number].put_and_break_off(content)

    def put_while_it_is_read(self, number: int, size: int) -> None:
        """Store a new version while somebody reads; what they get is the subject of another requirement."""
        content = self.new_version(size)
        self.calls.append(f"put {content.size} bytes as file {number + 1} while it is read")
        file = self.files[number]
        file.while_it_is_read(lambda: file.put(content).succeeds("an upload"), readers=1)
        self.model[number] = content

    def look(self, number: int) -> None:
        """One file is what a dictionary would hold."""
        content = self.model.get(number)
        download = self.files[number].get(content)
        if content is None:
            download.says_that_it_is_gone()
        else:
            download.is_the_file("the bytes that were put last")

    def new_version(self, size: int) -> Content:
        """A file that differs from every one before, from its first byte to its last."""
        self.versions += 1
        size = min(size, self.largest)
        small = b"v%03d." % self.versions * size
        return Content.patterned(size, tag=self.versions) if size > 1000 else Content.of(small[:size])
