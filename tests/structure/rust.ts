/**
 * Checks of the Rust source: that no storey calls upward, and that nothing is `unsafe`.
 */
import type { TextFile } from "./repository.ts";

/** The storeys of src/, the lowest first. A call only ever goes down. */
const STOREYS = ["ground", "gateway", "edges"] as const;

const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const RAW_STRING = String.raw`\b[bc]?r(#*)"[\s\S]*?"\1`;
const STRING = String.raw`\b[bc]?"(?:\\[\s\S]|[^"\\])*"|"(?:\\[\s\S]|[^"\\])*"`;
const CHARACTER = String.raw`'(?:\\[^\n']+|\\'|[^\\'\n])'`;
const NOT_CODE = new RegExp([COMMENT, RAW_STRING, STRING, CHARACTER].join("|"), "g");

/** Rust code without its comments and literals; line breaks stay, so that lines keep their numbers. */
export function onlyCode(text: string): string {
  return text.replace(NOT_CODE, (part) => part.replace(/[^\n]/g, " "));
}

/**
 * References from a storey to one above it, also through `super::super` and through what lib.rs exports for users.
 *
 * @returns One sentence for each.
 */
export function findUpwardCalls(files: readonly TextFile[]): string[] {
  const found: string[] = [];
  for (const { path, text } of files) {
    const storey = storeyOf(path);
    if (storey === undefined) continue;
    const allowed: readonly string[] = STOREYS.slice(0, STOREYS.indexOf(storey) + 1);
    const above = STOREYS.filter((name) => !allowed.includes(name));
    const code = onlyCode(text);
    // Whatever else stands under `crate` is an export of lib.rs, which is above every storey but the edges.
    for (const { name, line } of pathRoots(code, "crate")) {
      if (!allowed.includes(name) && storey !== "edges") found.push(`${path}:${line}: ${storey} uses crate::${name}`);
    }
    for (const { name, line } of pathRoots(code, "super")) {
      if (above.some((other) => other === name)) found.push(`${path}:${line}: ${storey} uses super::${name}`);
    }
  }
  return found;
}

/** Every `unsafe` in the code, but for files that are allowed to have it. */
export function findUnsafe(files: readonly TextFile[], allowed: readonly string[]): string[] {
  return files
    .filter(({ path }) => !allowed.includes(path))
    .flatMap(({ path, text }) =>
      [...onlyCode(text).matchAll(/\bunsafe\b/g)].map(({ index }) => `${path}:${lineAt(text, index)}: unsafe`),
    );
}

function storeyOf(path: string): (typeof STOREYS)[number] | undefined {
  return STOREYS.find((name) => path === `src/${name}.rs` || path.startsWith(`src/${name}/`));
}

interface PathRoot {
  /** The name that follows `crate::`, or the last `super::`. */
  readonly name: string;
  readonly line: number;
}

function pathRoots(code: string, keyword: "crate" | "super"): PathRoot[] {
  const found: PathRoot[] = [];
  for (const match of code.matchAll(new RegExp(`\\b${keyword}\\s*::\\s*(?=(\\w+)|(\\{)|(\\*))`, "g"))) {
    const line = lineAt(code, match.index);
    const end = match.index + match[0].length;
    if (match[2] === "{") found.push(...groupNames(code, end + 1).map((name) => ({ name, line })));
    else found.push({ name: match[1] ?? "*", line });
  }
  // `super::super` is followed to its end by the second `super`.
  return found.filter(({ name }) => name !== "super");
}

/** The first names of the paths in a `{…}` of a `use`, from behind its bracket: `a::b, {c, d}, e` gives a, c, d, e. */
function groupNames(code: string, begin: number): string[] {
  const names: string[] = [];
  // Where a bracket follows a name, what is in it is below that name.
  const below: boolean[] = [false];
  let atStart = true;
  for (const [token] of code.slice(begin).matchAll(/\w+|::|[{},;]/g)) {
    if (token === "{") {
      below.push(!atStart);
    } else if (token === "}") {
      below.pop();
      if (below.length === 0) break;
    } else if (token === ",") {
      atStart = !below.includes(true);
    } else if (token === ";") {
      break;
    } else if (token !== "::" && atStart) {
      names.push(token);
      atStart = false;
    }
  }
  return names;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
