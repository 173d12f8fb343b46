/**
 * The Worker that one would write in plain JavaScript: the same request and answer, signed by WebCrypto with a key that was
 * decrypted beforehand.
 */
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" };
const FINAL = new Set(["paid", "cancel", "fail"]);

let importing;

export default {
  async fetch(request, env) {
    if (!(await isAuthorized(request, env))) return problem(401, "unauthorized");
    if (new URL(request.url).pathname !== "/v1/payout/status") return problem(404, "not_found");
    const { order_id } = (await request.json().catch(() => undefined)) ?? {};
    if (typeof order_id !== "string" || order_id.length > 128) return problem(400, "invalid_request");
    importing ??= importKey(env.PKCS8);
    const body = JSON.stringify({ order_id });
    const signature = await crypto.subtle.sign(ALGORITHM.name, await importing, new TextEncoder().encode(body));
    const Sign = btoa(String.fromCharCode(...new Uint8Array(signature)));
    const response = await fetch(`${env.ALIKASSA_BASE_URL}/v1/payout/status`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Account: env.ALIKASSA_ACCOUNT, Sign },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    if (response?.status !== 200) return problem(502, "upstream_status");
    const payout = await response.json();
    if (payout.order_id !== order_id) return problem(502, "upstream_invalid");
    return Response.json({ ...payout, is_final: FINAL.has(payout.payment_status) });
  },
};

async function isAuthorized(request, env) {
  const [, token = ""] = /^Bearer (.+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  const [given, known] = await Promise.all([hash(token), hash(env.API_TOKENS)]);
  return crypto.subtle.timingSafeEqual(given, known);
}

function hash(text) {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

function importKey(pkcs8) {
  const der = Uint8Array.from(atob(pkcs8), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

function problem(status, code) {
  return Response.json({ status, code }, { status, headers: { "Content-Type": "application/problem+json" } });
}
