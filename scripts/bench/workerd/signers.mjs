/** Everything that signs in a Worker as Cloudflare runs it. */
import * as crate from "bench-crate";
import * as crateAsItComes from "bench-crate-as-it-comes";
import * as edge from "bench-edge";
import forge from "node-forge";
import { fromForge, fromGlue, webCrypto } from "../contenders.mjs";
import crateModule from "./crate.wasm";
import crateAsItComesModule from "./crate-as-it-comes.wasm";
import edgeModule from "./edge.wasm";
import { serve } from "./serve.mjs";

edge.initSync({ module: edgeModule });
crate.initSync({ module: crateModule });
crateAsItComes.initSync({ module: crateAsItComesModule });

export default serve({
  edge: fromGlue(edge),
  crate: fromGlue(crate),
  "crate-as-it-comes": fromGlue(crateAsItComes),
  webcrypto: webCrypto,
  "node-forge": fromForge(forge),
});
