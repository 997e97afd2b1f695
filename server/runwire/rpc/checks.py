"""The shape of requests: what can be refused without looking anything up.

Every check notes what is wrong under the field's path instead of raising, so that one answer names
every fault of a request; `Faults.done` raises what was noted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from runwire.domain.errors import Invalid, Violation
from runwire.domain.field_paths import field_path
from runwire.domain.ids import check_id, check_queue, check_request_id
from runwire.domain.namespace import SEPARATOR, check_namespace
from runwire.domain.run import MAX_LABELS

MAX_KEY_CHARACTERS: Final = 63
MAX_VALUE_CHARACTERS: Final = 256
MAX_NAME_CHARACTERS: Final = 128
MAX_TEXT_CHARACTERS: Final = 1024
MAX_TOKEN_CHARACTERS: Final = 2048
MAX_START_DELAY_SECONDS: Final = 31_536_000
"""A year."""
MAX_DURATION_SECONDS: Final = 315_576_000
"""Ten years, which is as good as for ever and within the reach of every clock."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NANOS: Final = 1_000_000_000


class Faults:
    """What is wrong with one request, so far."""

    def __init__(self) -> None:
        self._violations: list[Violation] = []
        self._first: Invalid | None = None

    def add(self, field: str, description: str) -> None:
        """Note one fault."""
        self._violations.append(Violation(field, description))

    def take(self, error: Invalid) -> None:
        """Note the faults that an error names, and its reason if it is the first."""
        self._first = self._first or error
        self._violations.extend(error.violations)

    def done(self) -> None:
        """Raise Invalid if anything was noted."""
        if not self._violations:
            return
        only = self._first if len(self._violations) == 1 else None
        raise only or Invalid(
            "; ".join(f"{fault.field}: {fault.description}" for fault in self._violations),
            violations=self._violations,
            field=self._violations[0].field,
        )

    def id(self, field: str, text: str, *, required: bool = True) -> None:
        """Note an id of a run or an artifact that is malformed, or missing although required."""
        if text or required:
            try:
                check_id(text, name=field)
            except Invalid as error:
                self.take(error)

    def whole_id(self, field: str, text: str) -> None:
        """Note an id that is malformed; one that begins with its namespace is not."""
        namespace, separator, local = text.partition(SEPARATOR)
        try:
            if separator:
                check_namespace(namespace, name=field)
            check_id(local if separator else text, name=field)
        except Invalid as error:
            self.take(error)

    def queue(self, field: str, text: str) -> str:
        """Return the name of a queue, empty for the default one; note a malformed one."""
        try:
            return check_queue(text, name=field)
        except Invalid as error:
            self.take(error)
            return ""

    def request_id(self, text: str) -> None:
        """Note a request id that is no UUID."""
        try:
            check_request_id(text)
        except Invalid as error:
            self.take(error)

    def text(
        self,
        field: str,
        text: str,
        *,
        required: bool = False,
        max_characters: int = MAX_NAME_CHARACTERS,
    ) -> None:
        """Note text that is missing, too long or holds NUL characters, which databases refuse."""
        if required and not text:
            self.add(field, "is required")
        if len(text) > max_characters:
            self.add(field, f"is longer than {max_characters} characters")
        if "\0" in text:
            self.add(field, "must not hold NUL characters")

    def marks(self, field: str, marks: Mapping[str, str]) -> None:
        """Note labels, or other short facts, that are too many, too long or have empty keys."""
        if len(marks) > MAX_LABELS:
            self.add(field, f"has {len(marks)} entries, more than {MAX_LABELS}")
            return
        for key, value in marks.items():
            path = field_path(field, key[:MAX_KEY_CHARACTERS])
            self.text(path, key, required=True, max_characters=MAX_KEY_CHARACTERS)
            self.text(path, value, max_characters=MAX_VALUE_CHARACTERS)

    def not_negative(self, field: str, number: int) -> None:
        """Note a negative number; zero is fine."""
        if number < 0:
            self.add(field, "must not be negative")

    def page(self, request: "Paged") -> None:
        """Note a negative page size or an endless page token."""
        self.not_negative("page_size", request.page_size)
        self.text("page_token", request.page_token, max_characters=MAX_TOKEN_CHARACTERS)

    def choice(self, field: str, number: int, choices: EnumDescriptor) -> None:
        """Note a number that is no value of an enum; zero, unspecified, is fine."""
        if number and number not in choices.values_by_number:
            self.add(field, f"no {choices.name} has the number {number}")

    def choices(self, field: str, numbers: Iterable[int], choices: EnumDescriptor) -> None:
        """Note every number that is no value of an enum, or unspecified."""
        for index, number in enumerate(numbers):
            self.choice(f"{field}[{index}]", number, choices)
            if not number:
                self.add(f"{field}[{index}]", f"must not be {choices.values[0].name}")

    def duration(self, field: str, duration: Duration) -> None:
        """Note a duration that is malformed, negative or longer than ten years."""
        seconds, nanos = duration.seconds, duration.nanos
        if abs(nanos) >= _NANOS or seconds * nanos < 0:
            self.add(field, "malformed: nanos must be below 1e9 and have the sign of seconds")
        elif seconds < 0 or nanos < 0:
            self.add(field, "must not be negative")
        elif seconds > MAX_DURATION_SECONDS:
            self.add(field, f"is longer than {MAX_DURATION_SECONDS} s")

    def sha256(self, field: str, text: str) -> None:
        """Note a checksum that is not lower-case hex; an empty one is fine."""
        if text and _SHA256.fullmatch(text) is None:
            self.add(field, "must be 64 lower-case hexadecimal digits")


class Paged(Protocol):
    """A request for one page of a list."""

    @property
    def page_size(self) -> int:
        """At most this many."""

    @property
    def page_token(self) -> str:
        """Where the page before ended."""


def label_paths(faults: Faults, mask: FieldMask) -> Sequence[str]:
    """Return the paths of a mask over labels, ``labels`` or ``labels.KEY``; note any other."""
    paths: list[str] = []
    for index, path in enumerate(mask.paths):
        key = path.removeprefix("labels.").strip("`")
        if path in ("labels", "*"):
            paths.append("labels")
        elif path.startswith("labels.") and key:
            faults.text(f"update_mask.paths[{index}]", key, max_characters=MAX_KEY_CHARACTERS)
            paths.append(f"labels.{key}")
        else:
            faults.add(f"update_mask.paths[{index}]", "must be labels or labels.KEY")
    if not mask.paths:
        faults.add("update_mask", "is required: labels, or labels.KEY for a single one")
    if len(mask.paths) > MAX_LABELS:
        faults.add("update_mask", f"has more than {MAX_LABELS} paths")
    return paths


def seconds_of(duration: Duration) -> float:
    """Return a duration in seconds."""
    return duration.seconds + duration.nanos / _NANOS


def chosen(message: Any, field: str) -> bool:
    """Whether a field with presence was sent."""
    return bool(message.HasField(field))
