/** `node:crypto` in a Worker, which is there with the flag nodejs_compat. */
import * as nodeCrypto from "node:crypto";
import { fromNodeCrypto } from "../contenders.mjs";
import { serve } from "./serve.mjs";

export default serve({ "node-crypto": fromNodeCrypto(nodeCrypto) });
