/** Which of the two modules an engine gets, and that both sign alike. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ACCOUNT } from "../fixtures/keys.ts";
import { vectors } from "../fixtures/vectors.ts";

const ROOT = join(import.meta.dirname, "..", "..");
interface Vector {
  readonly key: string;
  readonly signature: string;
}

/** What PHP signed; with 8192 bits, which take a quarter of a second each, the signatures of `signatures.test.ts` are enough. */
const SIGNATURES = vectors<Vector>("signatures").filter(({ key }) => key !== "plain-8192.pem");

/** An engine that does not know relaxed SIMD says so when it is asked to validate the probe. */
const UNKNOWN = "WebAssembly.validate = () => false;";

/** Tells the sizes of the modules that are compiled, and signs what PHP signed with keys in the clear. */
const PROGRAM = `
  const sizes = [];
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(bytes) { super(bytes); sizes.push(bytes.length); }
  };
  const { readFileSync } = await import("node:fs");
  const { AliKassa } = await import(${JSON.stringify(pathToFileURL(join(ROOT, "dist/index.js")).href)});
  const account = "${ACCOUNT}";
  const cache = new Map();
  const signer = (key, digest) => {
    const name = key + digest;
    if (!cache.has(name)) {
      const privateKey = readFileSync(${JSON.stringify(join(ROOT, "tests/vectors/keys/"))} + key, "utf8");
      cache.set(name, new AliKassa({ account, privateKey, digest }));
    }
    return cache.get(name);
  };
  const signed = ${JSON.stringify(SIGNATURES)}.map(({ key, digest, message }) => signer(key, digest).sign(Buffer.from(message, "base64")));
  console.log(JSON.stringify({ sizes, signed }));
`;

function runWith(before: string): { sizes: number[]; signed: string[] } {
  // By standard input: all messages are in it.
  const args = ["--input-type=module", "-"];
  const input = `${before}\n${PROGRAM}`;
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", input, maxBuffer: 16 << 20 }));
}

const size = (variant: string) => readFileSync(join(ROOT, `dist/wasm/${variant}/alikassa_edge_bg.wasm`)).length;
const expected = SIGNATURES.map(({ signature }) => signature);

describe("an engine", () => {
  test("that knows relaxed SIMD gets the module that uses it, and signs as PHP does", () => {
    const { sizes, signed } = runWith("");
    assert.deepEqual(sizes, [size("relaxed-simd")]);
    assert.deepEqual(signed, expected);
  });

  test("that does not know it gets the baseline module, and signs as PHP does", () => {
    const { sizes, signed } = runWith(UNKNOWN);
    assert.deepEqual(sizes, [size("baseline")]);
    assert.deepEqual(signed, expected);
  });

  test("can be told apart, since only one of the modules uses relaxed SIMD", () => {
    assert.notEqual(size("relaxed-simd"), size("baseline"));
    // f64x2.relaxed_madd: 0xfd, then 0x107 in LEB128.
    const uses = (variant: string) =>
      readFileSync(join(ROOT, `dist/wasm/${variant}/alikassa_edge_bg.wasm`)).includes(Buffer.of(0xfd, 0x87, 0x02));
    assert.deepEqual([uses("relaxed-simd"), uses("baseline")], [true, false]);
  });
});
