/**
 * Signatures of this crate against those of the `rsa` crate in the same engine, and against WebCrypto and OpenSSL.
 *
 *   node crates/relaxed-rsa/benches/signatures.mjs [bits...]
 *
 * Needs Node 22 or newer, mitata, and wasm-bindgen of the version in Cargo.lock: in PATH, or named by WASM_BINDGEN_BIN.
 */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign, verify, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bench, do_not_optimize, group, run } from "mitata";

const CRATE = fileURLToPath(new URL("..", import.meta.url));
const TARGET = join(CRATE, "..", "..", "target", "relaxed-rsa-bench");
const TRIPLE = "wasm32-unknown-unknown";

// Without relaxed SIMD the crate falls back to `rsa`, whose words have 64 bits on wasm32 unless a flag says otherwise.
const BUILDS = {
  "relaxed-rsa": "-C target-feature=+simd128,+relaxed-simd",
  rsa: "",
  "rsa, 32-bit words": '--cfg cpubits="32"',
};

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2048, 3072, 4096];
const message = Buffer.from("a message");
const modules = {};
for (const [name, flags] of Object.entries(BUILDS)) modules[name] = await load(name, flags);

for (const bits of sizes) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const der = privateKey.export({ format: "der", type: "pkcs8" });
  const contenders = Object.entries(modules).map(([name, { Signer }]) => {
    const signer = new Signer(der);
    if (signer.usesRelaxedSimd() !== (name === "relaxed-rsa"))
      throw new Error(`${name}: the wrong implementation signs`);
    return [name, () => signer.sign(message)];
  });
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const imported = await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  contenders.push(["WebCrypto", () => webcrypto.subtle.sign(algorithm.name, imported, message)]);
  contenders.push(["node:crypto (OpenSSL)", () => sign("sha256", message, privateKey)]);
  for (const [name, contender] of contenders) {
    if (!verify("sha256", message, publicKey, Buffer.from(await contender())))
      throw new Error(`${name}: wrong signature`);
  }
  group(`${bits} bits`, () => {
    for (const [name, contender] of contenders) bench(name, async () => do_not_optimize(await contender()));
  });
}
await run();

/** Builds examples/wasm.rs with some flags of rustc, optimized for speed, and loads it. */
async function load(name, flags) {
  const env = { ...process.env, RUSTFLAGS: flags, CARGO_TARGET_DIR: TARGET, CARGO_PROFILE_RELEASE_OPT_LEVEL: "3" };
  const cargo = ["build", "--release", "--target", TRIPLE, "--example", "wasm"];
  execFileSync("cargo", cargo, { cwd: CRATE, env, stdio: "inherit" });
  const wasm = join(TARGET, TRIPLE, "release", "examples", "wasm.wasm");
  const bindings = join(TARGET, name.replaceAll(/\W+/g, "-"));
  execFileSync(process.env.WASM_BINDGEN_BIN ?? "wasm-bindgen", [wasm, "--target", "web", "--out-dir", bindings]);
  const module = await import(pathToFileURL(join(bindings, "wasm.js")));
  module.initSync({ module: readFileSync(join(bindings, "wasm_bg.wasm")) });
  return module;
}
