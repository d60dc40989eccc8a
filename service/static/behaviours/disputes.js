// A dispute at the keyboard: 1 2 3 0 choose the level, E goes through the evidence,
// C to the reason, Ctrl+Enter answers.

const form = document.querySelector("[data-answer]");
const VALUES = { 1: "pass", 2: "partial", 3: "fail", 0: "na" };
let shown = -1;

function choose(value) {
  const box = form?.querySelector(`input[name=value][value=${value}]`);
  if (!box || box.disabled) return;
  box.checked = true;
  box.focus();
}

function evidence() {
  const links = [...document.querySelectorAll("[data-evidence]")];
  if (!links.length) return;
  shown = (shown + 1) % links.length;
  links[shown].click();
}

const acts = {
  evidence,
  comment: () => form?.querySelector("textarea").focus(),
  submit: () => form?.requestSubmit(form.querySelector("button:not([name])")),
  leave: () => form?.querySelector("input[name=value]:checked, input[name=value]")?.focus(),
};

document.addEventListener("act", (event) => {
  if (document.querySelector(":popover-open")) return;
  const act = VALUES[event.detail] ? () => choose(VALUES[event.detail]) : acts[event.detail];
  if (!act) return;
  event.preventDefault();
  act();
});
