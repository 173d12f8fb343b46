/** `node:crypto` in a Worker, which is there with the flag nodejs_compat. */
import * as nodeCrypto from "node:crypto";
import { fromNodeCrypto } from "../contenders.mjs";
import { serve } from "./serve.mjs";

const served = serve({ "node-crypto": fromNodeCrypto(nodeCrypto) });

export default {
  fetch(request, env) {
    // The versions that workerd says it has.
    if (request.method === "GET") return Response.json(process.versions);
    return served.fetch(request, env);
  },
};
