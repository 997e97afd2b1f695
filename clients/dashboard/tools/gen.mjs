// Makes what `src/api/gen/` holds: types from docs/openapi.json, HTTP rules from the protos.
// With --check it only tells whether that is fresh.
import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";

const at = (path) => new URL(path, import.meta.url).pathname;
const CHECK = process.argv.includes("--check");
const PROTOS = at("../../../protos/runwire/v1/");
const RULES = at("../src/api/gen/rules.ts");
const RPC = /^ {2}rpc (\w+)\((stream )?\w+\) returns \((stream )?\w+\) \{\n([\s\S]*?)^ {2}\}/gm;
const BINDING = /\b(get|put|post|patch|delete): "([^"]+)"(?:\s+(?:body: "([^"]+)"))?/g;

function types() {
  const made = spawnSync(
    at("../node_modules/.bin/openapi-typescript"),
    [
      at("../../../docs/openapi.json"),
      ...["--output", at("../src/api/gen/schema.d.ts")],
      ...["--alphabetize", "--default-non-nullable=false"],
      ...(CHECK ? ["--check"] : []),
    ],
    { stdio: "inherit" },
  );
  return made.status === 0;
}

/** The bindings of each call that can be made with one request. */
async function rules() {
  const found = {};
  for (const file of (await readdir(PROTOS))
    .sort()
    .filter((name) => name.endsWith("_service.proto"))) {
    const text = await readFile(PROTOS + file, "utf8");
    const service = /^service (\w+)/m.exec(text)[1];
    for (const [, name, takesStream, streams, body] of text.matchAll(RPC)) {
      const bindings = [...body.matchAll(BINDING)].map(([, verb, path, whole]) => ({
        verb: verb.toUpperCase(),
        path,
        ...(whole ? { body: whole } : {}),
        ...(streams ? { streams: true } : {}),
      }));
      if (bindings.length && !takesStream) found[`${service}.${name}`] = bindings;
    }
  }
  return found;
}

const text = `// Made by tools/gen.mjs from the protos; never edited.
/** How a call is made over HTTP: the first binding is the usual one. */
export interface HttpRule {
  verb: string;
  path: string;
  /** The field that is the body, or \`*\` for all that is not in the path. */
  body?: string;
  streams?: boolean;
}

export const RULES: Record<string, readonly HttpRule[]> = ${JSON.stringify(await rules(), null, 2)};
`;
let fresh = types();
if (!CHECK) await writeFile(RULES, text);
else if ((await readFile(RULES, "utf8").catch(() => "")) !== text) {
  console.error("src/api/gen/rules.ts is not what the protos say: npm run gen");
  fresh = false;
}
process.exit(fresh ? 0 : 1);
