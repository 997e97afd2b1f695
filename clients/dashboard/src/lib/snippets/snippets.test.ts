import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { snippet } from "@/lib/snippets/all";
import { literal } from "@/lib/snippets/literal";
import { command, quote } from "@/lib/snippets/shell";
import { isLocal, targetOf, type Target } from "@/lib/snippets/target";

const OPEN: Target = {
  grpc: "127.0.0.1:50051",
  http: "http://127.0.0.1:8080",
  tls: false,
  auth: false,
  namespace: "",
};
const CLOSED: Target = { ...OPEN, tls: true, auth: true, namespace: "team a" };
const words = fc.string({ unit: "binary" }).filter((word) => !/[\0\ud800-\udfff]/.test(word));

describe("quote", () => {
  it("gives a shell every word as it is", () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 8 }), (given) => {
        const line = `for each in ${given.map(quote).join(" ")}; do printf '%s\\0' "$each"; done`;
        const said = execFileSync("sh", ["-c", line], { encoding: "utf8" });
        expect(said.split("\0").slice(0, -1)).toEqual(given);
      }),
      { numRuns: 30 },
    );
  });

  it("leaves plain words alone, and lets nothing be for the shell", () => {
    expect(quote("runs/list?")).toBe("'runs/list?'");
    expect(quote("run-1.b")).toBe("run-1.b");
    expect(quote("")).toBe("''");
    expect(quote("$(id) `id` \\")).toBe("'$(id) `id` \\'");
    expect(quote("it's")).toBe("'it'\\''s'");
  });

  it("breaks long commands where a group begins", () => {
    expect(command(["a", "b"], [], ["c"])).toBe("a b c");
    expect(command(["a".repeat(60)], ["b".repeat(60)])).toContain(" \\\n  b");
  });
});

describe("literal", () => {
  it("is JSON's value in Python", () => {
    expect(literal({ a: [true, null, 1.5, 'x"\n'], b: {} })).toBe(
      '{"a": [True, None, 1.5, "x\\"\\n"], "b": {}}',
    );
  });

  it("is short enough to read", () => {
    const text = literal({ rows: Array.from({ length: 40 }, (_, row) => ({ row })) });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(80);
  });
});

describe("the target", () => {
  const here = { origin: "http://127.0.0.1:8080", hostname: "127.0.0.1" };
  const session = { key: "", namespace: "" };

  it("is what the server says", () => {
    expect(targetOf({ grpcAddress: "127.0.0.1:9", auth: true }, here, session)).toMatchObject({
      grpc: "127.0.0.1:9",
      auth: true,
      tls: false,
    });
  });

  it("is the host of the page where the server tells its loopback only", () => {
    const far = { origin: "https://runs.example", hostname: "runs.example" };
    expect(targetOf({ grpcAddress: "127.0.0.1:9" }, far, session).grpc).toBe("runs.example:9");
    expect(targetOf({ grpcAddress: "10.0.0.7:9" }, far, session).grpc).toBe("10.0.0.7:9");
    expect(targetOf({ grpcAddress: "unix:/run/r" }, far, session).grpc).toBe("unix:/run/r");
  });

  it("is local or is not", () => {
    expect(["127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/a"].every(isLocal)).toBe(true);
    expect(["10.0.0.1:1", "localhost.example:1"].some(isLocal)).toBe(false);
  });
});

describe("grpcurl", () => {
  const write = (rpc: string, request: Record<string, unknown>, target = OPEN) =>
    snippet("grpcurl", { rpc, request }, target);

  it("names the method and what it is sent", () => {
    expect(write("RunService.ListRuns", { pageSize: 5 })).toBe(
      "grpcurl -plaintext -d '{\"pageSize\":5}' 127.0.0.1:50051 runwire.v1.RunService/ListRuns",
    );
  });

  it("speaks TLS, shows a key from the environment, and names the namespace", () => {
    const text = write("KeyService.GetIdentity", {}, CLOSED) ?? "";
    expect(text).not.toContain("-plaintext");
    expect(text).toContain('-H "authorization: Bearer $RUNWIRE_API_KEY"');
    expect(text).toContain("'x-runwire-namespace: team a'");
  });

  it("reaches sockets", () => {
    const text = write("KeyService.GetIdentity", {}, { ...OPEN, grpc: "unix:/run/rw" });
    expect(text).toContain("-plaintext -unix /run/rw ");
  });
});

