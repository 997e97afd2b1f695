/** What a failed run says about what went wrong, for showing it. */
import type { Run } from "@/api/types";
import { isRecord } from "@/lib/schema/resolve";

export interface Failure {
  message: string;
  /** One word for programs, as NODE_FAILED. */
  reason: string;
  node: string;
  /** Everything else, by name. */
  facts: readonly (readonly [string, string])[];
}

export function failureOf(run: Run): Failure | null {
  if (!run.error) return null;
  const details: readonly unknown[] = run.error.details ?? [];
  const info = details
    .filter(isRecord)
    .find((each) => String(each["@type"]).endsWith("google.rpc.ErrorInfo"));
  const metadata = isRecord(info?.["metadata"]) ? info["metadata"] : {};
  const facts = Object.entries(metadata)
    .filter(([name]) => name !== "node" && name !== "run_id")
    .map(([name, value]) => [name, String(value)] as const);
  return {
    message: run.error.message ?? "",
    reason: String(info?.["reason"] ?? ""),
    node: String(metadata["node"] ?? ""),
    facts,
  };
}
