/** What the Worker's Rust has of routes and codes, for a comparison with the document. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));
const WORKER = join(SOURCES, "edges", "worker");
/** Of a caller who gives up, which the Worker has no way to see: `src/gateway/error.rs` makes it for the bindings alone. */
const NOT_THE_WORKERS = new Set(["aborted"]);

/** Where the document itself is put together: what stands there proves nothing. */
const DOCUMENT = "openapi.rs";

/** The text of all Rust files under a folder but the document's, without comments. */
function rust(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".rs") && basename(file) !== DOCUMENT)
    .map((file) => readFileSync(join(folder, file), "utf8").replaceAll(/^\s*\/\/.*$/gm, ""));
}

/** Every path that the Worker knows: what is a whole path in quotes. */
export function pathsInCode(): string[] {
  const texts = [...rust(WORKER), readFileSync(`${WORKER}.rs`, "utf8")];
  const paths = texts.flatMap((text) => [...text.matchAll(/"(\/[\w./-]*)"/g)].map(([, path = ""]) => path));
  return [...new Set(paths)].sort();
}

/**
 * Every code that the Worker can answer: the second argument of `Self::new(status, code, …)` in its problems, which is a word
 * or the `code()` of an error; and the words in each function of that name.
 */
export function codesInCode(): string[] {
  const problems = readFileSync(join(WORKER, "problem.rs"), "utf8");
  const made = [...problems.matchAll(/\bSelf::new\(\s*\w+,\s*([^,]+),/g)].map(([, code = ""]) => code.trim());
  const calls = [...problems.matchAll(/\bSelf::new\(/g)];
  const strange = made.filter((code) => !/^"[a-z_]+"$/.test(code) && code !== "error.code()");
  if (made.length !== calls.length || made.length === 0 || strange.length > 0) {
    throw new Error(`src/edges/worker/problem.rs has problems whose code can't be read: ${strange.join(", ")}`);
  }
  const ofErrors = rust(SOURCES).flatMap((text) =>
    [...text.matchAll(/\bfn code\(&self\) -> &'static str \{([\s\S]*?)\n {4}\}/g)].map(([, body = ""]) => body),
  );
  const words = [...made, ...ofErrors].flatMap((text) =>
    [...text.matchAll(/"([a-z_]+)"/g)].map(([, word = ""]) => word),
  );
  return [...new Set(words)].filter((word) => !NOT_THE_WORKERS.has(word)).sort();
}
