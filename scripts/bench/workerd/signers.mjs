/** Everything that signs in a Worker as Cloudflare runs it. */
import * as baseline from "bench-baseline";
import * as crates from "bench-crates";
import * as edge from "bench-edge";
import forge from "node-forge";
import { fromForge, fromGlue, webCrypto } from "../contenders.mjs";
import baselineModule from "./baseline.wasm";
import cratesModule from "./crates.wasm";
import edgeModule from "./edge.wasm";
import { serve } from "./serve.mjs";

edge.initSync({ module: edgeModule });
baseline.initSync({ module: baselineModule });
crates.initSync({ module: cratesModule });

export default serve({
  edge: fromGlue(edge),
  baseline: fromGlue(baseline),
  crates: fromGlue(crates),
  webcrypto: webCrypto,
  "node-forge": fromForge(forge),
});
