/** One module in an isolate of its own, which does nothing before its first request. */
import * as glue from "bench-glue";
import { body, open } from "../contenders.mjs";
import module from "./module.wasm";

export default {
  async fetch(request, env) {
    if ((await request.text()) === "nothing") return new Response("done");
    glue.initSync({ module });
    return new Response(open(glue, env.KEY).sign(body("first")));
  },
};
