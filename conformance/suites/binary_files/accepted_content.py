"""What a file service accepts, as its target file says: sizes and media types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.http.streamed_body import Content
from conformance.judging.applicability import lacking
from conformance.suites.binary_files.samples import AWKWARD, TEXTS, extension_of, file_of

if TYPE_CHECKING:
    from conformance.config.roles import FileService


class AcceptedContent:
    """What the target file says that the service takes, and what it refuses.

    Args:
        role: what the target file says about the service.
    """

    def __init__(self, role: FileService) -> None:
        self.role = role

    def sizes(self) -> Iterator[int]:
        """Sizes around those at which buffers end, up to the largest that has to work."""
        largest = self.role.max_bytes
        edges = (0, 1, *(edge + step for edge in (4096, 65_536, 1_048_576) for step in (-1, 0, 1)))
        yield from (size for size in edges if size < largest - 1)
        yield from (largest - 1, largest)

    def turning_sizes(self) -> Iterator[int]:
        """Sizes behind which services begin to refuse: nothing, a buffer, what proxies take, and the limit."""
        largest = self.role.max_bytes
        yield from (size for size in (0, 65_537, 1_048_577) if size < largest)
        yield largest

    def media_types(self) -> Iterator[tuple[str, str, str]]:
        """The media types that the service takes, each with the end of a name that fits, and one with another.

        Returns:
            What is tried, in words; the media type; the end of the name.

        Raises:
            NotTested: none is declared beside the one of all files.
        """
        yield self.role.media_type, self.role.media_type, extension_of(self.role.media_type)
        if not self.role.media_types:
            raise lacking(self.role, "further_media_types")
        for media_type in self.role.media_types:
            yield media_type, media_type, extension_of(media_type)
        first = self.role.media_types[0]
        yield f"{first} named .bin", first, ".bin"

    def files_by_type(self) -> Iterator[tuple[str, str, bytes]]:
        """A file of each media type that the service takes, and texts that are damaged as texts.

        Returns:
            What is tried, in words; the media type; the file.
        """
        for media_type in (self.role.media_type, *self.role.media_types):
            yield media_type, media_type, file_of(media_type)
            if media_type.startswith("text/"):
                for name in TEXTS:
                    yield f"{media_type}, {name}", media_type, AWKWARD[name]

    def may_refuse(self, media_type: str, end: str) -> bool:
        """Whether the service may refuse a file of this type under this name: its extension says another type."""
        return extension_of(media_type) != end

    def refused_media_type(self) -> str:
        """A media type that the service does not take. Raises NotTested where none is declared."""
        if self.role.refused_media_type is None:
            raise lacking(self.role, "refused_media_type")
        return self.role.refused_media_type

    def refused_size(self) -> int:
        """A size that the service does not take. Raises NotTested where none is declared."""
        if self.role.refused_bytes is None:
            raise lacking(self.role, "size_limit")
        return self.role.refused_bytes

    def patterned(self, size: int, tag: int = 0) -> Content:
        """A file of a size, or of the largest size that has to work."""
        return Content.patterned(min(size, self.role.max_bytes), tag)

    def versions(self) -> tuple[Content, Content]:
        """Two versions of a file; the second one is shorter. Where names are digests, a file has one version alone."""
        old = self.patterned(300_000, tag=1)
        if self.role.names == "digest":
            return old, old
        return old, Content.patterned(old.size * 2 // 3, tag=2)

    def another_version_of(self, size: int) -> Content:
        """A version of this size that is no other; where names are digests, a file has one version alone."""
        return self.versions()[0] if self.role.names == "digest" else Content.patterned(size, tag=3)

    def text_type(self) -> str:
        """A media type of text that the service takes. Raises NotTested where none is declared."""
        found = next((name for name in self.role.media_types if name.startswith("text/")), None)
        if found is None:
            raise lacking(self.role, "text_types")
        return found

    def within_the_limit(self, data: bytes) -> bytes:
        """A file, or as much of it as has to work."""
        return data[: self.role.max_bytes]
