/** The form that looks up one payout. */
import { element, foreign, list } from "./element.js";
import { chooseLanguage } from "./texts.js";

const PATH = "/v1/payout/status";

const find = (id) => document.getElementById(id);
const form = find("question");
const result = find("result");

let { language, texts } = chooseLanguage();
/** The token. It is kept nowhere else. */
let token = "";
/** Names the text below the token's field. */
let tokenNote = "tokenNote";
/** Cancels the request under way. */
let request = new AbortController();
/** Writes the result into the page, in the page's language. */
let showResult = () => {};

showTexts();
find("languages").hidden = false;
find("lookup").hidden = false;
addEventListener("hashchange", () => {
  ({ language, texts } = chooseLanguage());
  showTexts();
  showResult();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (takeToken() && checkAccount()) lookUp(readQuestion());
});
find("forget").addEventListener("click", () => {
  forgetToken("tokenForgotten");
  find("token").focus();
});
for (const id of ["token", "account"]) find(id).addEventListener("input", ({ target }) => target.setCustomValidity(""));
// The browser may keep a page that was left, and show it again to another person.
addEventListener("pagehide", () => {
  forgetToken("tokenNote");
  request.abort();
  showResult = () => {};
  result.replaceChildren();
});

/** Writes all static texts. */
function showTexts() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = texts[place.dataset.text];
  find("languages").setAttribute("aria-label", texts.languages);
  for (const link of find("languages").children) {
    if (link.lang === language) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  showTokenNote(tokenNote);
}

function showTokenNote(name) {
  tokenNote = name;
  find("token-note").textContent = texts[name];
}

/** Moves the token from its field into memory. */
function takeToken() {
  const field = find("token");
  const typed = field.value.trim();
  if (typed === "" && token !== "") return true;
  if (!isHeaderValue(typed)) return reject(field, texts.tokenInvalid);
  token = typed;
  field.value = "";
  showTokenNote("tokenHeld");
  find("forget").hidden = false;
  return true;
}

function checkAccount() {
  const field = find("account");
  const isValid = field.value === "" || isHeaderValue(field.value);
  return isValid || reject(field, texts.accountInvalid);
}

/** Whether a header can carry this text. */
function isHeaderValue(text) {
  return /^[\x21-\x7e]+$/.test(text);
}

function reject(field, message) {
  field.closest("details")?.setAttribute("open", "");
  field.setCustomValidity(message);
  field.reportValidity();
  return false;
}

function forgetToken(note) {
  token = "";
  find("token").value = "";
  showTokenNote(note);
  find("forget").hidden = true;
}

function readQuestion() {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  if (find("account").value !== "") headers.Account = find("account").value;
  if (find("again").checked) headers["Cache-Control"] = "no-cache";
  return { name: find("name").value, value: find("value").value, headers };
}

async function lookUp({ name, value, headers }) {
  request.abort();
  request = new AbortController();
  const { signal } = request;
  // Removes the previous result at once: it is about another payout.
  show(() => [element("p", { class: "note" }, texts.lookingUp, " ", name, " ", foreign(value), " …")]);
  form.setAttribute("aria-busy", "true");
  const answer = await send({ [name]: value }, headers, signal);
  if (signal.aborted) return;
  form.removeAttribute("aria-busy");
  const time = new Date();
  const isPayout =
    answer.status === 200 && typeof answer.json?.payment_status === "string" && answer.json[name] === value;
  show(() => [
    element("h3", {}, name, " ", foreign(value)),
    ...(isPayout ? payoutParts(answer) : [unknownPanel(answer)]),
    element("p", { class: "note" }, texts.lookedUpAt(time.toLocaleTimeString(language))),
  ]);
  result.scrollIntoView({ block: "nearest" });
  if (answer.status === 401) {
    forgetToken("tokenRefused");
    find("token").focus();
  }
}

/** Shows these parts as the result, now and after each change of the language. */
function show(parts) {
  showResult = () => result.replaceChildren(...parts());
  showResult();
}

/** Yields the answer, without a `status` if there is none. */
async function send(query, headers, signal) {
  try {
    // Without `cache: "no-store"`, which would bypass the Worker's cache too. No cache keeps the answer to a POST.
    const response = await fetch(PATH, {
      method: "POST",
      headers,
      body: JSON.stringify(query),
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal,
    });
    const text = await response.text();
    return { status: response.status, cache: response.headers.get("x-alikassa-cache"), text, json: parse(text) };
  } catch {
    return { text: "", json: undefined };
  }
}

/** Parses JSON, and keeps the digits of its numbers if the browser can do that. */
function parse(text) {
  const digits = (_name, value, context) =>
    typeof value === "number" && context?.source !== undefined && JSON.rawJSON !== undefined
      ? JSON.rawJSON(context.source)
      : value;
  try {
    return JSON.parse(text, digits);
  } catch {
    return undefined;
  }
}

function payoutParts({ json, cache, text }) {
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

function fieldValue(value) {
  if (value === null) return element("span", { class: "absent" }, "null");
  return foreign(typeof value === "string" ? value : JSON.stringify(value));
}

/** Anything but the payout: its state is unknown, and nothing here looks like a status. */
function unknownPanel({ status, json, text }) {
  const problem = typeof json?.code === "string" ? json : undefined;
  const isAnswered = status !== undefined;
  const code = isAnswered ? texts.notUnderstood : texts.noAnswer;
  const detail = isAnswered ? texts.notThePayout : texts.unreachable;
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
  return element(
    "div",
    { class: "unknown" },
    element("h4", {}, texts.unknown),
    element("p", {}, texts.advice),
    list(rows),
    ...(text === "" ? [] : [original(text)]),
  );
}

function original(text) {
  return element(
    "details",
    {},
    element("summary", {}, texts.original),
    element("pre", { tabindex: "0" }, element("code", {}, text)),
  );
}
