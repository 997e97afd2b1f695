"""The data-quality graph: profile a table, find what is wrong, mend it, until little is left.

    profile ─▶ detect ─┬─▶ derive ─▶ apply ─▶ profile …
                       └─▶ report

The table itself travels from node to node as an artifact; the state carries ids and small facts.
All nodes are plain functions, so they run on threads and may compute as long as they need.
"""

import json
import operator
from typing import Annotated, Any, TypedDict

from pydantic import Field

from examples.data_quality import anomalies, profiles, rules
from examples.data_quality.mending import apply_rule
from examples.data_quality.report import Findings, write_report
from examples.data_quality.sources import dataset
from examples.data_quality.table import BadTable, read_csv, write_csv
from runwire import END, START, Graph, SyncContext

DEFAULT_THRESHOLD = 0
DEFAULT_MAX_ROUNDS = 5


class QualityInput(TypedDict, total=False):
    """A table (the id of an artifact) or the name of a dataset, and how far to go."""

    table: str
    dataset: str
    threshold: Annotated[int, Field(ge=0)]
    max_rounds: Annotated[int, Field(ge=0, le=100)]
    keep_outliers: list[str]


class QualityOutput(TypedDict, total=False):
    """Ids of the artifacts that come out, and what was done on the way."""

    cleaned: str
    report: str
    row_count: int
    anomaly_count: int
    round: int
    rounds: Annotated[list[dict[str, Any]], operator.add]


class QualityState(QualityInput, QualityOutput, total=False):
    """What nodes tell each other; `current` and the profiles are ids of artifacts, too."""

    current: str
    profile: str
    first_profile: str
    ragged: int
    anomalies: list[dict[str, Any]]
    rules: list[dict[str, Any]]


graph = Graph(
    "data_quality",
    state=QualityState,
    input=QualityInput,
    output=QualityOutput,
    description="Finds what is wrong with a CSV table, mends it, and reports.",
)


@graph.node(retries=2, retry_on=OSError, timeout_seconds=300)
def profile(state: QualityState, context: SyncContext) -> dict[str, Any]:
    """Describe every column: kind, gaps, distinct values, spread."""
    current = state.get("current") or _source(state, context)
    table = read_csv(context.artifacts.load(current))
    told = []
    for place, (name, cells) in enumerate(table.columns.items(), start=1):
        told.append(profiles.profile_column(name, cells))
        context.progress(place / len(table.columns), f"profiled {name}")
    saved = _save(context, f"profile-{state.get('round', 0)}.json", profiles.to_json(told))
    context.log("table profiled", rows=table.row_count, columns=len(told), ragged=table.ragged)
    return {
        "current": current,
        "profile": saved,
        "first_profile": state.get("first_profile", saved),
        "row_count": table.row_count,
        "ragged": state.get("ragged", table.ragged),
    }


@graph.node(retries=2, timeout_seconds=300)
def detect(state: QualityState, context: SyncContext) -> dict[str, Any]:
    """Find missing values, mixed types, outliers, spelling variants and duplicate rows."""
    table = read_csv(context.artifacts.load(state["current"]))
    keep = frozenset(state.get("keep_outliers", []))
    found = anomalies.find_anomalies(table, _profiles(context, state["profile"]), keep)
    total = sum(anomaly.count for anomaly in found)
    context.log("anomalies counted", round=state.get("round", 0), anomalies=total)
    return {"anomalies": anomalies.to_json(found), "anomaly_count": total}


def choose(state: QualityState) -> str:
    """Go another round while too much is wrong and rounds are left."""
    enough = state["anomaly_count"] <= state.get("threshold", DEFAULT_THRESHOLD)
    over = state.get("round", 0) >= state.get("max_rounds", DEFAULT_MAX_ROUNDS)
    return "report" if enough or over else "mend"


@graph.node
def derive(state: QualityState, context: SyncContext) -> dict[str, Any]:
    """Turn anomalies into rules."""
    found = anomalies.from_json(state["anomalies"])
    derived = rules.derive_rules(found, _profiles(context, state["profile"]))
    return {"rules": rules.to_json(derived)}


@graph.node(retries=2, timeout_seconds=300)
def apply(state: QualityState, context: SyncContext) -> dict[str, Any]:
    """Apply the rules, one after the other, and save the table that comes out."""
    table = read_csv(context.artifacts.load(state["current"]))
    todo = rules.from_json(state["rules"])
    mended = []
    for place, rule in enumerate(todo, start=1):
        table, changed = apply_rule(table, rule)
        mended.append({"column": rule.column, "rule": rule.describe(), "changed": changed})
        context.progress(place / len(todo), f"{rule.column or 'rows'}: {rule.describe()}")
    done = state.get("round", 0) + 1
    saved = context.artifacts.save(f"table-{done}.csv", write_csv(table), "text/csv")
    told = {"round": done, "anomalies": state["anomaly_count"], "mended": mended}
    return {"current": saved.artifact_id, "round": done, "rounds": [told]}


@graph.node(retries=2, timeout_seconds=300)
def report(state: QualityState, context: SyncContext) -> dict[str, Any]:
    """Save the cleaned table and a page that tells what was done to it."""
    findings = Findings(
        title=state.get("dataset") or "The table",
        before=_profiles(context, state["first_profile"]),
        after=_profiles(context, state["profile"]),
        rounds=state.get("rounds", []),
        remaining=anomalies.from_json(state["anomalies"]),
        ragged=state.get("ragged", 0),
    )
    table = read_csv(context.artifacts.load(state["current"]))
    page = write_report(findings)
    cleaned = context.artifacts.save("cleaned.csv", write_csv(table), "text/csv")
    told = context.artifacts.save("report.html", page, "text/html; charset=utf-8")
    return {"cleaned": cleaned.artifact_id, "report": told.artifact_id}


graph.edge(START, "profile")
graph.edge("profile", "detect")
graph.branch("detect", choose, {"mend": "derive", "report": "report"})
graph.edge("derive", "apply")
graph.edge("apply", "profile")
graph.edge("report", END)


def _source(state: QualityState, context: SyncContext) -> str:
    """Return the artifact to begin with: the caller's, or a dataset's content saved as one."""
    if state.get("table"):
        return state["table"]
    if not state.get("dataset"):
        raise BadTable("no table: pass the artifact id of a CSV as `table`, or a name as `dataset`")
    content = dataset(state["dataset"])
    return context.artifacts.save(f"{state['dataset']}.csv", content, "text/csv").artifact_id


def _profiles(context: SyncContext, artifact_id: str) -> list[profiles.ColumnProfile]:
    return profiles.from_json(json.loads(context.artifacts.load(artifact_id)))


def _save(context: SyncContext, name: str, value: Any) -> str:
    content = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return context.artifacts.save(name, content, "application/json").artifact_id
