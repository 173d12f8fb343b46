/** The API reference: it shows the whole OpenAPI document, under its Content-Security-Policy and without third parties. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Document } from "../openapi/document.ts";
import { setUpPage } from "./browser.ts";

const { client, visit } = await setUpPage("/reference");
const document_ = await Document.of(client);

describe("the API reference", () => {
  test("shows each operation with its answers", () =>
    visit(async ({ page }) => {
      await page.locator(".opblock").first().waitFor();
      for (const { path, method, operation } of document_.operations) {
        const block = page.locator(`.opblock[id$="-${operation.operationId}"]`);
        assert.equal(await block.locator(".opblock-summary-method").textContent(), method);
        // Swagger UI puts zero-width spaces into paths, where a line may break.
        const shown = (await block.locator(".opblock-summary-path").textContent())?.replaceAll("\u200b", "");
        assert.equal(shown, path);
        await block.locator(".opblock-summary-control").click();
        await block.locator(".responses-table").waitFor();
        const statuses = await block.locator(".response td.response-col_status").allTextContents();
        assert.deepEqual(
          statuses.map((text) => text.slice(0, 3)),
          Object.keys(operation.responses),
          path,
        );
      }
      assert.ok(await page.getByRole("heading", { name: "Webhooks" }).isVisible());
      // The viewer must not invent a status for a failure.
      for (const text of await page.locator(".response:not([data-code^='2'])").allTextContents()) {
        assert.doesNotMatch(text, /payment_status/);
      }
      const examples = page.locator('.opblock[id$="-payoutStatus"] .response[data-code="200"]');
      assert.match((await examples.textContent()) ?? "", /"account_new_balance": "1000"/);
    }));

  test("shows each schema", () =>
    visit(async ({ page }) => {
      await page.locator(".opblock").first().waitFor();
      const shown = (await page.locator("section.models").textContent()) ?? "";
      for (const name of Object.keys(document_.json.components.schemas)) assert.ok(shown.includes(name), name);
    }));

  test("neither asks for a token nor sends requests", () =>
    visit(async (visit) => {
      await visit.page.locator(".opblock-summary-control").first().click();
      await visit.page.locator(".responses-table").first().waitFor();
      assert.equal(await visit.page.getByRole("button", { name: /authori[sz]|try it out|execute/i }).count(), 0);
      assert.equal(await visit.page.locator("input:enabled, textarea:enabled").count(), 0);
      const paths = visit.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
      assert.deepEqual(
        paths.filter(
          (path) => !/^GET \/(?:reference(?:\.css|\.js)?|openapi\.json|icon\.svg|swagger-ui\/.*)$/.test(path),
        ),
        [],
      );
    }));

  test("works in dark colours", () =>
    visit(
      async ({ page }) => {
        await page.locator(".opblock").first().waitFor();
        const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        assert.notEqual(background, "rgba(0, 0, 0, 0)");
      },
      { colorScheme: "dark" },
    ));
});
