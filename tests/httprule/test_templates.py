"""Path templates and look-ups, by the tables of the conformance cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from httprule.faults import TemplateError
from httprule.options import GENERAL_DELIMITERS
from httprule.template import Template
from httprule.trie import Trie

FILE = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
LOOKUPS = [
    pytest.param(group["templates"], *lookup, id=f"{index}-{lookup[1]}")
    for index, group in enumerate(FILE["matcher_cases"])
    for lookup in group["lookups"]
]


@pytest.mark.parametrize("case", FILE["template_cases"], ids=lambda case: case["template"])
def test_a_template_is_taken_apart_or_refused(case: dict[str, Any]) -> None:
    if not case["valid"]:
        with pytest.raises(TemplateError):
            Template.parse(case["template"])
        return
    template = Template.parse(case["template"])
    if "segments" in case:
        assert list(template.segments) == case["segments"]
    assert template.verb == case.get("verb", template.verb)
    if "variables" in case:
        shown = {variable.field: "/".join(variable.segments) for variable in template.variables}
        assert shown == case["variables"]


@pytest.mark.parametrize(("templates", "method", "path", "expected", "values"), LOOKUPS)
def test_a_path_leads_to_its_template(
    templates: list[str], method: str, path: str, expected: str | None, values: Any
) -> None:
    trie: Trie[Template] = Trie()
    others = [trie.add(template, template) for template in map(Template.parse, templates)]
    if method == "REGISTER":
        assert [str(other) for other in others if other] == [path]
        return
    assert not any(others)
    found = trie.find(path) if method == "GET" else None
    if expected is None or found is None:
        assert found is expected
        return
    template, segments = found
    assert str(template) == expected
    assert values == {
        variable.field: variable.value(segments, GENERAL_DELIMITERS)
        for variable in template.variables
    }


def test_every_case_of_the_tables_is_there() -> None:
    assert (len(FILE["cases"]), len(FILE["template_cases"]), len(LOOKUPS)) == (115, 57, 41)
