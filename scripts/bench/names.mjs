/** The names under which the figures stand in the JSON, and what people read. */

export const TITLES = {
  edge: "alikassa-edge",
  crate: "`rsa` in wasm, 32-bit words",
  "crate-as-it-comes": "`rsa` in wasm, as it comes",
  webcrypto: "WebCrypto",
  "node-crypto": "`node:crypto`",
  "node-forge": "node-forge",
};

/** What a fresh process does, in this order. */
export const STEPS = ["instantiate", "open", "sign"];
