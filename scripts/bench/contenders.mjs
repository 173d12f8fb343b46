/** What is compared, under one shape, for Node and for workerd alike. */

/**
 * @typedef {object} Key
 * @property {string} privatePem As it is in the archive.
 * @property {string} password
 * @property {string} pkcs8 The same key in the clear, as base64 of its DER.
 *
 * @typedef {Uint8Array | ArrayBuffer | string} Signature Bytes, or their base64.
 *
 * @typedef {object} Contender
 * @property {(key: Key) => void} [open] Opens the archive, and lets go of it; where it can.
 * @property {(key: Key) => Promise<(body: Uint8Array) => Signature | Promise<Signature>>} signer
 *
 * @typedef {"sign" | "again" | "open"} Task Signs a new body each time, or the same one; or opens the archive.
 */

const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const encoder = new TextEncoder();
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" };

/**
 * A module of this package, whichever arithmetic is in it.
 *
 * @returns {Contender}
 */
export function fromGlue({ Client }) {
  const client = ({ privatePem, password }) => new Client(fetch, ACCOUNT, encoder.encode(privatePem), password);
  return {
    open: (key) => client(key).free(),
    signer: async (key) => {
      const opened = client(key);
      return (body) => opened.sign(body);
    },
  };
}

/** @type {Contender} */
export const webCrypto = {
  signer: async ({ pkcs8 }) => {
    const key = await crypto.subtle.importKey("pkcs8", fromBase64(pkcs8), ALGORITHM, false, ["sign"]);
    return (body) => crypto.subtle.sign(ALGORITHM.name, key, body);
  },
};

/**
 * @param {Pick<typeof import("node:crypto"), "createPrivateKey" | "sign">} nodeCrypto
 * @returns {Contender}
 */
export function fromNodeCrypto({ createPrivateKey, sign }) {
  return {
    open: ({ privatePem, password }) => void createPrivateKey({ key: privatePem, passphrase: password }),
    signer: async ({ pkcs8 }) => {
      const key = createPrivateKey({ key: fromBase64(pkcs8), format: "der", type: "pkcs8" });
      return (body) => sign("sha1", body, key);
    },
  };
}

/** @returns {Contender} */
export function fromForge(forge) {
  const open = ({ privatePem, password }) => forge.pki.decryptRsaPrivateKey(privatePem, password);
  return {
    open: (key) => void open(key),
    signer: async (archive) => {
      const key = open(archive);
      const decoder = new TextDecoder();
      return (body) => btoa(key.sign(forge.md.sha1.create().update(decoder.decode(body), "utf8")));
    },
  };
}

let bodies = 0;
// As long as the others: of bodies of another length the cache need not look at a single byte.
const SAME = body("bench-the-same");

/**
 * Does a task some times over.
 *
 * @param {Contender} contender
 * @param {{ sign?: (body: Uint8Array) => Signature | Promise<Signature>, key: Key, task: Task, count: number }} work
 */
export async function repeat(contender, { sign, key, task, count }) {
  for (let i = 0; i < count; i++) {
    if (task === "open") {
      contender.open(key);
    } else {
      bodies += 1;
      const result = sign(task === "again" ? SAME : body(`bench-${String(bodies).padStart(8, "0")}`));
      // Not for all: a turn of the queue of promises costs more than looking up a signature.
      if (result instanceof Promise) await result;
    }
  }
}

/** @param {string} text */
function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @param {string} orderId */
export function body(orderId) {
  return encoder.encode(`{"order_id":"${orderId}"}`);
}

/**
 * @param {Signature} signature
 * @returns {string} In base64.
 */
export function toBase64(signature) {
  return typeof signature === "string" ? signature : btoa(String.fromCharCode(...new Uint8Array(signature)));
}
