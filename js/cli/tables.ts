/** Tables. */
import { Table } from "console-table-printer";
import { type Fields, type Result, rowOf, textsOf } from "./results.js";
import { printable, styled, widthOf } from "./terminal.js";

const COLUMNS = ["id", "order_id", "payment_status", "is_final", "amount", "payout_state"] as const;
const MAX_CELL = 40;

/** A table with borders. The last column is wrapped to `maxLast` characters. */
function frame(names: readonly string[], rows: readonly (readonly string[])[], maxLast = Infinity): string {
  const columns = names.map((title, at) => ({
    ...{ name: String(at), title, alignment: "left" as const },
    ...(at === names.length - 1 && Number.isFinite(maxLast) ? { maxLen: maxLast } : {}),
  }));
  const table = new Table({ columns, shouldDisableColors: true });
  for (const row of rows) table.addRow(Object.fromEntries(row.map((cell, at) => [String(at), cell])));
  return table.render();
}

/** One row for each result. */
export function resultsTable(results: readonly Result[]): string {
  const records = results.map((result) => {
    const fields = rowOf(result);
    return result.payout === undefined ? { ...fields, payout_state: `unknown: ${fields["code"] ?? ""}` } : fields;
  });
  return recordsTable(COLUMNS, records);
}

/** One row for each record. */
export function recordsTable(
  columns: readonly string[],
  records: readonly Readonly<Record<string, string | undefined>>[],
): string {
  const rows = records.map((record) =>
    columns.map((column) => {
      const whole = printable(record[column] ?? "");
      // Ids are never shortened.
      const text = column === "id" || column === "order_id" ? whole : shortened(whole);
      if (column === "payment_status") return styledStatus(text);
      const isUnknown = column === "payout_state" && text.startsWith("unknown");
      return isUnknown ? styled("yellow", text, process.stdout) : text;
    }),
  );
  return frame(columns, rows);
}

/** One row for each field. */
export function fieldsTable(fields: Fields): string {
  const rows = Object.entries(textsOf(fields)).map(([name, value]) => {
    const text = printable(value);
    if (name === "payment_status") return [name, styledStatus(text)];
    return [printable(name), name === "payout_state" ? styled("yellow", text, process.stdout) : text];
  });
  // The width of the terminal without borders and the longest name, account_payment_amount.
  return frame(["field", "value"], rows, Math.max(widthOf(process.stdout) - 30, 20));
}

function styledStatus(status: string): string {
  if (status === "paid") return styled("green", status, process.stdout);
  return status === "cancel" || status === "fail" ? styled("red", status, process.stdout) : status;
}

function shortened(text: string): string {
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
