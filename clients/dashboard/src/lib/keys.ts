/** Keys: whether they count, what they are called, and what a form says of a new one. */
import type { Key, NewKey, Role } from "@/api/keys";
import type { Violation } from "@/api/errors";
import type { Tone } from "@/lib/status";

export const ROLES = {
  ROLE_READER: "Reads everything in its namespace but keys and the audit log",
  ROLE_RUNNER: "Also creates, cancels, resumes, forks and deletes runs",
  ROLE_ADMIN: "Everything, keys and the audit log included",
  ROLE_WORKER: "Only serves as a worker, for all namespaces",
} as const satisfies Partial<Record<Role, string>>;
export type KnownRole = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as KnownRole[];

const DAY_SECONDS = 86_400;

export function roleWord(role: Role | undefined): string {
  return (role ?? "ROLE_READER").replace("ROLE_", "").toLowerCase();
}

/** Whether a key counts, as a word and a colour. */
export function stateOf(key: Key, now: number): { word: string; tone: Tone } {
  if (key.revokeTime) return { word: "revoked", tone: "failed" };
  if (key.expireTime && Date.parse(key.expireTime) <= now)
    return { word: "expired", tone: "cancelled" };
  return { word: "counts", tone: "succeeded" };
}

/** What somebody has typed of a new key. */
export interface KeyDraft {
  displayName: string;
  role: KnownRole;
  namespace: string;
  /** With commas or blanks between them. */
  graphs: string;
  /** In days; empty for ever. */
  days: string;
  callsPerSecond: string;
  burstCalls: string;
}

export const EMPTY_DRAFT: KeyDraft = {
  displayName: "",
  role: "ROLE_READER",
  namespace: "",
  graphs: "",
  days: "90",
  callsPerSecond: "",
  burstCalls: "",
};

/** Return what is wrong with a draft, by field. */
export function faultsOf(draft: KeyDraft): Partial<Record<keyof KeyDraft, string>> {
  const number = (text: string) => !text.trim() || Number(text) > 0;
  return {
    ...(draft.displayName.trim() ? {} : { displayName: "What people shall call it." }),
    ...(number(draft.days) ? {} : { days: "A number of days, or nothing for ever." }),
    ...(number(draft.callsPerSecond) ? {} : { callsPerSecond: "A number above 0." }),
    ...(number(draft.burstCalls) && Number.isInteger(Number(draft.burstCalls))
      ? {}
      : { burstCalls: "A whole number above 0." }),
  };
}

/** Return the request that a draft without faults is. */
export function requestOf(draft: KeyDraft): NewKey {
  const graphs = draft.graphs.split(/[\s,]+/).filter(Boolean);
  const namespace = draft.role === "ROLE_WORKER" ? "*" : draft.namespace.trim();
  return {
    displayName: draft.displayName.trim(),
    role: draft.role,
    ...(namespace ? { namespace } : {}),
    ...(graphs.length ? { graphs } : {}),
    ...(draft.days.trim() ? { lifetime: `${Math.round(Number(draft.days) * DAY_SECONDS)}s` } : {}),
    ...(draft.callsPerSecond.trim() ? { callsPerSecond: Number(draft.callsPerSecond) } : {}),
    ...(draft.burstCalls.trim() ? { burstCalls: Number(draft.burstCalls) } : {}),
  };
}

const FIELDS: Readonly<Record<string, keyof KeyDraft>> = {
  displayName: "displayName",
  role: "role",
  namespace: "namespace",
  graphs: "graphs",
  lifetime: "days",
  callsPerSecond: "callsPerSecond",
  burstCalls: "burstCalls",
};

/** Return what the server found wrong, by the field where it was typed. */
export function refusedFields(
  violations: readonly Violation[],
): Partial<Record<keyof KeyDraft, string>> {
  const found = violations.flatMap(({ field, description }) => {
    const [first = ""] = field.split(/[.[]/);
    const name = FIELDS[first.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
    return name ? [[name, description] as const] : [];
  });
  return Object.fromEntries(found);
}
