/** What a call that failed says: the google.rpc.Status that every answer other than 2xx carries. */
import type { Status } from "@/api/types";

export interface Violation {
  /** Path of the field at fault, as `spec.input.rows[0].name`. */
  field: string;
  description: string;
}

/** gRPC's codes that the dashboard tells apart. */
export const CODE = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
} as const;

type Detail = Record<string, unknown>;

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    /** gRPC's code; UNAVAILABLE where no answer came. */
    readonly code: number,
    /** One word for programs, as INVALID_FIELD. */
    readonly reason = "",
    readonly violations: readonly Violation[] = [],
    /** Under which the server logged the call. */
    readonly requestId = "",
    /** When to come back, where the server says so. */
    readonly retrySeconds = 0,
  ) {
    super(message);
  }

  /** Whether the same call may well succeed later. */
  get temporary(): boolean {
    return this.code === CODE.unavailable;
  }
}

/** Return the error that a Status describes. */
export function errorOf(status: Status | undefined, fallback: string): ApiError {
  const details = (status?.details ?? []) as Detail[];
  const find = (type: string) =>
    details.find((each) => String(each["@type"] ?? "").endsWith(`google.rpc.${type}`));
  const faults = find("BadRequest")?.["fieldViolations"];
  return new ApiError(
    status?.message || fallback,
    status?.code ?? CODE.unavailable,
    String(find("ErrorInfo")?.["reason"] ?? ""),
    Array.isArray(faults) ? faults.map(violation) : [],
    String(find("RequestInfo")?.["requestId"] ?? ""),
    Number.parseFloat(String(find("RetryInfo")?.["retryDelay"] ?? "0")) || 0,
  );
}

/** Return anything that was thrown as an ApiError. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError(message, 2);
}

function violation(each: Detail): Violation {
  return { field: String(each["field"] ?? ""), description: String(each["description"] ?? "") };
}
