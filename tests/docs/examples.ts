/** The examples of README.md, docs/npm.md and the doc comments in js/src and js/sandbox, as modules of a project. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../package/installed.ts";

/** One of them. */
export interface Example {
  /** File and line, as they are told to a person. */
  readonly name: string;
  /** A name for its module. */
  readonly file: string;
  readonly source: string;
}

/** All of them, in the order of their files. */
export function findExamples(): Example[] {
  const sources = ["js/src", "js/sandbox"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  );
  return ["README.md", "docs/npm.md", ...sources.sort()].flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return [...text.matchAll(/^([ *]*)```ts\n([\s\S]*?)\n\1```$/gm)].map(({ 1: margin = "", 2: code = "", index }) => {
      const line = text.slice(0, index).split("\n").length;
      // An empty line of a comment has no blank after its star.
      const source = code
        .split("\n")
        .map((row) => row.slice(margin.length))
        .join("\n");
      return { name: `${path}:${line}`, file: `${path.replace(/\W+/g, "-")}-${line}.ts`, source };
    });
  });
}

/**
 * An example as a module. What it does is in a function, since some examples return something; its imports and exports are not,
 * and what it takes from the package without saying so is imported.
 */
export function toModule({ source }: Example): string {
  const outer = [...source.matchAll(/^(?:import|export) [\s\S]*?;$/gm)].map(([statement]) => statement);
  const inner = outer.reduce((rest, statement) => rest.replace(statement, ""), source);
  const declared = new Set([...source.matchAll(/\b(?:const|function|class|let) (\w+)/g)].map(([, name]) => name));
  const imported = outer.join("\n");
  const isIn = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  const added = Object.entries(MODULES)
    .map(([specifier, index]) => {
      const missing = [...exportsOf(index)].filter(
        ([name]) => isIn(inner, name) && !declared.has(name) && !isIn(imported, name),
      );
      return missing.length > 0
        ? `import { ${missing.map(([, name]) => name).join(", ")} } from "${specifier}";\n`
        : "";
    })
    .join("");
  return `import "./globals.ts";\n${added}${imported}\n
export async function example(): Promise<unknown> {
${inner.trim()}
return;
}
`;
}

/** The modules whose exports an example may use without an import. */
const MODULES = { "alikassa-edge": "js/src/index.ts", "alikassa-edge/sandbox": "js/sandbox/index.ts" };

/** The exports of a module, each as it is imported: `name` or `type name`. */
function exportsOf(index: string): Map<string, string> {
  const text = readFileSync(join(ROOT, index), "utf8");
  const found = new Map<string, string>();
  for (const [, areTypes, names = ""] of text.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const part of names.split(",").map((name) => name.trim())) {
      const name = part.replace(/^type /, "");
      if (name !== "") found.set(name, areTypes === undefined && name === part ? name : `type ${name}`);
    }
  }
  return found;
}
