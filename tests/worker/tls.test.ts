/** AliKassa's sample switches certificate checks off. The Worker does not. */
import assert from "node:assert/strict";
import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem } from "./edge.ts";
import { newArchive, openSandbox, soundBindings, startWorkers, type Workers } from "./harness.ts";

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

let sandbox: Sandbox;
let impostor: Server;
let asked = 0;
let workers: Workers<"selfSigned" | "noTls">;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  impostor = createServer({ key: KEY, cert: CERTIFICATE }, (_, response) => {
    asked += 1;
    response.end('{"payment_status":"fail","id":"100000536"}');
  });
  await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
  const { port } = impostor.address() as AddressInfo;
  workers = await startWorkers({
    selfSigned: soundBindings(archive, { url: `https://127.0.0.1:${port}` }),
    noTls: soundBindings(archive, { url: sandbox.url.replace("http:", "https:") }),
  });
});

after(async () => {
  impostor.close();
  impostor.closeAllConnections();
  await sandbox.close();
  await workers.stop();
});

describe("the connection to AliKassa", () => {
  test("is not made if nobody vouches for its certificate", async () => {
    assertProblem(await workers.edges.selfSigned.post({ id: "100000536" }), UNREACHABLE);
    assert.equal(asked, 0);
  });

  test("would be made by a client that does not look, so that it is the certificate that is refused", async () => {
    const { port } = impostor.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, rejectUnauthorized: false, agent: false };
      request(options, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    assert.equal(status, 200);
    assert.equal(asked, 1);
  });

  test("is not made without TLS where https was asked for", async () => {
    assertProblem(await workers.edges.noTls.post({ id: "100000536" }), UNREACHABLE);
    assert.equal(sandbox.requests.length, 0);
  });
});
