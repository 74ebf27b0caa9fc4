"""A file service against a dictionary: what was put and not deleted is there, whatever came before."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import initialize, invariant, rule

from conformance.content import Content
from conformance.suites.binary_files.store import FileStore, RemoteFile
from conformance.suites.stateful import StateMachine

DEPTHS = {"quick": (3, 8), "standard": (10, 12), "deep": (60, 30)}
"""By the depth of a run: how many orders of calls are tried, and how many calls an order has."""

_FILES = st.sampled_from((0, 1))
_SIZES = st.sampled_from((3, 40, 70_000))


class Shelf(StateMachine):
    """Two files, which are put, got, overwritten, deleted, and broken off in the middle, in any order."""

    def __init__(self, store: FileStore, files: tuple[RemoteFile, RemoteFile]) -> None:
        super().__init__()
        self.store = store
        self.files = files
        self.model: dict[int, Content] = {}
        self.versions = 0

    @initialize()
    def begin_with_nothing(self) -> None:
        """Neither file is there."""
        for file in self.files:
            file.delete()

    @rule(number=_FILES, size=_SIZES)
    def put(self, number: int, size: int) -> None:
        """Store a new version, shorter or longer than the one before."""
        content = self.new_version(size)
        self.calls.append(f"put {size} bytes as file {number + 1}")
        self.files[number].put(content).succeeds("an upload")
        self.model[number] = content

    @rule(number=_FILES)
    def delete(self, number: int) -> None:
        """Remove a file, which may not be there."""
        self.calls.append(f"delete file {number + 1}")
        reply = self.files[number].delete()
        if number in self.model:
            reply.succeeds("the deletion of a file that is there")
        self.model.pop(number, None)

    @rule(number=_FILES)
    def break_off(self, number: int) -> None:
        """Begin to store a new version, and hang up in the middle."""
        self.calls.append(f"put half of 70000 bytes as file {number + 1}, and hang up")
        self.files[number].put_and_break_off(self.new_version(70_000), meanwhile=lambda: self.look(number))

    @rule(number=_FILES, size=_SIZES)
    def put_while_it_is_read(self, number: int, size: int) -> None:
        """Store a new version while others read: they get the old one, the new one or, where it was new, nothing."""
        content, old = self.new_version(size), self.model.get(number)
        self.calls.append(f"put {size} bytes as file {number + 1} while it is read")
        file = self.files[number]
        for seen in file.while_it_is_read(lambda: file.put(content).succeeds("an upload"), readers=1):
            if old is not None:
                seen.is_one_of((old, content))
        self.model[number] = content

    @invariant()
    def is_as_the_model_says(self) -> None:
        """Both files are what a dictionary would hold."""
        for number in (0, 1):
            self.look(number)

    def look(self, number: int) -> None:
        """One file is what a dictionary would hold."""
        content = self.model.get(number)
        download = self.files[number].get(content)
        if content is None:
            download.says_that_it_is_gone()
        else:
            download.is_the_file("the bytes that were put last")

    def new_version(self, size: int) -> Content:
        """A file that differs from every one before."""
        self.versions += 1
        return (
            Content.patterned(size, tag=self.versions)
            if size > 40
            else Content.of(b"%03d" % self.versions + b"." * (size - 3))
        )
