"""What many readers are told is put together once, and is what each would have been told alone."""

from runwire.http.langgraph.tellings import Tellings, Told


def told(size: int) -> Told:
    return Told(b"x" * size)


def test_it_is_made_once_for_all_who_ask() -> None:
    tellings, made = Tellings(), []

    def make() -> Told:
        made.append(1)
        return told(10)

    first = tellings.get(("run", 1, 5), make)
    assert tellings.get(("run", 1, 5), make) is first
    assert len(made) == 1
    tellings.get(("run", 5, 9), make)
    assert len(made) == 2


def test_what_is_kept_is_bounded_and_the_oldest_goes() -> None:
    tellings = Tellings(max_bytes=100)
    kept = [tellings.get(key, lambda: told(40)) for key in range(2)]
    assert tellings.get(0, lambda: told(1)) is kept[0]
    tellings.get(2, lambda: told(40))
    assert tellings.get(0, lambda: told(1)) is kept[0]
    assert tellings.get(1, lambda: told(1)) == told(1)


def test_what_is_too_large_is_told_and_not_kept() -> None:
    tellings = Tellings(max_bytes=100)
    assert len(tellings.get("large", lambda: told(500)).piece) == 500
    assert tellings.get("large", lambda: told(1)) == told(1)
