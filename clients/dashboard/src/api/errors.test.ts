import { expect, it } from "vitest";

import { asApiError, CODE, errorOf } from "@/api/errors";

const STATUS = {
  code: 3,
  message: "the input does not fit",
  details: [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "INPUT_SCHEMA_MISMATCH" },
    { "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId: "r-1" },
    {
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: "spec.input.amount", description: "must be a number" }],
    },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2.5s" },
  ],
};

it("reads what a Status says", () => {
  const error = errorOf(STATUS, "nothing");
  expect(error.message).toBe("the input does not fit");
  expect(error.code).toBe(CODE.invalidArgument);
  expect(error.reason).toBe("INPUT_SCHEMA_MISMATCH");
  expect(error.requestId).toBe("r-1");
  expect(error.retrySeconds).toBe(2.5);
  expect(error.violations).toEqual([
    { field: "spec.input.amount", description: "must be a number" },
  ]);
  expect(error.temporary).toBe(false);
});

it("makes do with an answer that is no Status", () => {
  const error = errorOf(undefined, "the server answered 502");
  expect(error.message).toBe("the server answered 502");
  expect(error.temporary).toBe(true);
  expect(asApiError(error)).toBe(error);
  expect(asApiError(new Error("oh")).message).toBe("oh");
  expect(asApiError("oh").message).toBe("oh");
});
