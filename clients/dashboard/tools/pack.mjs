// Compresses what Vite built, once and well, as the server sends it; and says what a first load costs.
//
// 1. Text files rest as `NAME.gz` and `NAME.br`; the plain file goes, since nearly nobody asks for it.
// 2. A first load is the entry, what it imports statically, and the page it opens with (the runs).
//    Its scripts may have 250 kB compressed in all: the build fails beyond that.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const OUT = new URL("../../../server/runwire/http/dashboard/", import.meta.url).pathname;
const TEXT = /\.(html|js|css|svg|json|txt)$/;
const MAX_SCRIPT_BYTES = 250_000;
const OPENS_WITH = "src/routes/runs.tsx";

async function files(folder) {
  const found = await readdir(folder, { withFileTypes: true, recursive: true });
  return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

function firstScripts(manifest) {
  const wanted = new Set();
  const add = (key) => {
    if (wanted.has(key)) return;
    wanted.add(key);
    for (const each of manifest[key].imports ?? []) add(each);
  };
  add("index.html");
  if (!manifest[OPENS_WITH]) throw new Error(`${OPENS_WITH} is not a chunk of its own`);
  add(OPENS_WITH);
  return [...wanted].map((key) => manifest[key].file).filter((file) => file.endsWith(".js"));
}

const manifest = JSON.parse(await readFile(join(OUT, "manifest.json"), "utf8"));
const first = new Set(firstScripts(manifest));
let scriptBytes = 0;
for (const path of await files(OUT)) {
  if (!TEXT.test(path)) continue;
  const content = await readFile(path);
  const packed = gzipSync(content, { level: 9 });
  await writeFile(`${path}.gz`, packed);
  await writeFile(
    `${path}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
  );
  await rm(path);
  if (first.has(relative(OUT, path))) scriptBytes += packed.length;
}
await rm(join(OUT, "manifest.json.gz"));
await rm(join(OUT, "manifest.json.br"));
console.log(
  `first load: ${(scriptBytes / 1000).toFixed(1)} kB of script, gzipped, of ${MAX_SCRIPT_BYTES / 1000}`,
);
if (scriptBytes > MAX_SCRIPT_BYTES) {
  console.error("the first load is too large: load more of it when it is needed");
  process.exit(1);
}
