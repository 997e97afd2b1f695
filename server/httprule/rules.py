"""The rules of services: one route for each binding, checked when the program starts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from httprule.faults import Invalid, RuleError, TemplateError
from httprule.paths import field_path
from httprule.template import Template

WHOLE: Final = "*"
ANY_METHOD: Final = "*"

_VERBS: Final = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Route:
    """One binding of an RPC to an HTTP method and a path template."""

    http_method: str
    template: Template
    method: MethodDescriptor
    body: str
    response_body: str

    def __str__(self) -> str:
        return f"{self.method.full_name} ({self.http_method} {self.template})"

    @property
    def body_field(self) -> FieldDescriptor | None:
        """The field that the body is, if it is one field."""
        found: FieldDescriptor | None = self.method.input_type.fields_by_name.get(self.body)
        return found

    @property
    def response_field(self) -> FieldDescriptor | None:
        """The field that is sent back instead of the whole response."""
        found: FieldDescriptor | None = self.method.output_type.fields_by_name.get(
            self.response_body
        )
        return found


def routes_of(services: Iterable[ServiceDescriptor]) -> Iterator[Route]:
    """Yield every route of some services, or say which rule is wrong."""
    for service in services:
        for method in service.methods:
            rule = _rule(method)
            if rule is None:
                continue
            for binding in (rule, *rule.additional_bindings):
                if binding is not rule and binding.additional_bindings:
                    raise RuleError(
                        f"{method.full_name}: additional_bindings inside of additional_bindings"
                    )
                yield _route(method, binding)


def _rule(method: MethodDescriptor) -> Any:
    options = method.GetOptions()
    if options.DESCRIPTOR is not MethodOptions.DESCRIPTOR:
        # A pool of its own has options that do not know the extension.
        options = MethodOptions.FromString(options.SerializeToString())
    extension = annotations_pb2.http
    return options.Extensions[extension] if options.HasExtension(extension) else None


def _route(method: MethodDescriptor, rule: Any) -> Route:
    http_method, path = _pattern(method, rule)
    try:
        template = Template.parse(path)
    except TemplateError as error:
        raise TemplateError(f"{method.full_name}: {error}") from None
    route = Route(http_method, template, method, rule.body, rule.response_body)
    _check(route)
    return route


def _pattern(method: MethodDescriptor, rule: http_pb2.HttpRule) -> tuple[str, str]:
    which = rule.WhichOneof("pattern")
    if which in _VERBS:
        return which.upper(), getattr(rule, which)
    if which == "custom" and rule.custom.kind:
        return rule.custom.kind, rule.custom.path
    raise RuleError(f"{method.full_name}: a rule without a path; give it get, post, …")


def _check(route: Route) -> None:
    """Refuse fields that are not there, or that a path or body cannot be."""
    for variable in route.template.variables:
        _check_variable(route, variable.field)
    if route.body not in ("", WHOLE) and route.body_field is None:
        raise RuleError(f"{route}: the request has no field {route.body} to be the body")
    if any(variable.field == route.body for variable in route.template.variables):
        raise RuleError(f"{route}: {route.body} is in the path, so it cannot be the body")
    if route.response_body and route.response_field is None:
        raise RuleError(f"{route}: the response has no field {route.response_body}")


def _check_variable(route: Route, name: str) -> None:
    try:
        found = field_path(route.method.input_type, name.split("."), json_names=False)
    except Invalid as fault:
        raise RuleError(f"{route}: the variable {fault.path}: {fault.problem}") from None
    if found.repeated:
        raise RuleError(f"{route}: the variable {name}: a repeated field")
