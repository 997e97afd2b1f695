import pytest
from examples.data_quality import table
from examples.data_quality.table import BadTable, Table, read_csv, write_csv
from hypothesis import given
from hypothesis import strategies as st

cells = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_a_table_that_is_written_reads_back_the_same(rows: list[tuple[str, str]]):
    told = [row for row in rows if any(cell.strip() for cell in row)]
    columns = list(zip(*told, strict=True)) or [(), ()]
    whole = Table({"left": columns[0], "right": columns[1]})
    assert dict(read_csv(write_csv(whole)).columns) == dict(whole.columns)


def test_short_and_long_rows_are_fitted_and_counted():
    read = read_csv(b"a,b\n1\n1,2,3\n4,5\n")
    assert list(read.rows()) == [("1", ""), ("1", "2"), ("4", "5")]
    assert read.ragged == 2


def test_a_header_always_names_every_column_once():
    read = read_csv(b"a,,a, a ,a_3\n1,2,3,4,5\n")
    assert len(set(read.columns)) == 5
    assert list(read.columns)[:2] == ["a", "column_2"]


def test_semicolons_byte_order_marks_and_old_encodings_are_understood():
    assert list(read_csv("\ufeffa;b\n1;2\n".encode()).columns) == ["a", "b"]
    assert list(read_csv("städte,b\nKöln,2\n".encode("cp1252")).columns) == ["städte", "b"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n\0", b'a\n"' + b"x" * 200_000])
def test_what_is_no_table_is_refused(content: bytes):
    with pytest.raises(BadTable):
        read_csv(content)


def test_a_table_with_too_many_columns_or_bytes_is_refused(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(BadTable, match="201 columns"):
        read_csv(b",".join([b"x"] * 201))
    monkeypatch.setattr(table, "MAX_BYTES", 3)
    with pytest.raises(BadTable, match="takes 3 at most"):
        read_csv(b"a,b\n")
