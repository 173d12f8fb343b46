/** The licence texts of the Rust crates that are in the wasm, which whoever passes the wasm on has to pass on too. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { LOCKED } from "./cargo.mjs";

/** What may be passed on with an MIT or Apache-2.0 program, for no more than a notice. */
const ACCEPTED = ["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "ISC", "MIT", "Unicode-3.0", "Zlib"];

const RULE = "-".repeat(100);

const LICENCE_FILE = /^(?:copying|licen[cs]e|notice|unlicense)\b/i;

/**
 * A part of the wasm.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {string} version Empty for what comes with the compiler.
 * @property {string} licence SPDX expression.
 * @property {readonly string[]} texts
 */

/**
 * The text of THIRD-PARTY-LICENSES: every crate in a wasm of ours with its version and licence, and each licence text once.
 *
 * @returns {Promise<string>} The same for the same Cargo.lock.
 */
export async function thirdPartyLicences() {
  const crates = await Promise.all((await linkedCrates()).map(partOf));
  const parts = [...crates, await standardLibrary()].sort((a, b) => compare(a.name, b.name));
  const accepted = await Promise.all(parts.map(({ licence }) => isAccepted(licence)));
  const refused = parts.filter((_, index) => !accepted[index]);
  if (refused.length > 0) {
    const names = refused.map(({ name, licence }) => `${name} (${licence})`).join(", ");
    const advice =
      "Replace the crate, or add the licence in scripts/build/licences.mjs if it asks for no more than a notice.";
    throw new Failure(`Crates of the wasm have licences that are not accepted: ${names}.`, { advice });
  }
  return format(parts);
}

/**
 * Whether a crate with this licence may be in the wasm.
 *
 * @param {string} expression SPDX, or in the older form with a slash for OR.
 */
export async function isAccepted(expression) {
  // Installed by now, and not before: so it can't be imported at the top.
  const { default: satisfies } = await import("spdx-satisfies");
  return satisfies(expression.replaceAll("/", " OR "), ACCEPTED);
}

/** What cargo says of the crates that are linked into the wasm: without those that only run while it is compiled. */
async function linkedCrates() {
  const features = ["--features", "worker,js", "--filter-platform", "wasm32-unknown-unknown"];
  const { ok, stdout, output } = await run("cargo", ["metadata", "--format-version", "1", ...features, ...LOCKED]);
  if (!ok) throw new Failure("cargo can't tell which crates are in the wasm.", { output });
  const { packages, resolve } = JSON.parse(stdout);
  const packageOf = new Map(packages.map((entry) => [entry.id, entry]));
  const nodeOf = new Map(resolve.nodes.map((node) => [node.id, node]));
  const found = new Set([resolve.root]);
  // A set that is added to while it is walked through is walked to its new end.
  for (const id of found) {
    for (const { pkg, dep_kinds: kinds } of nodeOf.get(id).deps) {
      const isLinked = kinds.some(({ kind }) => kind === null) && !isMacro(packageOf.get(pkg));
      if (isLinked) found.add(pkg);
    }
  }
  found.delete(resolve.root);
  return [...found].map((id) => packageOf.get(id));
}

function isMacro({ targets }) {
  return targets.some(({ kind }) => kind.includes("proc-macro"));
}

/** @returns {Promise<Part>} */
async function partOf({ name, version, license: licence, manifest_path: manifest }) {
  const folder = dirname(manifest);
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).sort();
  if (licence === null || files.length === 0) {
    throw new Failure(`The crate ${name} ${version} comes without a licence, or without its text.`);
  }
  return {
    name,
    version,
    licence,
    texts: await Promise.all(files.map((file) => readFile(join(folder, file), "utf8"))),
  };
}

/** Rust's own crates are no packages of cargo's, and rustup brings their licence without the line of the copyright. */
async function standardLibrary() {
  const ours = await readFile(join(ROOT, "LICENSE-MIT"), "utf8");
  const text = ours.replace(/^Copyright .*$/m, "Copyright (c) The Rust Project Contributors");
  return { name: "Rust's standard library", version: "", licence: "MIT OR Apache-2.0", texts: [text] };
}

/** @param {readonly Part[]} parts */
function format(parts) {
  const found = new Map();
  for (const { name, texts } of parts) {
    for (const text of texts) {
      const known = found.get(essence(text)) ?? { text: text.replaceAll("\r\n", "\n").trimEnd(), names: new Set() };
      found.set(essence(text), known);
      known.names.add(name);
    }
  }
  const list = parts.map(({ name, version, licence }) => `- ${[name, version].join(" ").trim()}: ${licence}`);
  const texts = [...found.values()].map(({ text, names }) => `${RULE}\n${[...names].join(", ")}\n\n${text}\n`);
  return `The WebAssembly modules of alikassa-edge contain these crates:\n\n${list.join("\n")}\n\n${texts.join("\n")}`;
}

/** What is the same in texts that differ in their blanks and line breaks alone. */
function essence(text) {
  return text.replace(/\s+/g, " ").trim();
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
