/** What of the audit log is asked for, as an AIP-160 filter. */

export interface AuditChoice {
  /** As in Identity: `key:ci`. */
  caller?: string | undefined;
  /** `RunService.CancelRun`, or the full name. */
  method?: string | undefined;
  /** `ok`, `refused`, or a number of gRPC. */
  result?: string | undefined;
  /** `run_id=r-1`, or `run_id` alone. */
  subject?: string | undefined;
  /** `1h`, `24h`, `7d`. */
  since?: string | undefined;
}

export const SPANS: Readonly<Record<string, string>> = {
  "1h": "the last hour",
  "24h": "the last day",
  "7d": "the last week",
  "30d": "the last month",
};

const HOUR_MS = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS };

export const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** Return the filter; empty for everything. */
export function auditFilter(choice: AuditChoice, now: number): string {
  const { caller, method, result, subject, since } = choice;
  return [
    caller ? `caller = ${quoted(caller)}` : "",
    method ? `method = ${quoted(fullName(method))}` : "",
    result ? resultPart(result) : "",
    subject ? subjectPart(subject) : "",
    since ? sincePart(since, now) : "",
  ]
    .filter(Boolean)
    .join(" AND ");
}

/** Return a method as people say it: without the package. */
export function shortName(method: string | undefined): string {
  return (method ?? "").replace(/^\/runwire\.v1\./, "").replace("/", ".");
}

export function codeName(code: number | undefined): string {
  return CODES[code ?? 0] ?? `code ${code}`;
}

/** Return a text as a filter reads it back. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

function fullName(method: string): string {
  if (method.startsWith("/")) return method;
  return `/runwire.v1.${method.replace(".", "/")}`;
}

function resultPart(result: string): string {
  if (result === "ok") return "code = 0";
  return result === "refused" ? "code != 0" : `code = ${Number.parseInt(result, 10) || 0}`;
}

function subjectPart(subject: string): string {
  const at = subject.indexOf("=");
  const name = (at < 0 ? subject : subject.slice(0, at)).trim();
  if (!/^\w+$/.test(name)) return "";
  const value = subject.slice(at + 1).trim();
  return at < 0 || !value ? `subject.${name}:*` : `subject.${name} = ${quoted(value)}`;
}

function sincePart(since: string, now: number): string {
  const [, amount, unit] = /^(\d{1,4})([hd])$/.exec(since) ?? [];
  const size = UNITS[unit ?? ""];
  if (!size) return "";
  return `event_time >= ${quoted(new Date(now - Number(amount) * size).toISOString())}`;
}
