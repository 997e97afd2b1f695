"""What is said of an exception fits in an error and in any database, whatever it says itself."""

from runwire.engine.faults import cut, words


class Mute(Exception):
    """One that cannot even be read."""

    def __str__(self) -> str:
        raise RuntimeError


def test_what_no_database_takes_is_replaced() -> None:
    assert cut("a\0b \ud800") == "a\N{REPLACEMENT CHARACTER}b ?"


def test_an_exception_that_cannot_be_read_is_told_by_its_class() -> None:
    assert words(Mute()) == "Mute"