describe("curl", () => {
  const write = (rpc: string, request: Record<string, unknown>, target = OPEN) =>
    snippet("curl", { rpc, request }, target);

  it("puts fields into the path, and the rest into the query", () => {
    const request = { runId: "a b/c", pageSize: 5 };
    expect(write("RunService.ListSteps", request)).toBe(
      "curl 'http://127.0.0.1:8080/v1/runs/a%20b%2Fc/steps?pageSize=5'",
    );
  });

  it("repeats lists and dots nested names", () => {
    const request = { statuses: ["A", "B"], filter: 'labels.x = "y & z"' };
    expect(write("RunService.ListRuns", request)).toContain(
      "?statuses=A&statuses=B&filter=labels.x%20%3D%20%22y%20%26%20z%22'",
    );
  });

  it("sends the rest as JSON where there is a body", () => {
    const text = write("RunService.CancelRun", { runId: "r", reason: "it's me" }) ?? "";
    expect(text).toContain("http://127.0.0.1:8080/v1/runs/r:cancel");
    expect(text).toContain("-d '{\"reason\":\"it'\\''s me\"}'");
    expect(text).not.toContain("-X");
  });

  it("sends one field as the body where the rule says so", () => {
    const request = { namespace: { namespace: "n", displayName: "N" }, updateMask: "displayName" };
    const text = write("NamespaceService.UpdateNamespace", request) ?? "";
    expect(text).toContain(
      "-X PATCH 'http://127.0.0.1:8080/v1/namespaces/n?updateMask=displayName'",
    );
    expect(text).toContain('-d \'{"displayName":"N"}\'');
  });

  it("searches with a body where a query has no room for what is asked", () => {
    const text = write("ThreadService.ListThreads", { metadata: { json: { a: 1 } } }) ?? "";
    expect(text).toContain("/v1/threads:search");
    expect(write("ThreadService.ListThreads", {})).toBe("curl http://127.0.0.1:8080/v1/threads");
  });

  it("does not wait for the end of a stream", () => {
    expect(write("RunService.WatchRun", { runId: "r" })).toContain("curl -N ");
  });

  it("shows a key from the environment", () => {
    expect(write("AdminService.GetStorage", {}, CLOSED)).toContain(
      '-H "Authorization: Bearer $RUNWIRE_API_KEY"',
    );
  });

  it("says when it cannot", () => {
    expect(write("ArtifactService.UploadArtifact", {})).toBeNull();
  });
});

describe("the command line", () => {
  it("names the server, and the namespace", () => {
    const call = { rpc: "RunService.GetRun", request: {}, cli: ["runs", "get", "a b"] };
    expect(snippet("CLI", call, OPEN)).toBe("runwire runs get 'a b' --server 127.0.0.1:50051");
    expect(snippet("CLI", call, CLOSED)).toContain("--tls --namespace 'team a'");
    expect(snippet("CLI", { ...call, cli: undefined }, OPEN)).toBeNull();
  });
});

describe("Python", () => {
  const write = (rpc: string, request: Record<string, unknown>, target = OPEN) =>
    snippet("Python", { rpc, request }, target) ?? "";

  it("calls the client's verb", () => {
    const text = write("RunService.ListRuns", { pageSize: 5, statuses: ["RUN_STATUS_FAILED"] });
    expect(text).toContain("from runwire_client import Client, RunStatus\n");
    expect(text).toContain("islice(client.runs.list(page_size=5, statuses=[RunStatus.FAILED]), 5)");
  });

  it("spells payloads as values, and durations in seconds", () => {
    const spec = { graphId: "g", input: { json: { a: true } }, startDelay: "1.5s" };
    expect(write("RunService.CreateRun", { spec })).toContain(
      'client.runs.create(graph_id="g", input={"a": True}, start_delay_seconds=1.5)',
    );
  });

  it("takes the stubs for what the client has no verb for", () => {
    const text = write("AdminService.ListWorkers", { pageSize: 5 }, CLOSED);
    expect(text).toContain("admin_service_pb2_grpc.AdminServiceStub(channel)");
    expect(text).toContain("grpc.secure_channel(");
    expect(text).toContain('("x-runwire-namespace", "team a")');
  });

  it("takes them, too, for a field that the verb does not know", () => {
    expect(write("RunService.GetRun", { runId: "r", novel: 1 })).toContain("RunServiceStub");
  });

  it("sends a key in clear text over a network only if it is told that this is safe", () => {
    const far = { ...OPEN, auth: true, grpc: "runs.example:1" };
    expect(write("AdminService.GetStorage", {}, far)).toContain("clear_text=True");
    expect(write("AdminService.GetStorage", {}, { ...OPEN, auth: true })).not.toContain(
      "clear_text",
    );
  });
});

describe("no language", () => {
  it("ever writes out what the session holds", () => {
    const session = { key: "rw_id_secret", namespace: "" };
    const page = { origin: "http://h:1", hostname: "h" };
    const target = targetOf({ auth: true }, page, session);
    const call = { rpc: "RunService.ListRuns", request: {}, cli: ["runs", "list"] };
    for (const language of ["grpcurl", "Python", "curl", "CLI"] as const)
      expect(snippet(language, call, target)).not.toContain("secret");
  });
});
