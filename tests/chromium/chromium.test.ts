/** The package in a page: bundled by Vite, esbuild and webpack, and by Vite while a program is worked on. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { SHORT, SHORT_APP, SUITE_APP } from "../bundlers/apps.ts";
import { BUNDLERS, bundle, scriptsOf, VITE, writeApp } from "../bundlers/bundle.ts";
import { ALL, assertResults } from "../runtimes/results.ts";
import type { Result } from "../suite/cases.ts";

/** `npm test` says where it is; Debian has it there. */
const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** What a page may do that runs WebAssembly and nothing else that is not its own. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";

/** Serves a page with one script. */
async function serve(script: string): Promise<Server> {
  const page =
    '<!doctype html><html lang="en"><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>';
  const server = createServer((request, response) => {
    const isScript = request.url === "/app.js";
    const type = isScript ? "text/javascript" : "text/html";
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8`, "Content-Security-Policy": POLICY });
    response.end(isScript ? script : page);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("a page", { concurrency: 2, timeout: 120_000 }, () => {
  let browser: Browser | undefined;
  before(async () => {
    browser = await chromium.launch({ executablePath: EXECUTABLE, headless: true, chromiumSandbox: false });
  });
  after(() => browser?.close());

  /** What became of the suite in the page at this URL. */
  async function visit(url: string): Promise<Result[]> {
    assert.ok(browser !== undefined);
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const troubles: string[] = [];
    page.on("pageerror", ({ message }) => troubles.push(message));
    page.on("console", (message) => {
      if (message.type() !== "debug") troubles.push(message.text());
    });
    await page.goto(url);
    await page.waitForFunction("globalThis.suite !== undefined");
    const results = (await page.evaluate("globalThis.suite")) as Result[];
    await context.close();
    assert.deepEqual(troubles, []);
    return results;
  }

  for (const bundler of BUNDLERS) {
    test(`that ${bundler} has made runs the suite`, async (context) => {
      // Vite alone has all of it, since they differ in nothing but how they find the module.
      const app = bundler === "vite" ? SUITE_APP : SHORT_APP;
      const out = await bundle(await writeApp(app), bundler, "browser");
      const [script = assert.fail("no script"), ...more] = (await scriptsOf(out)).values();
      assert.deepEqual(more, []);
      const server = await serve(script);
      context.after(() => server.close());
      const { port } = server.address() as AddressInfo;
      await assertResults(context, await visit(`http://127.0.0.1:${port}/`), bundler === "vite" ? ALL : SHORT);
    });
  }

  test("that Vite serves while a program is worked on runs the suite", async (context) => {
    const folder = await writeApp(SHORT_APP);
    const args = [VITE, "--host", "127.0.0.1", "--port", "0", "--clearScreen", "false"];
    const server = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    context.after(async () => {
      server.kill();
      await once(server, "close");
    });
    await assertResults(context, await visit(await addressOf(server)), SHORT);
  });
});

/** Where a Vite says that it is. */
async function addressOf({ stdout }: ChildProcess): Promise<string> {
  let output = "";
  for await (const piece of stdout ?? []) {
    output += stripVTControlCharacters(String(piece));
    const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(output) ?? [];
    if (address !== undefined) return address;
  }
  return assert.fail(output);
}
