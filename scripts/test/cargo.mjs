/** Runs cargo's tests and counts them: `node scripts/test/cargo.mjs ARGS…`, with the arguments of `cargo test`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "../paths.mjs";
import { run } from "../process.mjs";

const { ok, stdout } = await run("cargo", ["test", "--no-fail-fast", ...process.argv.slice(2)], { show: true });
// A line for each test program, and one for the examples of each crate.
const lines = [...stdout.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)];
const sum = (group) => lines.reduce((total, line) => total + Number(line[group]), 0);
const folder = process.env.RESULTS ?? CACHE;
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "test-rust.json"), JSON.stringify({ passed: sum(1), failed: sum(2) }));
process.exitCode = ok && sum(1) > 0 ? 0 : 1;
