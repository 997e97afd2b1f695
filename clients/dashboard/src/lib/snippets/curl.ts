/** Calls as curl: by the HTTP rules that the protos give. */
import { RULES, type HttpRule } from "@/api/gen/rules";
import type { ScreenCall } from "@/lib/screen-call";
import { pretty } from "@/lib/payload";
import { command, type Word } from "@/lib/snippets/shell";
import { KEY_VARIABLE, NAMESPACE_HEADER, type Target } from "@/lib/snippets/target";

type Json = Record<string, unknown>;
const SHORT = 60;

/** Return the command, or null for a call that one HTTP request cannot make. */
export function curl({ rpc, request }: ScreenCall, target: Target): string | null {
  const rule = ruleOf(rpc, request);
  if (!rule) return null;
  const { path, rest } = bound(rule.path, request);
  const { body, query } = parted(rule, rest);
  const url = `${target.http}${path}${query}`;
  return command(
    ["curl", ...flags(rule), url],
    ...headers(target),
    body === undefined ? [] : ["-H", "Content-Type: application/json"],
    body === undefined ? [] : ["-d", spelled(body)],
  );
}

/** Return JSON as it stands in a command: on one line if it is short. */
export function spelled(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length <= SHORT ? line : pretty(value);
}

/** A query has no room for objects such as payloads: where there is a binding with a body, that is it. */
function ruleOf(rpc: string, request: Json): HttpRule | undefined {
  const rules = RULES[rpc] ?? [];
  const nested = Object.values(request).some((each) => typeof each === "object" && !isList(each));
  return (nested && rules.find((rule) => rule.body)) || rules[0];
}

function flags({ verb, body, streams, path }: HttpRule): Word[] {
  if (path.endsWith(":download")) return ["-O", "-J"];
  const usual = body ? "POST" : "GET";
  return [...(streams ? ["-N"] : []), ...(verb === usual ? [] : ["-X", verb])];
}

function headers({ auth, namespace }: Target): Word[][] {
  return [
    auth ? ["-H", { shell: `"Authorization: Bearer $${KEY_VARIABLE}"` }] : [],
    namespace ? ["-H", `${NAMESPACE_HEADER}: ${namespace}`] : [],
  ];
}

/** Put what a path names into it; the rest of the request is left. */
function bound(template: string, request: Json): { path: string; rest: Json } {
  let rest = request;
  const path = template.replace(/\{([\w.]+)\}/g, (_, name: string) => {
    const steps = name.split(".").map(camel);
    const value = steps.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), rest);
    rest = without(rest, steps);
    return encodeURIComponent(String(value ?? ""));
  });
  return { path, rest };
}

function without(request: Json, [step = "", ...further]: readonly string[]): Json {
  const { [step]: inner, ...others } = request;
  return further.length && isObject(inner)
    ? { ...others, [step]: without(inner, further) }
    : others;
}

function parted({ body }: HttpRule, rest: Json): { body?: unknown; query: string } {
  if (body === "*") return { body: rest, query: "" };
  if (!body) return { query: queryOf(rest) };
  const { [camel(body)]: whole, ...others } = rest;
  return { body: whole ?? {}, query: queryOf(others) };
}

function queryOf(request: Json): string {
  const pairs = flat(request).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  );
  return pairs.length ? `?${pairs.join("&")}` : "";
}

/** Nested messages have dotted names, lists repeat theirs. */
function flat(value: unknown, name = ""): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value.map((each) => [name, each]);
  if (!isObject(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, each]) => flat(each, name ? `${name}.${key}` : key));
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !isList(value);
}
