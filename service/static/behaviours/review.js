// Deciding on the review page: one key or one click confirms or corrects, and the next one to
// decide is current. Acts go out one after another; an answer is the criterion's row and the foot.

const form = document.getElementById("review");
const LEVELS = { 1: "pass", 2: "partial", 3: "fail", 0: "na" };
let queue = Promise.resolve();
let last = null; // the criterion of the newest act
let isSent = false;

const rowOf = (key) => form.querySelector(`[data-criterion="${key}"]`);
const current = () => rowOf(form.dataset.standing);
const stand = (key, how = {}) => document.dispatchEvent(new CustomEvent("stand", { detail: { key, ...how } }));
const causeOf = (row) => {
  const select = row?.querySelector("[data-act=root_cause]");
  return select?.checkVisibility() ? select : null;
};

function send(key, path, values) {
  last = key;
  whenQuiet(async () => {
    const id = rowOf(key).contains(document.activeElement) ? document.activeElement.id : "";
    await window.htmx.ajax("POST", `${form.dataset.review}/${path}`, {
      source: document.getElementById("said"), target: `#${rowOf(key).id}`, swap: "outerHTML settle:0ms", values,
    });
    const isLost = !document.activeElement || document.activeElement === document.body;
    const field = id && document.getElementById(id);
    stand(form.dataset.standing, { isFocused: isLost && !field, isStill: true });
    if (isLost && field) field.focus();
  });
}

function advance(row) {
  if (!row.matches(".criterion")) return;
  const open = [...form.querySelectorAll(".criterion[data-state=todo]")];
  const after = open.find((other) => row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (after ?? open[0]) stand((after ?? open[0]).dataset.criterion);
}

function rate(row, values, { isKey = true } = {}) {
  const radio = row.querySelector(`input[value="${values.value ?? row.dataset.auto}"]`);
  if (!radio || radio.disabled) return;
  radio.checked = true; // seen at once; the answer makes it so
  row.dataset.state = "sent";
  send(row.dataset.criterion, `ratings/${row.dataset.criterion}`, values);
  if (isKey) advance(row);
}

function pin(row, isPraise) {
  const links = [...row.querySelectorAll("[data-evidence]")];
  const link = links[Number(form.dataset.place) % Math.max(1, links.length)];
  if (!link) return;
  const values = { criterion: row.dataset.criterion, position: Number(link.dataset.evidence) - 1 };
  send(row.dataset.criterion, "pins", isPraise ? { ...values, is_praise: "true" } : values);
}

function undo() {
  const row = ["todo"].includes(current().dataset.state) && last ? rowOf(last) : current();
  stand(row.dataset.criterion);
  send(row.dataset.criterion, `ratings/${row.dataset.criterion}/undo`, {});
}

function whenQuiet(act) {
  queue = queue.then(act).catch((error) => console.error(error)); // one failure stops no later act
}

const acts = {
  confirm: () => rate(current(), {}),
  pin: () => pin(current(), false),
  praise: () => pin(current(), true),
  undo,
  cause: () => (causeOf(current()) ?? causeOf(last && rowOf(last)))?.focus(),
  comment: () => { // at once: what is typed next must never be taken for keys
    const box = current().querySelector("details.comment");
    if (current().matches("details")) current().open = true;
    box.open = true;
    box.querySelector("textarea").focus();
  },
  open: () => { if (current().matches("details")) current().open = !current().open; },
  skip: () => document.getElementById("skip").showPopover(),
  help: () => document.getElementById("keys").togglePopover(),
  submit: () => { if (!isSent) whenQuiet(() => form.requestSubmit(document.querySelector("[data-act=submit]"))); },
};

document.addEventListener("act", (event) => {
  const open = document.querySelector(":popover-open");
  const level = LEVELS[event.detail];
  if (open && event.detail !== "help") {
    const reason = open.querySelectorAll("button[name=reason]")[Number(event.detail) - 1];
    if (reason) { event.preventDefault(); reason.click(); }
    return;
  }
  if (!level && !acts[event.detail]) return;
  event.preventDefault();
  if (level) rate(current(), { value: level });
  else acts[event.detail]();
});

document.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]");
  const row = event.target.closest("[data-criterion]");
  if (!row || row.dataset.state === "locked") return;
  if (event.target.matches("input[type=radio]")) rate(row, { value: event.target.value }, { isKey: false });
  else if (act?.matches("button")) {
    event.preventDefault();
    stand(row.dataset.criterion, { isFocused: false, isStill: true });
    if (act.dataset.act === "confirm") rate(row, {}, { isKey: false });
    else acts[act.dataset.act]();
  }
});

form.addEventListener("change", (event) => {
  const row = event.target.closest("[data-criterion]");
  const chosen = row?.querySelector("input[type=radio]:checked")?.value;
  const act = event.target.dataset.act;
  if (act === "comment") send(row.dataset.criterion, "comments", { criterion: row.dataset.criterion, comment: event.target.value });
  else if (act && chosen && event.target.value) rate(row, { value: chosen, [act]: event.target.value }, { isKey: false });
});

form.addEventListener("submit", () => { isSent = true; });
