/** One module in an isolate of its own, which does nothing before it is asked to. */
import { Client, initSync } from "bench-glue";
import { body, fromGlue, toBase64 } from "../contenders.mjs";
import module from "./module.wasm";

export default {
  async fetch(request, env) {
    const { task } = await request.json();
    if (task === "nothing") return new Response("done");
    initSync({ module });
    const sign = await fromGlue({ Client }).signer(env.KEY);
    return new Response(toBase64(await sign(body("first"))));
  },
};
