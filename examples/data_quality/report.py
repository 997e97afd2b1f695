"""The report: one HTML page without scripts or outside references, safe to open anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from examples.data_quality.anomalies import Anomaly
from examples.data_quality.markup import Markup, element, table
from examples.data_quality.plots import descent, plot
from examples.data_quality.profiles import ColumnProfile, Kind

MAX_PLOTS: Final = 40

STYLE: Final = Markup("""
:root { color-scheme: light dark; --ink: #1d2733; --soft: #667788; --line: #d9e0e7;
        --paper: #ffffff; --bar: #2f6fb2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa8b5; --line: #34404c; --paper: #12181f; --bar: #6aa7e8; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; } h3 { margin: 1.4rem 0 .3rem; }
p.lead, figcaption { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
.pair { display: flex; flex-wrap: wrap; gap: 2rem; } figure { margin: 0; }
svg { max-width: 100%; height: auto; font: 11px system-ui, sans-serif; }
svg rect { fill: var(--bar); } svg text { fill: var(--soft); } svg line { stroke: var(--line); }
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything the report tells."""

    title: str
    before: Sequence[ColumnProfile]
    after: Sequence[ColumnProfile]
    rounds: Sequence[Mapping[str, Any]]
    remaining: Sequence[Anomaly]
    ragged: int = 0


def write_report(findings: Findings) -> bytes:
    """Return the report as a page in UTF-8."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        element("title", f"Data quality of {findings.title}"),
        element("style", STYLE),
    )
    body = element(
        "body",
        element("h1", "Data quality"),
        element("p", _lead(findings), class_="lead"),
        _rounds(findings),
        _remaining(findings.remaining),
        _columns(findings.after),
        _plots(findings),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()


def _lead(findings: Findings) -> str:
    rows = _row_count(findings.before), _row_count(findings.after)
    left = sum(anomaly.count for anomaly in findings.remaining)
    ragged = f" {findings.ragged} ragged rows were padded or cut." if findings.ragged else ""
    return (
        f"{findings.title}: {rows[0]} rows and {len(findings.before)} columns came in,"
        f" {rows[1]} rows and {len(findings.after)} columns came out;"
        f" {left} anomalies are left after {len(findings.rounds)} rounds.{ragged}"
    )


def _row_count(profiles: Sequence[ColumnProfile]) -> int:
    return profiles[0].row_count if profiles else 0


def _rounds(findings: Findings) -> Markup:
    if not findings.rounds:
        return element(
            "section", element("h2", "Rounds"), element("p", "Nothing had to be mended.")
        )
    rows = [
        (item["round"], mended["column"] or "(rows)", mended["rule"], mended["changed"])
        for item in findings.rounds
        for mended in item["mended"]
    ]
    left = sum(anomaly.count for anomaly in findings.remaining)
    totals = [*(int(item["anomalies"]) for item in findings.rounds), left]
    return element(
        "section",
        element("h2", "Rounds"),
        descent(totals, title="Anomalies from round to round"),
        table(("round", "column", "rule", "cells changed"), rows),
    )


def _remaining(anomalies: Sequence[Anomaly]) -> Markup:
    if not anomalies:
        return element("section", element("h2", "Left over"), element("p", "No anomaly is left."))
    rows = [
        (anomaly.column or "(rows)", anomaly.kind.value, anomaly.count, ", ".join(anomaly.samples))
        for anomaly in anomalies
    ]
    return element(
        "section",
        element("h2", "Left over"),
        table(("column", "anomaly", "cells", "samples"), rows),
    )


def _columns(profiles: Sequence[ColumnProfile]) -> Markup:
    head = ("column", "kind", "missing", "distinct", "lowest", "median", "mean", "highest")
    rows = [
        (
            profile.name,
            profile.kind.value,
            profile.missing,
            profile.distinct,
            profile.low,
            f"{profile.quartiles[1]:.6g}" if profile.quartiles else "",
            "" if profile.mean is None else f"{profile.mean:.6g}",
            profile.high,
        )
        for profile in profiles
    ]
    return element("section", element("h2", "Columns of the cleaned table"), table(head, rows))


def _plots(findings: Findings) -> Markup:
    before = {profile.name: profile for profile in findings.before}
    pairs = [(before[profile.name], profile) for profile in findings.after]
    told = [pair for pair in pairs if pair[1].kind is not Kind.EMPTY][:MAX_PLOTS]
    return element("section", element("h2", "Before and after"), [_pair(*pair) for pair in told])


def _pair(before: ColumnProfile, after: ColumnProfile) -> Markup:
    return element(
        "section",
        element("h3", after.name),
        element("div", _figure(before, "before"), _figure(after, "after"), class_="pair"),
    )


def _figure(profile: ColumnProfile, label: str) -> Markup:
    return element("figure", plot(profile, label=label), element("figcaption", label))
