/** The error codes in the Rust sources, for a comparison with the OpenAPI document. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The code of a call that its caller aborted. The Worker has no such callers. */
const NOT_THE_WORKERS = new Set(["aborted"]);

/** The texts of all Rust files, without comments, by their paths. */
function rust(): Map<string, string> {
  const folders = ["src", "crates"].filter((folder) => existsSync(join(ROOT, folder)));
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(ROOT, folder, file)),
  );
  const sources = files.filter((file) => file.endsWith(".rs"));
  return new Map(sources.map((file) => [file, readFileSync(file, "utf8").replaceAll(/^\s*\/\/.*$/gm, "")]));
}

/**
 * Every code that the Worker can answer: the second argument of `Self::new(status, code, …)` in its `problem.rs`, which is a
 * literal or the `code()` of an error; and the literals in each function `code`.
 */
export function codesInCode(): string[] {
  const sources = rust();
  const problems = [...sources].find(([file]) => basename(file) === "problem.rs")?.[1] ?? "";
  const made = [...problems.matchAll(/\bSelf::new\(\s*\w+,\s*([^,]+),/g)].map(([, code = ""]) => code.trim());
  const calls = [...problems.matchAll(/\bSelf::new\(/g)];
  const strange = made.filter((code) => !/^"[a-z_]+"$/.test(code) && code !== "error.code()");
  if (made.length !== calls.length || made.length === 0 || strange.length > 0) {
    throw new Error(`problem.rs has problems whose code can't be read: ${strange.join(", ")}`);
  }
  const ofErrors = [...sources.values()].flatMap((text) =>
    [...text.matchAll(/\bfn code\(&self\) -> &'static str \{([\s\S]*?)\n {4}\}/g)].map(([, body = ""]) => body),
  );
  const words = [...made, ...ofErrors].flatMap((text) =>
    [...text.matchAll(/"([a-z_]+)"/g)].map(([, word = ""]) => word),
  );
  return [...new Set(words)].filter((word) => !NOT_THE_WORKERS.has(word)).sort();
}
