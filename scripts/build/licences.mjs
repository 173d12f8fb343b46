/** The licence texts of the Rust crates in the WebAssembly. Who passes the module on has to pass them on too. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import satisfies from "spdx-satisfies";
import { BINDINGS, ROOT } from "../paths.mjs";
import { Failure, mustRun } from "../process.mjs";

/** Licences that may be passed on with an MIT or Apache-2.0 program, for no more than a notice. */
const ACCEPTED = ["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "ISC", "MIT", "Unicode-3.0", "Zlib"];

const RULE = "-".repeat(100);

const LICENCE_FILE = /^(?:copying|licen[cs]e|notice|unlicense)\b/i;

/** The text of THIRD-PARTY-LICENSES: every crate in our modules with its version and licence, and each licence text once. */
export async function thirdPartyLicences() {
  const crates = await Promise.all((await linkedCrates()).map(describe));
  const parts = [...crates, await standardLibrary()].sort((a, b) => (a.label < b.label ? -1 : 1));
  const refused = parts
    .filter(({ licence }) => !isAccepted(licence))
    .map(({ label, licence }) => `${label} (${licence})`);
  if (refused.length > 0) {
    const advice =
      "Replace the crate, or accept the licence in scripts/build/licences.mjs if it asks for no more than a notice.";
    throw new Failure(`Crates of the wasm have licences that are not accepted: ${refused.join(", ")}.`, advice);
  }
  const list = parts.map(({ label, licence }) => `- ${label}: ${licence}`).join("\n");
  const byEssence = Map.groupBy(
    parts.flatMap(({ name, texts }) => texts.map((text) => ({ name, text }))),
    // Texts that differ in blanks and line breaks alone are the same.
    ({ text }) => text.replace(/\s+/g, " ").trim(),
  );
  const texts = [...byEssence.values()].map((same) => {
    const names = [...new Set(same.map(({ name }) => name))].join(", ");
    return `${RULE}\n${names}\n\n${same[0]?.text.replaceAll("\r\n", "\n").trimEnd()}\n`;
  });
  return `The WebAssembly modules of alikassa-edge contain these crates:\n\n${list}\n\n${texts.join("\n")}`;
}

/** Whether a crate with this licence may be in the wasm: SPDX, or in the older form with a slash for OR. */
export function isAccepted(expression) {
  return satisfies(expression.replaceAll("/", " OR "), ACCEPTED);
}

/** What cargo says of the crates in the Worker and in the bindings, without macros, which only run at compile time. */
async function linkedCrates() {
  const tree = ["tree", "--target", "wasm32-unknown-unknown", "--edges", "normal,no-proc-macro", "--prefix", "none"];
  const names = ["alikassa-edge", BINDINGS.name];
  const trees = names.map((name) => mustRun("cargo", [...tree, "--format", "{p}", "--package", name]));
  const lines = (await Promise.all(trees)).flatMap(({ stdout }) => [...stdout.matchAll(/^(\S+) v(\S+)/gm)]);
  const linked = new Set(lines.map(([, name, version]) => `${name} ${version}`));
  const { stdout } = await mustRun("cargo", ["metadata", "--format-version", "1", "--all-features"]);
  // Our own packages have no source.
  const foreign = JSON.parse(stdout).packages.filter(({ source }) => source !== null);
  return foreign.filter(({ name, version }) => linked.has(`${name} ${version}`));
}

async function describe({ name, version, license, manifest_path: manifest }) {
  const folder = dirname(manifest);
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).sort();
  if (license === null || files.length === 0) {
    throw new Failure(`The crate ${name} ${version} comes without a licence, or without its text.`);
  }
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return { name, label: `${name} ${version}`, licence: license, texts };
}

/** Rust's own crates are no packages of cargo's, and rustup brings their licence without the line of the copyright. */
async function standardLibrary() {
  const ours = await readFile(join(ROOT, "LICENSE-MIT"), "utf8");
  const text = ours.replace(/^Copyright .*$/m, "Copyright (c) The Rust Project Contributors");
  const name = "Rust's standard library";
  return { name, label: name, licence: "MIT OR Apache-2.0", texts: [text] };
}
