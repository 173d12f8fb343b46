/**
 * Check of the Rust documentation: that whatever is public has an example, or takes part in one next to it.
 *
 * `pub` without a bracket is public for good: the compiler refuses it where nobody outside could reach it (`unreachable_pub`).
 */
import type { TextFile } from "./repository.ts";

const ITEM = /^ *pub (?:const |async )*(fn|struct|enum|trait|const|type) (\w+)/;
const DOC = /^ *\/\/[/!] ?/;

/** Public items without an example, one sentence for each. */
export function findWithoutExample(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split("\n");
    const examples = examplesOf(lines).join("\n");
    return lines.flatMap((line, index) => {
      const [, kind = "", name = ""] = ITEM.exec(line) ?? [];
      if (name === "" || examplesOf(documentation(lines, index)).length > 0) return [];
      // A function is called; everything else is named.
      const use = kind === "fn" ? new RegExp(`(?:\\.|::)${name}(?:::<[^>]*>)?\\(`) : new RegExp(`\\b${name}\\b`);
      return use.test(examples) ? [] : [`${path}:${index + 1}: ${kind} ${name} is in no example`];
    });
  });
}

/** The lines of documentation before an item, over its attributes. */
function documentation(lines: readonly string[], item: number): string[] {
  const before: string[] = [];
  for (let index = item - 1; index >= 0; index -= 1) {
    const line = lines[index] ?? "";
    if (DOC.test(line)) before.unshift(line);
    else if (!/^ *#\[/.test(line)) break;
  }
  return before;
}

/** The lines of code in documentation. */
function examplesOf(lines: readonly string[]): string[] {
  let inside = false;
  return lines
    .filter((line) => DOC.test(line))
    .map((line) => line.replace(DOC, ""))
    .filter((line) => {
      if (!line.startsWith("```")) return inside;
      inside = !inside;
      return false;
    });
}
