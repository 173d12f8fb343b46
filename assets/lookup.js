/** The page: looks up one payout, and lists the open and the overdue ones. */
import { addressOf, readAddress } from "./address.js";
import { payoutParts, unknownPanel } from "./answer.js";
import { element, foreign } from "./element.js";
import { ledgerProblem, payoutsParts, recordParts } from "./ledger.js";
import { send } from "./request.js";
import { chooseLanguage, language, locale, texts } from "./texts.js";

/** How many payouts of a list are asked for at once. */
const PAGE = 20;

const find = (id) => document.getElementById(id);
const form = find("question");

/** The token. It is kept nowhere else. */
let token = "";
/** Names the text below the token's field. */
let tokenNote = "tokenNote";
/** Cancels the requests under way. */
let requests = new AbortController();
/** Where the page is: a view, or the look-up of one payout. */
let place = readAddress();
/** Makes the contents of an element, in the page's language. */
const contents = { result: () => [], ledger: () => [] };

chooseLanguage(place.words);
showTexts();
fillIn();
find("languages").hidden = false;
find("lookup").hidden = false;
addEventListener("hashchange", () => {
  const previous = place;
  place = readAddress();
  chooseLanguage(place.words);
  showTexts();
  for (const id of Object.keys(contents)) show(id, contents[id]);
  // Otherwise only the language is another one.
  if (["view", "name", "value"].some((part) => place[part] !== previous[part])) go();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
find("forget").addEventListener("click", () => {
  forgetToken("tokenForgotten");
  find("token").focus();
});
for (const id of ["token", "account"]) find(id).addEventListener("input", ({ target }) => target.setCustomValidity(""));
// The browser may keep a page that was left, and show it again to another person.
addEventListener("pagehide", () => {
  forgetToken("tokenNote");
  start();
});

/** Shows another view, or looks up the payout in the address. */
function go() {
  start();
  fillIn();
  if (token === "" || (place.view === "lookup" && place.value === undefined)) return;
  find("result").focus();
  ask();
}

/** Fills the payout in the address into the form. */
function fillIn() {
  if (place.value === undefined) return;
  find("name").value = place.name;
  find("value").value = place.value;
}

function ask() {
  if (!takeToken() || !checkAccount()) return;
  if (place.view === "payouts") listPayouts(readQuestion());
  else lookUp(readQuestion());
}

/** Cancels the requests under way, and removes their results at once: they are about another question. */
function start() {
  requests.abort();
  requests = new AbortController();
  form.removeAttribute("aria-busy");
  for (const id of Object.keys(contents)) show(id, () => []);
  return requests.signal;
}

/** Writes all static texts. */
function showTexts() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = texts[place.dataset.text];
  find("languages").setAttribute("aria-label", texts.languages);
  for (const link of find("languages").children) {
    if (link.lang === language) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  find("views").setAttribute("aria-label", texts.views);
  showView();
  showTokenNote(tokenNote);
}

/** Shows the parts of the present view, and gives the links their addresses. */
function showView() {
  const { view } = place;
  for (const part of form.querySelectorAll("[data-view]")) part.hidden = part.dataset.view !== view;
  find("lookup-title").textContent = texts[`${view}Title`];
  find("submit").textContent = texts[view];
  // A hidden field must not be required.
  find("value").disabled = view !== "lookup";
  for (const link of find("languages").children) link.href = addressOf(link.lang, place);
  for (const link of find("views").children) {
    link.href = addressOf(chosenLanguage(), { view: link.dataset.view });
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** The language in the address. */
function chosenLanguage() {
  return place.words.includes(language) ? language : undefined;
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

function refuseToken() {
  forgetToken("tokenRefused");
  find("token").focus();
}

/** The headers of a request. The token is in none that was forgotten before. */
function headersFor(account) {
  return { Authorization: `Bearer ${token}`, ...(account === "" ? {} : { Account: account }) };
}

function readQuestion() {
  const [name, value, account] = ["name", "value", "account"].map((id) => find(id).value);
  return { name, value, account, isFresh: find("again").checked };
}

async function lookUp({ name, value, account, isFresh }) {
  const signal = start();
  const headers = { ...headersFor(account), ...(isFresh ? { "Cache-Control": "no-cache" } : {}) };
  show("result", () => [element("p", { class: "note" }, texts.lookingUp, " ", name, " ", foreign(value), " …")]);
  form.setAttribute("aria-busy", "true");
  const answer = await send("/v1/payout/status", { headers, body: { [name]: value }, signal });
  if (signal.aborted) return;
  form.removeAttribute("aria-busy");
  const time = new Date();
  const isPayout =
    answer.status === 200 && typeof answer.json?.payment_status === "string" && answer.json[name] === value;
  show("result", () => [
    element("h3", {}, name, " ", foreign(value)),
    ...(isPayout ? payoutParts(answer) : [unknownPanel(answer)]),
    element("p", { class: "note" }, texts.lookedUpAt(time.toLocaleTimeString(locale))),
  ]);
  find("result").scrollIntoView({ block: "nearest" });
  if (answer.status === 401) refuseToken();
  // A question that the Worker refused is not one for the ledger either.
  if (answer.status >= 400 && answer.status < 500) return;
  await showRecord({ name, value, account, signal, isFinal: isPayout && answer.json.is_final === true });
}

/** Shows what the ledger knows of a payout. A Worker without a ledger shows nothing. */
async function showRecord(payout) {
  if (token === "") return;
  const { name, value, account, signal } = payout;
  const headers = headersFor(account);
  const answer = await send(`/v1/payout/history?${new URLSearchParams({ [name]: value })}`, { headers, signal });
  const code = answer.json?.code;
  if (signal.aborted || code === "not_configured") return;
  const record = answer.status === 200 && Array.isArray(answer.json?.timeline) && answer.json[name] === value;
  const { is_followed, state } = record ? answer.json : {};
  const canFollow = record ? is_followed !== true && state !== "final" : code === "unknown_payout" && !payout.isFinal;
  show("ledger", () => [
    element("h3", {}, texts.ledgerTitle),
    ...(record ? recordParts(answer.json) : ledgerProblem(answer)),
    ...(canFollow ? [button(texts.follow, () => follow(payout))] : []),
  ]);
}

/** Has the ledger follow a payout, and shows that. */
async function follow(payout) {
  const { name, value, account, signal } = payout;
  const answer = await send("/v1/payout/follow", { headers: headersFor(account), body: { [name]: value }, signal });
  if (signal.aborted) return;
  if (answer.status === 202) await showRecord(payout);
  else show("ledger", () => [element("h3", {}, texts.ledgerTitle), ...ledgerProblem(answer)]);
  find("ledger").focus();
}

/** Lists the overdue and the open payouts: of each the first page, and more on demand. */
async function listPayouts({ account }) {
  const signal = start();
  show("result", () => [element("p", { class: "note" }, texts.listing)]);
  form.setAttribute("aria-busy", "true");
  const lists = [
    { state: "overdue", payouts: [] },
    { state: "open", payouts: [] },
  ];
  await Promise.all(lists.map((list) => loadPage(list, account, signal)));
  if (signal.aborted) return;
  form.removeAttribute("aria-busy");
  const { problem } = lists.find((list) => list.problem !== undefined) ?? {};
  if (problem !== undefined) {
    show("result", () => ledgerProblem(problem));
    if (problem.status === 401) refuseToken();
    return;
  }
  const time = new Date();
  show("result", () => [element("p", { class: "note" }, texts.listedAt(time.toLocaleTimeString(locale)))]);
  showLists();

  function showLists() {
    show("ledger", () =>
      lists.flatMap((list) => [
        ...payoutsParts(list.state, list.payouts, (name, value) => addressOf(chosenLanguage(), { name, value })),
        ...(list.problem === undefined ? [] : ledgerProblem(list.problem)),
        ...(list.next === undefined ? [] : [button(texts.showMore[list.state], () => showMore(list))]),
      ]),
    );
  }

  async function showMore(list) {
    const known = list.payouts.length;
    await loadPage(list, account, signal);
    if (signal.aborted) return;
    showLists();
    // The button that had the focus is gone.
    const links = find("ledger").querySelectorAll(`[data-state="${list.state}"] a`);
    (links[known] ?? find("ledger")).focus();
  }
}

/** Adds the next page to a list, or the problem with it. */
async function loadPage(list, account, signal) {
  const after = list.next === undefined ? {} : { after: JSON.stringify(list.next) };
  const answer = await send(`/v1/payouts?${new URLSearchParams({ state: list.state, limit: PAGE, ...after })}`, {
    headers: headersFor(account),
    signal,
  });
  const isPage = answer.status === 200 && Array.isArray(answer.json?.payouts);
  list.problem = isPage ? undefined : answer;
  if (!isPage) return;
  list.payouts.push(...answer.json.payouts);
  list.next = answer.json.next ?? undefined;
}

/** Shows these parts in an element, now and after each change of the language. */
function show(id, parts) {
  contents[id] = parts;
  find(id).replaceChildren(...parts());
}

/** Makes a button that sends one request, after which it is replaced. */
function button(text, onClick) {
  const made = element("button", { type: "button", class: "quiet" }, text);
  made.addEventListener("click", () => {
    if (!takeToken()) return;
    made.disabled = true;
    onClick();
  });
  return made;
}
