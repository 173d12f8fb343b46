/**
 * Checks of the files as such: their length, their names, where their links lead, and what must not stand in them.
 */
import { posix } from "node:path";
import type { TextFile } from "./repository.ts";

const MAX_LINES = 400;
/** Names that say nothing of a subject, so that everything ends up under them. */
const EMPTY_NAMES = new Set(["common", "helper", "helpers", "manager", "misc", "util", "utils"]);

/** Files that are too long to be read in one go. */
export function findLongFiles(files: readonly TextFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0) }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines, and ${MAX_LINES} are the limit`);
}

/** Files and folders whose name says nothing. */
export function findEmptyNames(paths: readonly string[]): string[] {
  return paths.filter((path) => path.split("/").some((part) => EMPTY_NAMES.has(part.split(".")[0] ?? "")));
}

/**
 * Relative links of Markdown files, and of the HTML in them, that lead nowhere.
 *
 * @param paths All files that there are.
 */
export function findDeadLinks(files: readonly TextFile[], paths: readonly string[]): string[] {
  const known = new Set(paths.flatMap((path) => [path, ...foldersOf(path)]));
  return files.flatMap(({ path, text }) =>
    linksOf(text)
      .filter((link) => !/^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i.test(link))
      .filter((link) => !known.has(resolveLink(path, link)))
      .map((link) => `${path}: ${link} leads nowhere`),
  );
}

/** Traces of the machine that a file was written on. */
export function findTraces(files: readonly TextFile[]): string[] {
  // In pieces, so that this file is not found itself.
  const folder = ["", "work", ""].join("/");
  const patterns = [
    { about: "an absolute path of one machine", pattern: new RegExp(`(?<![\\w.\\-*~}])${folder}\\w`) },
    { about: "a registry's address", pattern: /\bhttps?:\/\/[^\s"'/]*\b(?:registry|artifactory|nexus|mirror)\b/i },
    { about: "a resolved URL in a lock file", pattern: /^\s*"resolved": "/m },
  ];
  return files.flatMap(({ path, text }) =>
    patterns.filter(({ pattern }) => pattern.test(text)).map(({ about }) => `${path}: ${about}`),
  );
}

function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function linksOf(markdown: string): string[] {
  // What stands in code is no link.
  const text = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  const html = [...text.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g)];
  return [...inline, ...references, ...html].map((match) => match[1] ?? "");
}

function resolveLink(from: string, link: string): string {
  const target = decodeURIComponent(link.split(/[?#]/)[0] ?? "");
  return posix.join(posix.dirname(from), target).replace(/\/$/, "");
}
