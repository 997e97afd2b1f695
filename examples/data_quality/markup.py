"""Markup that cannot be broken by what it shows: every plain string is escaped on its way in."""

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is markup already; only this module and constants make it."""

    __slots__ = ()


Child = str | int | Markup | Iterable["Child"]


def element(name: str, *children: Child, **attributes: str | float) -> Markup:
    """Return an element; `class_` is `class`, `stroke_width` is `stroke-width`."""
    spelled = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{spelled}>{text(children)}</{name}>")


def text(child: Child) -> Markup:
    """Return one child, or many, as markup; what is not markup is escaped."""
    match child:
        case Markup():
            return child
        case str() | int():
            return Markup(escape(str(child)))
        case _:
            return Markup("".join(map(text, child)))


def table(head: Iterable[Child], rows: Iterable[Iterable[Child]], **attributes: str) -> Markup:
    """Return a table with a head and rows of cells."""
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", [element("th", cell, scope="col") for cell in head])),
            element(
                "tbody",
                [element("tr", [element("td", cell) for cell in row]) for row in rows],
            ),
            **attributes,
        ),
        class_="scroll",
    )
