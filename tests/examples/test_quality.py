from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from examples.data_quality import anomalies, profiles, rules
from examples.data_quality.anomalies import Anomaly, AnomalyKind, find_anomalies, outlier_fences
from examples.data_quality.mending import apply_rule, mend_column
from examples.data_quality.profiles import Kind, profile_column, profile_table
from examples.data_quality.report import Findings, write_report
from examples.data_quality.rules import Cast, Fill, FillForward, Rule, derive_rules
from examples.data_quality.sources import dataset, dataset_names
from examples.data_quality.spelling import one_slip_apart, spelling_replacements
from examples.data_quality.table import BadTable, Table, read_csv

ORDERS = Path("examples/data_quality/orders.csv").read_bytes()


def mend(table: Table, max_rounds: int = 5) -> tuple[Table, list[Anomaly], list[Rule]]:
    """The loop of the graph, without the graph."""
    applied: list[Rule] = []
    for _ in range(max_rounds):
        found = find_anomalies(table, profile_table(table))
        for rule in derive_rules(found, profile_table(table)):
            table, _ = apply_rule(table, rule)
            applied.append(rule)
    return table, find_anomalies(table, profile_table(table)), applied


def kinds(found: Sequence[Anomaly]) -> set[AnomalyKind]:
    return {anomaly.kind for anomaly in found}


def test_the_sample_table_holds_every_kind_of_anomaly():
    table = read_csv(ORDERS)
    assert kinds(find_anomalies(table, profile_table(table))) == set(AnomalyKind)


def test_mending_the_sample_table_leaves_no_anomaly():
    table, left, applied = mend(read_csv(ORDERS))
    assert left == []
    assert table.row_count == 120
    assert "note" not in table.columns
    assert set(table.columns["payment"]) == {"card", "cash", "transfer"}
    assert {rule.kind for rule in applied} >= {"fill", "clip", "cast", "normalise", "drop column"}


@pytest.mark.skipif(not dataset_names(), reason="needs vega_datasets")
@pytest.mark.parametrize("name", ["airports", "seattle-weather", "stocks", "la-riots"])
def test_real_tables_come_to_rest(name: str):
    _, left, _ = mend(read_csv(dataset(name)))
    assert left == []


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "", "3"], Kind.NUMBER),
        (["2012/01/01", "2012/01/02"], Kind.DATE),
        (["red", "Red", "blue"], Kind.CATEGORY),
        ([f"order {n}" for n in range(99)], Kind.TEXT),
        (["", "n/a"], Kind.EMPTY),
        ([], Kind.EMPTY),
        (["02139", "10001"], Kind.CATEGORY),
    ],
)
def test_a_column_is_what_most_of_its_values_are(cells: list[str], kind: Kind):
    assert profile_column("x", cells).kind is kind


def test_a_profile_counts_gaps_values_and_spread():
    told = profile_column("x", ["1", "2", "3", "4", "n/a", "4"])
    assert (told.row_count, told.missing, told.distinct) == (6, 1, 4)
    assert (told.low, told.high, told.mean, told.quartiles) == ("1", "4", 2.8, (2, 3, 4))
    assert sum(told.bins) == 5


def test_heavy_rain_is_rare_but_not_wrong():
    rain = [0.0] * 60 + [1.0, 2.0, 4.0, 8.0, 16.0, 32.0] * 8
    low, high = outlier_fences(rain)
    assert low == 0.0
    assert high > 32


def test_a_column_of_nearly_one_value_has_no_outliers():
    assert outlier_fences([5.0] * 50 + [6.0]) == (0.0, float("inf"))


def test_columns_whose_outliers_are_true_can_be_kept():
    table = Table({"x": [str(n) for n in range(30)] + ["9000"]})
    assert kinds(find_anomalies(table, profile_table(table))) == {AnomalyKind.OUTLIER}
    assert find_anomalies(table, profile_table(table), keep={"x"}) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("crad", "card", True),
        ("porrto", "porto", True),
        ("cart", "card", True),
        ("port", "porto", True),
        ("male", "female", False),
        ("card", "card", False),
        ("badc", "abcd", False),
    ],
)
def test_one_slip_is_one_letter(one: str, other: str, expected: bool):
    assert one_slip_apart(one, other) is one_slip_apart(other, one) is expected


def test_a_rare_word_is_a_slip_only_of_a_frequent_one():
    assert spelling_replacements({"card": 50, "crad": 1}) == {"crad": "card"}
    assert spelling_replacements({"card": 5, "cart": 4}) == {}
    assert spelling_replacements({"type1": 50, "type2": 1}) == {}
    assert spelling_replacements({"Rain": 9, " rain": 1, "RAIN": 2}) == {
        " rain": "Rain",
        "RAIN": "Rain",
    }


def test_rules_mend_cells_and_leave_the_others_alone():
    cast = Cast(column="x", decimals=2)
    assert mend_column(["1.5", "$2", "two", ""], cast) == ["1.5", "2.00", "", ""]
    assert mend_column(["", "a", "", "b"], FillForward(column="x")) == ["a", "a", "a", "b"]
    assert mend_column(["n/a", "0"], Fill(column="x", value="7")) == ["7", "0"]


@pytest.mark.parametrize(
    ("make", "there", "back"),
    [
        (lambda table: profile_table(table), profiles.to_json, profiles.from_json),
        (
            lambda table: find_anomalies(table, profile_table(table)),
            anomalies.to_json,
            anomalies.from_json,
        ),
        (lambda table: mend(table)[2], rules.to_json, rules.from_json),
    ],
)
def test_what_travels_in_the_state_survives_it(make: Callable, there: Callable, back: Callable):
    values = make(read_csv(ORDERS))
    assert back(there(values)) == values


def test_an_unknown_dataset_is_refused_by_name():
    with pytest.raises(BadTable, match=r"movies|vega_datasets"):
        dataset("movies")
    with pytest.raises(BadTable):
        dataset("../../etc/passwd")


class Tags(HTMLParser):
    """Which tags a page has, and whether every one is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_shows_hostile_names_and_values_as_text():
    evil = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
    table = Table({evil: [evil, evil.upper(), evil, "  " + evil]})
    before = profile_table(table)
    found = find_anomalies(table, before)
    mended = [{"column": evil, "rule": evil, "changed": 1}]
    page = write_report(
        Findings(
            title=evil,
            before=before,
            after=before,
            rounds=[{"round": 1, "anomalies": 3, "mended": mended}],
            remaining=found,
            ragged=1,
        )
    ).decode()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {"script", "img"} & set(tags.seen)
    assert "svg" in tags.seen
    assert "&lt;script&gt;" in page
