/**
 * The Worker's side of the bench. A Worker's clock stands still while it computes, so that it only does what it is asked
 * for, as often as it is asked to; the time is taken outside.
 */
import { repeat, toBase64 } from "../contenders.mjs";

/**
 * @param {Readonly<Record<string, import("../contenders.mjs").Contender>>} contenders
 */
export function serve(contenders) {
  const signers = new Map();
  return {
    async fetch(request, env) {
      const { name, bits, task, count, body } = await request.json();
      const contender = contenders[name];
      const key = env.KEYS[bits];
      const id = `${name} ${bits}`;
      if (task !== "open" && !signers.has(id)) signers.set(id, await contender.signer(key));
      const sign = signers.get(id);
      if (body !== undefined) return new Response(toBase64(await sign(new TextEncoder().encode(body))));
      await repeat(contender, { sign, key, task, count });
      return new Response("done");
    },
  };
}
