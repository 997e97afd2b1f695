"""What the agent can do: look for trains, and book one if a person agrees."""

from langchain_core.tools import tool
from langgraph.types import interrupt

TIMETABLE = (
    {"train": "EC 217", "from": "Vienna", "to": "Zagreb", "departs": "07:58", "euros": 39},
    {"train": "EN 414", "from": "Vienna", "to": "Zurich", "departs": "21:27", "euros": 59},
    {"train": "RJ 560", "from": "Graz", "to": "Vienna", "departs": "09:26", "euros": 24},
)
CITIES = sorted({str(row[end]) for row in TIMETABLE for end in ("from", "to")})


@tool
def find_trains(origin: str, destination: str) -> list[dict[str, str | int]]:
    """Return the trains from one city to another."""
    wanted = origin.casefold(), destination.casefold()
    found = [
        row
        for row in TIMETABLE
        if (str(row["from"]).casefold(), str(row["to"]).casefold()) == wanted
    ]
    return [dict(row) for row in found]


@tool
def book_train(train: str) -> str:
    """Book a seat on a train, once a person has said yes."""
    row = next((row for row in TIMETABLE if row["train"] == train), None)
    if row is None:
        return f"There is no train {train}."
    price = row["euros"]
    question = {"question": f"Book {train} for {price} euros?", "train": train, "euros": price}
    # Nothing before this line has an effect: the tool is called again with the answer.
    answer = interrupt(question)
    if not answer or (isinstance(answer, dict) and not answer.get("approved")):
        return f"{train} was not booked: nobody wants to pay {price} euros."
    return f"{train} is booked, seat 42."


TOOLS = [find_trains, book_train]
