/** Shows answers of the Worker: a payout, or why there is none. */
import { element, foreign, list } from "./element.js";
import { texts } from "./texts.js";

/** The payout in an answer. */
export function payoutParts({ json, cache, text }) {
  const status = json.payment_status;
  const isKnown = Object.hasOwn(texts.statuses, status);
  const fields = Object.entries(json).map(([name, value]) => [name, fieldValue(value)]);
  return [
    element(
      "div",
      { class: "payout", "data-status": isKnown ? status : "other" },
      element("strong", {}, foreign(status)),
      element("span", {}, isKnown ? texts.statuses[status] : texts.otherStatus),
      element("span", { class: "final" }, json.is_final === true ? texts.final : texts.notFinal),
    ),
    ...(Object.hasOwn(texts.cache, cache) ? [element("p", { class: "note" }, texts.cache[cache])] : []),
    list(fields),
    original(text),
  ];
}

/** Anything but the payout: its state is unknown, and nothing here looks like a status. */
export function unknownPanel(answer) {
  return element(
    "div",
    { class: "unknown" },
    element("h4", {}, texts.unknown),
    element("p", {}, texts.advice),
    problemList(answer, texts.notThePayout),
    ...(answer.text === "" ? [] : [original(answer.text)]),
  );
}

/**
 * The reasons for which an answer is not the expected one.
 *
 * @param {import("./request.js").Answer} answer
 * @param {string} notExpected Describes an answer that is no problem document.
 */
export function problemList({ status, json }, notExpected) {
  const problem = typeof json?.code === "string" ? json : undefined;
  const isAnswered = status !== undefined;
  const code = isAnswered ? texts.notUnderstood : texts.noAnswer;
  const detail = isAnswered ? notExpected : texts.unreachable;
  const rows = [
    [texts.code, problem === undefined ? code : foreign(problem.code)],
    // The Worker writes its problems in English.
    [texts.detail, problem?.detail === undefined ? detail : foreign(String(problem.detail), "en")],
    [texts.httpStatus, isAnswered ? String(status) : texts.none],
  ];
  if (problem?.upstream_status !== undefined) rows.push([texts.upstreamStatus, fieldValue(problem.upstream_status)]);
  if (problem?.message !== undefined) rows.push([texts.upstreamMessage, fieldValue(problem.message)]);
  if (problem?.errors !== undefined) rows.push([texts.upstreamErrors, fieldValue(problem.errors)]);
  rows.push([texts.askAgain, (problem?.retryable ?? true) ? texts.later : texts.afterCorrection]);
  return list(rows);
}

/** A value of JSON, as text. */
export function fieldValue(value) {
  if (value === null) return element("span", { class: "absent" }, "null");
  return foreign(typeof value === "string" ? value : JSON.stringify(value));
}

function original(text) {
  return element(
    "details",
    {},
    element("summary", {}, texts.original),
    element("pre", { tabindex: "0" }, element("code", {}, text)),
  );
}
