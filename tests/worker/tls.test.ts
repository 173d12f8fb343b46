/** AliKassa's sample switches certificate checks off. The Worker does not. */
import assert from "node:assert/strict";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { assertProblem } from "./client.ts";
import { setUp } from "./harness.ts";

/** A throw-away key, made for this test, and the certificate for 127.0.0.1 that it signed for itself. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNlUYm5h7Ol3543Be
F5tPcTC82Nty4iYoBb0WGRbsReWhRANCAATTBKvhghi8I7e1mdSPwK7CrnQDfDsE
zGlELwLaNqbAJLO+uEvKL218fx7ZHprKDxHRUqoXwI2filgM7nIQ1p7U
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUFE4G2hUx1X3Z3k2093EAwE8Xm+owCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNDAzMzAzM1oYDzIxMjYxMDMx
MDMzMDMzWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATTBKvhghi8I7e1mdSPwK7CrnQDfDsEzGlELwLaNqbAJLO+uEvKL218
fx7ZHprKDxHRUqoXwI2filgM7nIQ1p7Uo2QwYjAdBgNVHQ4EFgQURZN0Ow4ZSWkf
/e/xJFCry1mHYlIwHwYDVR0jBBgwFoAURZN0Ow4ZSWkf/e/xJFCry1mHYlIwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IHDAzIyaXcPizcLtRJlqnrl2RzWivbSKm/4L4Mn4S8yJAiEA4iMFdXN6BAUhq24k
GQpXBdYmkO/GwQ8iwVzqHnNk8Xg=
-----END CERTIFICATE-----`;
const UNREACHABLE = { status: 502, code: "upstream_unreachable", retryable: true, upstream: {} } as const;

let requests = 0;
const impostor = createServer({ key: KEY, cert: CERTIFICATE }, (_, response) => {
  requests += 1;
  response.end('{"payment_status":"fail","id":"100000536"}');
});
await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
const { port } = impostor.address() as AddressInfo;
after(() => {
  impostor.close();
  impostor.closeAllConnections();
});
const { sandbox, clients } = await setUp(({ sandbox }) => ({
  selfSigned: { ALIKASSA_BASE_URL: `https://127.0.0.1:${port}` },
  noTls: { ALIKASSA_BASE_URL: sandbox.baseUrl.replace("http:", "https:") },
}));

describe("the connection to AliKassa", () => {
  test("is refused with a self-signed certificate", async () => {
    assertProblem(await clients.selfSigned.post({ id: "100000536" }), UNREACHABLE);
    assert.equal(requests, 0);
  });

  test("works for a client that does not check the certificate", async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, rejectUnauthorized: false, agent: false };
      request(options, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    assert.equal(status, 200);
    assert.equal(requests, 1);
  });

  test("is refused without TLS", async () => {
    assertProblem(await clients.noTls.post({ id: "100000536" }), UNREACHABLE);
    assert.equal(sandbox.requests.length, 0);
  });
});
