/** What is compared, for Node and for workerd alike. */

export const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" };
const encoder = new TextEncoder();

/** Opens the archive with the glue of a wasm module: one of the package's, or the contender's, which has a `Signer`. */
export function open({ Client, Signer }, { privatePem, password }) {
  const options = { account: ACCOUNT, privateKey: privatePem, password };
  return Signer ? new Signer(privatePem, password) : new Client(fetch, options);
}

export function body(orderId) {
  return encoder.encode(`{"order_id":"${orderId}"}`);
}

/**
 * All contenders in one runtime: `modules` has the glue of the wasm modules, by name.
 *
 * What it returns does some work with a key: it signs a new body each time, or the same one `again`, or opens the archive, so many
 * times. If there is a `text`, it gives one signature, of the body with this order id, in base64.
 */
export function createBench(modules, { createPrivateKey, sign }) {
  const openers = {
    "node-crypto": ({ privatePem, password }) => createPrivateKey({ key: privatePem, passphrase: password }),
  };
  const signers = {
    "node-crypto": ({ pkcs8 }) => {
      const key = createPrivateKey({ key: Buffer.from(pkcs8, "base64"), format: "der", type: "pkcs8" });
      return (bytes) => sign("sha1", bytes, key);
    },
    webcrypto: async ({ pkcs8 }) => {
      const key = await crypto.subtle.importKey("pkcs8", Buffer.from(pkcs8, "base64"), ALGORITHM, false, ["sign"]);
      return (bytes) => crypto.subtle.sign(ALGORITHM.name, key, bytes);
    },
  };
  for (const [name, glue] of Object.entries(modules)) {
    openers[name] = (key) => open(glue, key).free();
    signers[name] = (key) => {
      const opened = open(glue, key);
      return (bytes) => opened.sign(bytes);
    };
  }
  const ready = new Map();
  const same = body("bench-the-same");
  let bodies = 0;
  return async ({ name, bits, task, count, text }, key) => {
    if (task === "open") {
      for (let i = 0; i < count; i++) openers[name](key);
      return "";
    }
    const id = `${name} ${bits}`;
    if (!ready.has(id)) ready.set(id, await signers[name](key));
    const signer = ready.get(id);
    if (text !== undefined) return toBase64(await signer(body(text)));
    for (let i = 0; i < count; i++) {
      bodies += 1;
      const result = signer(task === "again" ? same : body(`bench-${String(bodies).padStart(8, "0")}`));
      // Not for all: a turn of the queue of promises costs more than looking up a signature.
      if (result instanceof Promise) await result;
    }
    return "";
  };
}

function toBase64(signature) {
  return typeof signature === "string" ? signature : Buffer.from(signature).toString("base64");
}
