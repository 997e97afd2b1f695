import pytest
from examples.data_quality import values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        (" -3.50 ", -3.5),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("007", None),
        ("02139", None),
        ("1_000", None),
        ("١٢", None),
        ("1,000", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("", None),
        ("12 apples", None),
    ],
)
def test_a_cell_is_a_number_only_if_it_spells_one_plainly(text: str, expected: float | None):
    assert values.number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$1,234.50", 1234.5), ("€ 7", 7.0), ("15%", 15.0), ("1,5", None), ("twelve", None)],
)
def test_a_cell_with_ornaments_still_means_a_number(text: str, expected: float | None):
    assert values.loose_number(text) == expected


def test_words_that_stand_for_nothing_are_missing():
    assert all(map(values.is_missing, ["", "  ", "N/A", "null", "-", "?", " NaN "]))
    assert not any(map(values.is_missing, ["0", "no", "unknown"]))


def test_a_number_is_spelled_with_the_decimals_of_its_column():
    assert values.spell(3.14159, 2) == "3.14"
    assert values.spell(2.6, 0) == "3"
    assert values.decimals_of("1.250") == 3
    assert values.decimals_of("1e5") == 0


def test_a_date_in_another_format_is_spelled_as_the_column_spells_dates():
    assert values.loose_date("2026/01/21", "%Y-%m-%d") == "2026-01-21"
    assert values.loose_date("2026-02-30", "%Y-%m-%d") is None
    assert values.likely_date_format(["Jan 1 2000", "Feb 1 2000"]) == "%b %d %Y"
    assert values.likely_date_format(["red", "blue"]) == ""
