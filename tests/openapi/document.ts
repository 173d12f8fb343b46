/** The OpenAPI document, and whether an answer matches it. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Answer, jsonOf, type WorkerClient } from "../worker/client.ts";

/** The part of a schema that is used here. */
export interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema | boolean>>;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Media {
  readonly schema: Schema;
}

interface Header {
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Response {
  readonly headers?: Readonly<Record<string, Reference<Header>>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Reference<Response>>>;
}

type Reference<T> = T | { readonly $ref: string };

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

const METHODS = ["get", "post", "put", "patch", "delete", "options", "head", "trace"];
const PROBLEM = "application/problem+json";
/** Headers that any answer may have. */
const COMMON = new Set([
  "allow",
  "cache-control",
  "cf-cache-status",
  "connection",
  "content-length",
  "content-security-policy",
  "content-type",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "date",
  "keep-alive",
  "referrer-policy",
  "server-timing",
  "transfer-encoding",
  "x-content-type-options",
]);

/** The document. */
export class Document {
  readonly json: OpenApi;
  readonly #ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });

  constructor(json: unknown) {
    this.json = json as OpenApi;
    // The keywords around the schemas are not part of them.
    for (const word of Object.keys(this.json)) this.#ajv.addKeyword(word);
    this.#ajv.addSchema({ ...this.json, $id: "openapi.json" });
  }

  static async of(client: WorkerClient): Promise<Document> {
    return new Document(jsonOf(await client.ask({ path: "/openapi.json", token: null })));
  }

  /** Every operation, with its path and its method in capitals. */
  get operations(): { readonly path: string; readonly method: string; readonly operation: Operation }[] {
    return Object.entries(this.json.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => Object.hasOwn(item, method)).map((method) => {
        return { path, method: method.toUpperCase(), operation: item[method] as Operation };
      }),
    );
  }

  /** The methods that a path supports. `HEAD` comes with `GET`, as the document's description says. */
  methodsOf(path: string): string[] {
    const methods = this.operations.filter((one) => one.path === path).map(({ method }) => method);
    return methods.includes("GET") ? [...methods, "HEAD"].sort() : methods.sort();
  }

  operation(id: string): Operation {
    const found = this.operations.find(({ operation }) => operation.operationId === id);
    assert.ok(found, `the document has no operation ${id}`);
    return found.operation;
  }

  resolve<T>(reference: Reference<T>): T {
    const path = (reference as { readonly $ref?: string }).$ref;
    if (path === undefined) return reference as T;
    const names = path.replace(/^#\//, "").split("/");
    return names.reduce<unknown>((inside, name) => (inside as Record<string, unknown>)[name], this.json) as T;
  }

  /** The codes of failures. */
  get codes(): string[] {
    return (this.json.components.schemas["Code"]?.oneOf ?? []).map((code) => String(code.const));
  }

  /** The outcomes of an operation: a status, with the code if it is a failure. */
  outcomesOf(operation: Operation): string[] {
    return Object.entries(operation.responses).flatMap(([status, reference]) => {
      const schema = this.resolve(reference).content?.[PROBLEM]?.schema;
      return schema === undefined ? [status] : codesOf(schema).map((code) => `${status} ${code}`);
    });
  }

  /** Fails unless the answer matches the operation. */
  assertAnswer(operation: Operation, answer: Answer, method = "GET"): void {
    const response = operation.responses[answer.status];
    assert.ok(response, `${operation.operationId} answered ${answer.status}: ${answer.text}`);
    this.assertResponse(this.resolve(response), answer, method);
  }

  /** Fails unless the answer matches a response of the components. */
  assertComponent(name: string, answer: Answer, method = "GET"): void {
    const response = this.json.components.responses[name];
    assert.ok(response, `the document has no response ${name}`);
    this.assertResponse(response, answer, method);
  }

  assertResponse(response: Response, answer: Answer, method: string): void {
    const headers = new Map(Object.entries(response.headers ?? {}).map(([name, one]) => [name.toLowerCase(), one]));
    for (const [name, value] of answer.headers) {
      const header = headers.get(name);
      assert.ok(header !== undefined || COMMON.has(name), `the header ${name} is not in the document`);
      if (header === undefined) continue;
      const { schema } = this.resolve(header);
      this.assertValue(schema.type === "integer" ? Number(value) : value, schema, `the header ${name}`);
    }
    for (const [name, header] of headers) {
      if (this.resolve(header).required) assert.ok(answer.headers.has(name), `the header ${name} is missing`);
    }
    const { content } = response;
    if (content === undefined || method === "HEAD") assert.equal(answer.text, "");
    if (content === undefined) return;
    const type = answer.headers.get("Content-Type")?.split(";")[0] ?? "";
    const media = content[type];
    assert.ok(media, `the Content-Type ${type} is not in the document`);
    if (method === "HEAD") return;
    const value = type.endsWith("json") ? jsonOf(answer) : answer.text;
    this.assertValue(value, media.schema, answer.text);
  }

  assertValue(value: unknown, schema: Schema, what: string): void {
    const validate = this.#ajv.compile(absolute(schema) as Schema);
    assert.ok(validate(value), `${what}\n${JSON.stringify(validate.errors, null, 2)}`);
  }

  /** Whether a value matches a schema of the components. */
  fits(value: unknown, name: string): boolean {
    return this.#ajv.validate({ $ref: `openapi.json#/components/schemas/${name}` }, value);
  }
}

/** The values that a schema allows for `code`, at any depth. */
function codesOf({ properties = {}, allOf = [], oneOf = [] }: Schema): string[] {
  const code = properties["code"];
  const own = typeof code === "object" ? (code.const === undefined ? (code.enum ?? []) : [code.const]) : [];
  return [...own.map(String), ...[...allOf, ...oneOf].flatMap(codesOf)];
}

/** The schema with references that can be resolved outside of the document. */
function absolute(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(absolute);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === "$ref" ? `openapi.json${inner}` : absolute(inner)]),
  );
}
