"""What is wrong with a value of a request, told apart from how the caller is told."""

from typing import Final

INVALID_FIELD: Final = "INVALID_FIELD"
UNDECODABLE: Final = "REQUEST_UNDECODABLE"


class Invalid(ValueError):
    """A value that does not fit: what is wrong, and at which field."""

    def __init__(self, problem: str, path: str = "", *, reason: str = INVALID_FIELD) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.reason = reason


class RuleError(ValueError):
    """A rule that cannot be served; names the method and the rule."""


class TemplateError(RuleError):
    """A path template that is not one."""


class WrongType(ValueError):
    """A body of a content type that is not taken."""
