// A blind audit at the keyboard: ↑↓ move, 1 2 3 0 rate and move on, Z takes back, Ctrl+Enter submits.

const form = document.getElementById("audit");
const LEVELS = { 1: "pass", 2: "partial", 3: "fail", 0: "na" };
const rows = [...form.querySelectorAll("[data-row]")];
const count = form.querySelector("[data-all]");
let current = 0;
let last = null; // the row of the newest rating
let isSent = false;

const chosen = (row) => row.querySelector("input:checked");

function stand(index, { isFocused = true } = {}) {
  if (!rows[index]) return;
  current = index;
  rows.forEach((row, place) => row.classList.toggle("is-current", place === index));
  if (!isFocused) return;
  rows[index].focus({ preventScroll: true });
  rows[index].scrollIntoView({ block: "nearest" });
}

function tell() {
  count.textContent = `${rows.filter(chosen).length} / ${count.dataset.all}`;
}

function rate(value) {
  const radio = rows[current].querySelector(`input[value="${value}"]`);
  if (!radio || radio.disabled) return;
  radio.checked = true;
  last = current;
  tell();
  const open = rows.findIndex((row, place) => place > current && !chosen(row));
  stand(open === -1 ? current : open);
}

function undo() {
  const index = chosen(rows[current]) ? current : last;
  if (index === null) return;
  const radio = chosen(rows[index]);
  if (radio) radio.checked = false;
  tell();
  stand(index);
}

const acts = {
  previous: () => stand(current - 1),
  next: () => stand(current + 1),
  undo,
  comment: () => document.getElementById("note").focus(),
  leave: () => stand(current),
  skip: () => document.getElementById("skip").showPopover(),
  submit: () => {
    const open = rows.findIndex((row) => !chosen(row));
    if (open !== -1) stand(open);
    else if (!isSent) form.requestSubmit();
  },
};

document.addEventListener("act", (event) => {
  const popover = document.querySelector(":popover-open");
  const level = LEVELS[event.detail];
  if (popover) {
    const reason = popover.querySelectorAll("button[name=reason]")[Number(event.detail) - 1];
    if (reason) { event.preventDefault(); reason.click(); }
    return;
  }
  const isScrolling = document.activeElement?.matches(".pane-transcript");
  if (isScrolling && ["previous", "next"].includes(event.detail)) return; // its own keys
  if (!level && !acts[event.detail]) return;
  event.preventDefault();
  if (level) rate(level);
  else acts[event.detail]();
});

form.addEventListener("change", tell);
form.addEventListener("focusin", (event) => {
  const index = rows.indexOf(event.target.closest("[data-row]"));
  if (index !== -1 && index !== current) stand(index, { isFocused: false });
});
form.addEventListener("submit", () => { isSent = true; });

tell();
stand(Math.max(0, rows.findIndex((row) => !chosen(row))));
