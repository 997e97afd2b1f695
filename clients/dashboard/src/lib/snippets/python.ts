/** Calls in Python: by the client's verb where it has one for all that is asked, else by its stubs. */
import type { ScreenCall } from "@/lib/screen-call";
import { RULES } from "@/api/gen/rules";
import { milliseconds } from "@/lib/time";
import { literal } from "@/lib/snippets/literal";
import { isLocal, KEY_VARIABLE, NAMESPACE_HEADER, type Target } from "@/lib/snippets/target";
import { VERBS, snake, type Spelling, type Verb } from "@/lib/snippets/verbs";

type Json = Record<string, unknown>;

export function python(call: ScreenCall, target: Target): string {
  const verb = VERBS[call.rpc];
  const given = verb && argumentsOf(call.request, verb);
  return verb && given ? byVerb(verb, given, call.request, target) : byStub(call, target);
}

interface Given {
  words: string[];
  imports: string[];
}

/** Return the arguments, or null if a field of the request is none of the verb's. */
function argumentsOf(request: Json, { fields }: Verb): Given | null {
  const words: string[] = [];
  const imports = new Set<string>();
  for (const [path, value] of leaves(request, fields)) {
    const field = fields[path];
    if (field === undefined) return null;
    if (field === null) continue;
    const [name, spelling] = field;
    const spelled = SPELLINGS[spelling](value);
    if (spelled === null) return null;
    if (spelling === "statuses") imports.add("RunStatus");
    words.push(`${name}=${spelled}`);
  }
  return { words, imports: [...imports] };
}

/** The parts of a request for which there is an argument; objects without one are looked into. */
function leaves(request: Json, fields: Verb["fields"], above = ""): [string, unknown][] {
  return Object.entries(request).flatMap<[string, unknown]>(([key, value]) => {
    const path = above + key;
    if (path in fields || !isObject(value)) return [[path, value]];
    return leaves(value, fields, `${path}.`);
  });
}

const SPELLINGS: Record<Spelling, (value: unknown) => string | null> = {
  value: (value) => literal(value, "    "),
  payload: (value) =>
    isObject(value) && value["json"] !== undefined ? literal(value["json"], "    ") : null,
  seconds: (value) => String(milliseconds(String(value)) / 1000),
  statuses: (value) =>
    Array.isArray(value)
      ? `[${value.map((each) => `RunStatus.${String(each).replace("RUN_STATUS_", "")}`).join(", ")}]`
      : null,
  role: (value) => JSON.stringify(String(value).replace("ROLE_", "").toLowerCase()),
  full: (value) => (String(value).endsWith("_FULL") ? "True" : "False"),
};

function byVerb(verb: Verb, { words, imports }: Given, request: Json, target: Target): string {
  const size = Number(request["pageSize"] ?? 0);
  const paged = verb.each !== undefined && size > 0;
  const call = joined(`client.${verb.call}(`, words, ")");
  const source = paged ? `islice(${call}, ${size})` : call;
  return [
    ...(target.auth ? ["import os"] : []),
    ...(paged ? ["from itertools import islice"] : []),
    ...(target.auth || paged ? [""] : []),
    `from runwire_client import ${["Client", ...imports, ...(target.tls ? ["Tls"] : [])].sort().join(", ")}`,
    "",
    `with ${client(target)} as client:`,
    ...(verb.each
      ? [`    for ${verb.each} in ${source}:`, `        print(${verb.each})`]
      : [`    print(${source})`]),
    "",
  ].join("\n");
}

function client({ grpc, tls, auth, namespace }: Target): string {
  const words = [
    literal(grpc),
    ...(tls ? ["tls=Tls()"] : []),
    ...(auth ? [`api_key=os.environ["${KEY_VARIABLE}"]`] : []),
    // It refuses to send a key in clear text over a network, unless told that this one is safe.
    ...(auth && !tls && !isLocal(grpc) ? ["clear_text=True"] : []),
    ...(namespace ? [`namespace=${literal(namespace)}`] : []),
  ];
  return `Client(${words.join(", ")})`;
}

/** What the client has no verb for goes through the stubs that it brings along. */
function byStub({ rpc, request }: ScreenCall, { grpc, tls, auth, namespace }: Target): string {
  const [service = "", method = ""] = rpc.split(".");
  const module = snake(service).slice(1);
  const streams = RULES[rpc]?.[0]?.streams ?? false;
  const metadata = [
    ...(auth ? [`("authorization", "Bearer " + os.environ["${KEY_VARIABLE}"])`] : []),
    ...(namespace ? [`("${NAMESPACE_HEADER}", ${literal(namespace)})`] : []),
  ];
  const call = `stub.${method}(request${metadata.length ? ", metadata=metadata" : ""})`;
  const channel = tls
    ? `grpc.secure_channel(${literal(grpc)}, grpc.ssl_channel_credentials())`
    : `grpc.insecure_channel(${literal(grpc)})`;
  return [
    ...(auth ? ["import os", ""] : []),
    "import grpc",
    "from google.protobuf.json_format import ParseDict",
    `from runwire_client.v1 import ${module}_pb2, ${module}_pb2_grpc`,
    "",
    ...(metadata.length ? [`metadata = [${metadata.join(", ")}]`] : []),
    `request = ParseDict(${literal(request)}, ${module}_pb2.${method}Request())`,
    `with ${channel} as channel:`,
    `    stub = ${module}_pb2_grpc.${service}Stub(channel)`,
    ...(streams ? [`    for answer in ${call}:`, "        print(answer)"] : [`    print(${call})`]),
    "",
  ].join("\n");
}

function joined(open: string, words: readonly string[], close: string): string {
  const line = words.join(", ");
  if (open.length + line.length <= 76 && !line.includes("\n")) return `${open}${line}${close}`;
  return `${open}\n${words.map((word) => `        ${word.replaceAll("\n", "\n    ")},\n`).join("")}    ${close}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
