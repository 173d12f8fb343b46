/** The names under which the figures stand in the JSON, and what people read. */

export const TITLES = {
  edge: "alikassa-edge",
  baseline: "the same on `rsa`, 32-bit words",
  crates: "`pkcs8` and `rsa` in wasm, as they come",
  webcrypto: "WebCrypto",
  "node-crypto": "`node:crypto`",
  "node-forge": "node-forge",
};

/** What a fresh process does, in this order. */
export const STEPS = ["instantiate", "open", "sign"];
