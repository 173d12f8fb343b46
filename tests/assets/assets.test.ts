/** The static assets: which requests they answer, and with which headers. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertProblem } from "../worker/client.ts";
import { setUp } from "../worker/harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/** Swagger UI needs images in its stylesheet, and inserts HTML. */
const REFERENCE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  "/": "text/html; charset=utf-8",
  "/reference": "text/html; charset=utf-8",
  "/openapi.json": "application/json",
  "/lookup.js": "text/javascript; charset=utf-8",
  "/style.css": "text/css; charset=utf-8",
  "/icon.svg": "image/svg+xml",
  "/swagger-ui/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

const { clients } = await setUp(
  { sound: {}, closed: { API_TOKENS: undefined, ALIKASSA_ACCOUNT: undefined } },
  { assets: true },
);

describe("a static file", () => {
  for (const [path, type] of Object.entries(TYPES)) {
    test(`has its headers and needs no token: ${path}`, async () => {
      const { status, headers } = await clients.closed.ask({ path: `${path}?x=1`, token: null });
      assert.equal(status, 200);
      assert.equal(headers.get("Content-Type"), type);
      assert.equal(headers.get("Content-Security-Policy"), path === "/reference" ? REFERENCE_POLICY : POLICY);
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
      assert.equal(headers.get("Referrer-Policy"), "no-referrer");
      assert.equal(headers.get("Cross-Origin-Opener-Policy"), "same-origin");
      assert.equal(headers.get("Cross-Origin-Resource-Policy"), "same-origin");
      // A browser asks each time, because the files of two versions do not fit together.
      assert.equal(headers.get("Cache-Control"), "public, max-age=0, must-revalidate");
    });
  }

  test("is not sent again if the client has it", async () => {
    for (const path of Object.keys(TYPES)) {
      const tag = (await clients.sound.ask({ path })).headers.get("ETag") ?? "";
      for (const [known, expected] of [
        [tag, 304],
        [`W/${tag}`, 304],
        ['"other"', 200],
        [tag.slice(1, -1), 200],
      ] as const) {
        const { status, text } = await clients.sound.ask({ path, headers: { "If-None-Match": known } });
        assert.equal(status, expected, `${path} ${known}`);
        if (status === 304) assert.equal(text, "");
      }
    }
  });

  test("answers HEAD without a body", async () => {
    const { status, headers, text } = await clients.sound.ask({ path: "/", method: "HEAD" });
    assert.equal(status, 200);
    assert.equal(headers.get("Content-Type"), TYPES["/"]);
    assert.equal(text, "");
  });

  test("answers 405 to any other method", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status, headers, text } = await clients.sound.askRaw({ path: "/", method });
      assert.equal(status, 405, method);
      assert.equal(headers.get("Allow"), "GET, HEAD");
      assert.equal(text, "");
    }
  });

  test("has one path, to which its other names lead", async () => {
    for (const [path, expected] of [
      ["/index", "/"],
      ["/index.html", "/"],
      ["/reference.html", "/reference"],
      ["/reference/", "/reference"],
    ] as const) {
      const { status, headers } = await clients.sound.ask({ path });
      assert.equal(status, 307, path);
      assert.equal(headers.get("Location"), expected);
    }
  });
});

describe("any other path", () => {
  test("reaches the Worker", async () => {
    const { sound, closed } = clients;
    for (const path of [
      "/nothing",
      "/assets/",
      "/_headers",
      "/openapi.yaml",
      "/openapi.json/",
      "/Reference",
      "//nothing",
    ]) {
      assertProblem(await sound.askRaw({ path }), { status: 404, code: "not_found" });
      assertProblem(await sound.askRaw({ path, method: "POST" }), { status: 404, code: "not_found" });
    }
    for (const path of ["/healthz", "/v1/payout/status?id=1"]) {
      assertProblem(await closed.ask({ path }), { status: 503, code: "not_configured" });
    }
  });
});

describe("the npm package", () => {
  test("has the same files", () => {
    const read = (folder: string) => {
      const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
      const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
      return new Map(paths.sort().map((path) => [path.slice(join(ROOT, folder).length), readFileSync(path, "base64")]));
    };
    const deployed = read("build/assets");
    assert.ok(deployed.has("/index.html"));
    assert.deepEqual(read("dist/worker/assets"), deployed);
  });
});
