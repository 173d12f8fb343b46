/** Everything that signs in a Worker as Cloudflare runs it. Does what it is asked for, as often as it is asked to. */
import * as nodeCrypto from "node:crypto";
import * as baseline from "bench-baseline";
import * as crates from "bench-crates";
import * as edge from "bench-edge";
import { createBench } from "../contenders.mjs";
import baselineModule from "./baseline.wasm";
import cratesModule from "./crates.wasm";
import edgeModule from "./edge.wasm";

edge.initSync({ module: edgeModule });
baseline.initSync({ module: baselineModule });
crates.initSync({ module: cratesModule });
const bench = createBench({ edge, baseline, crates }, nodeCrypto);

export default {
  async fetch(request, env) {
    const work = await request.json();
    return new Response(await bench(work, env.KEYS[work.bits]));
  },
};
