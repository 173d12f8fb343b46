/** `/openapi.json` as documentation. */
import { element, list } from "./element.js";

const METHODS = new Set(["get", "post"]);

const place = document.getElementById("documentation");
const state = document.getElementById("documentation-state");

async function load() {
  try {
    return await (await fetch("/openapi.json")).json();
  } catch {
    return undefined;
  }
}

function show(api) {
  const documentation = new Documentation(api);
  document.getElementById("summary").textContent = `${api.info.summary} · version ${api.info.version}`;
  place.append(...documentation.parts());
  // A link into the page leads to what was not there when the page was opened.
  if (location.hash !== "") document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

class Documentation {
  #api;

  constructor(api) {
    this.#api = api;
  }

  parts() {
    const operations = this.#api.tags.flatMap((tag) => this.#operations(tag));
    const { Code, ...schemas } = this.#api.components.schemas;
    return [
      ...prose(this.#api.info.description),
      this.#contents(),
      ...operations,
      element("h3", { id: "codes" }, "Codes"),
      list(Code.oneOf.map((code) => [code.const, element("div", {}, prose(code.description))])),
      element("h3", { id: "types" }, "Types"),
      ...Object.entries(schemas).map(([name, schema]) => this.#type(name, schema)),
    ];
  }

  /** What the Worker answers, and then what it asks the merchant. */
  *#eachOperation() {
    for (const [path, item] of Object.entries(this.#api.paths)) yield* this.#operationsOf(path, item, true);
    for (const [name, item] of Object.entries(this.#api.webhooks ?? {})) {
      yield* this.#operationsOf(`your endpoint: ${name}`, item, false);
    }
  }

  *#operationsOf(path, item, isAnswered) {
    for (const [method, operation] of Object.entries(item)) {
      if (METHODS.has(method)) yield { path, method, operation, shared: item.parameters ?? [], isAnswered };
    }
  }

  #contents() {
    const links = [...this.#eachOperation()].map(({ path, method, operation }) => [
      operation.operationId,
      [badge(method), " ", path],
    ]);
    links.push(["codes", "Codes"], ["types", "Types"]);
    const items = links.map(([id, text]) => element("li", {}, element("a", { href: `#${id}` }, text)));
    return element("nav", { "aria-label": "The API" }, element("ul", {}, items));
  }

  #operations({ name, description }) {
    const operations = [...this.#eachOperation()].filter(({ operation }) => operation.tags.includes(name));
    return [element("p", { class: "tag" }, description), ...operations.map((one) => this.#operation(one))];
  }

  #operation({ path, method, operation, shared, isAnswered }) {
    const parameters = [...(operation.parameters ?? []), ...shared].map((parameter) => this.#resolve(parameter));
    const title = element("h3", { id: operation.operationId }, badge(method), " ", element("code", {}, path));
    const security = operation.security ?? this.#api.security;
    const isOpen = security.length === 0 || security.some((scheme) => Object.keys(scheme).length === 0);
    const parts = [title, element("p", {}, element("strong", {}, operation.summary)), ...prose(operation.description)];
    if (isAnswered) parts.push(element("p", { class: "note" }, isOpen ? "Needs no token." : "Needs a token."));
    if (parameters.length > 0) parts.push(element("h4", {}, "Parameters"), this.#parameters(parameters));
    if (operation.requestBody !== undefined) {
      parts.push(element("h4", {}, "Body"), ...this.#content(operation.requestBody.content));
    }
    parts.push(element("h4", {}, "Answers"));
    parts.push(...Object.entries(operation.responses).map(([status, response]) => this.#answer(status, response)));
    return element("article", { "aria-labelledby": operation.operationId }, parts);
  }

  #parameters(parameters) {
    const rows = parameters.map(({ name, in: where, required, schema, description }) => [
      name,
      element(
        "div",
        {},
        element("em", {}, `${required ? "required, " : ""}in the ${where}, `, this.#typeOf(schema)),
        prose(description),
      ),
    ]);
    return list(rows);
  }

  #answer(status, reference) {
    const { description, headers = {}, content = {} } = this.#resolve(reference);
    const parts = [element("summary", {}, element("strong", {}, status), " ", inline(description))];
    if (Object.keys(headers).length > 0) {
      const rows = Object.entries(headers).map(([name, header]) => [
        name,
        element("div", {}, prose(this.#resolve(header).description)),
      ]);
      parts.push(element("h5", {}, "Headers"), list(rows));
    }
    parts.push(...this.#content(content));
    return element("details", {}, parts);
  }

  #content(content) {
    return Object.entries(content).flatMap(([type, media]) => {
      const about = element("p", {}, element("code", {}, type), " ", element("em", {}, this.#typeOf(media.schema)));
      return [about, ...this.#codes(media.schema), ...this.#examples(media)];
    });
  }

  /** The codes that a problem of this answer can have. */
  #codes(schema) {
    const codes = codesOf(schema);
    if (codes.length === 0) return [];
    const texts = codes.flatMap((code) => [", ", element("code", {}, code)]).slice(1);
    return [element("p", {}, codes.length === 1 ? "Code: " : "One of the codes: ", texts)];
  }

  #examples({ example, examples, schema }) {
    const named = Object.values(examples ?? {}).map(({ summary, value }) => [summary, value]);
    const own = example === undefined ? named : [["Example", example]];
    const [ofType] = this.#resolve(schema).examples ?? [];
    const all = own.length === 0 && ofType !== undefined ? [["Example", ofType]] : own;
    return all.map(([summary, value]) =>
      element(
        "figure",
        {},
        element("figcaption", {}, summary),
        element("pre", { tabindex: "0" }, element("code", {}, JSON.stringify(value, null, 2))),
      ),
    );
  }

  #type(name, schema) {
    const title = element("h4", { id: `type-${name}` }, name);
    const parts = [title, ...prose(schema.description)];
    const bases = (schema.allOf ?? []).filter(({ $ref }) => $ref !== undefined);
    for (const base of bases)
      parts.push(element("p", {}, "All fields of ", this.#typeOf(base), " and no other but these:"));
    for (const one of schema.properties === undefined ? (schema.oneOf ?? []) : [schema])
      parts.push(...this.#fields(one));
    return element("section", { "aria-labelledby": `type-${name}` }, parts);
  }

  #fields({ properties = {}, required = [] }) {
    const rows = Object.entries(properties).map(([name, field]) => {
      const type = element("em", {}, required.includes(name) ? "always there, " : "", this.#typeOf(field));
      return [name, element("div", {}, type, prose(field.description))];
    });
    return rows.length === 0 ? [] : [list(rows)];
  }

  /** The type of a value, in words and links. */
  #typeOf(schema) {
    if (schema === false) return "never there";
    const { $ref, type, items, enum: words, const: word, oneOf, allOf, properties } = schema;
    if ($ref !== undefined) {
      const name = $ref.split("/").at(-1);
      return element("a", { href: name === "Code" ? "#codes" : `#type-${name}` }, name);
    }
    if (word !== undefined) return JSON.stringify(word);
    if (words !== undefined) return words.map((one) => JSON.stringify(one)).join(" or ");
    if (items !== undefined) return element("span", {}, "list of ", this.#typeOf(items));
    if (oneOf !== undefined) {
      return element("span", {}, oneOf.flatMap((one) => [" or ", this.#typeOf(one)]).slice(1));
    }
    if (allOf !== undefined) return this.#typeOf(allOf[0]);
    // An object that has no name of its own is told by its fields.
    if (type === "object" && properties !== undefined) {
      const fields = Object.entries(properties).flatMap(([name, field]) => [", ", `${name}: `, this.#typeOf(field)]);
      return element("span", {}, "{ ", fields.slice(1), " }");
    }
    return [type].flat().join(" or ");
  }

  #resolve(value) {
    if (value.$ref === undefined) return value;
    return value.$ref
      .slice(2)
      .split("/")
      .reduce((inside, name) => inside[name.replaceAll("~1", "/").replaceAll("~0", "~")], this.#api);
  }
}

/** All values that `code` is restricted to, at any depth. */
function codesOf({ properties = {}, allOf = [], oneOf = [] }) {
  const { const: word, enum: words = [] } = properties.code ?? {};
  return [...(word === undefined ? words : [word]), ...[...allOf, ...oneOf].flatMap(codesOf)];
}

function badge(method) {
  return element("span", { class: "method", "data-method": method }, method.toUpperCase());
}

/** Paragraphs. */
function prose(text = "") {
  return text
    .split("\n\n")
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => element("p", {}, inline(paragraph)));
}

/** Of Markdown, what the descriptions use: `code` and **strong**. */
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return element("code", {}, part.slice(1, -1));
    return part.startsWith("**") ? element("strong", {}, part.slice(2, -2)) : part;
  });
}

// Last, since a class is not there before its place.
const loaded = await load();
if (loaded === undefined) state.prepend("It could not be loaded; it is at ");
else show(loaded);
