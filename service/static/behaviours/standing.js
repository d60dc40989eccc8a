// Where somebody stands on the review page: one criterion is current and its evidence is lit.
// Other modules ask for it with a `stand` event on the document: { key, isFocused }.

const form = document.getElementById("review");
const isWide = window.matchMedia("(min-width: 62rem)");

const rows = () => [...form.querySelectorAll("[data-criterion]")];
const rowOf = (key) => form.querySelector(`[data-criterion="${key}"]`);
const evidenceOf = (row) => [...row.querySelectorAll("[data-evidence]")];

function light(key) {
  for (const mark of document.querySelectorAll("mark[data-criteria]")) {
    mark.classList.toggle("is-current", mark.dataset.criteria.split(" ").includes(key));
  }
  for (const tag of document.querySelectorAll("[data-tag]")) {
    tag.classList.toggle("is-current", tag.dataset.tag === key);
  }
  for (const turn of document.querySelectorAll(".transcript .turn")) {
    turn.classList.toggle("is-current", turn.querySelector(`[data-tag="${key}"]`) !== null);
  }
}

function showEvidence(row, isAsked) {
  const links = evidenceOf(row);
  const place = Number(form.dataset.place) % Math.max(1, links.length);
  links.forEach((link, index) => link.classList.toggle("is-current", index === place));
  const turn = links[place] && document.getElementById(`turn-${links[place].dataset.evidence}`);
  if (turn && (isAsked || isWide.matches)) turn.scrollIntoView({ block: isAsked ? "center" : "nearest" });
}

function stand(key, { isFocused = true, isStill = false } = {}) {
  const row = rowOf(key);
  if (!row) return;
  if (form.dataset.standing !== key) form.dataset.place = "0";
  form.dataset.standing = key;
  for (const other of rows()) other.classList.toggle("is-current", other === row);
  light(key);
  showEvidence(row, false);
  if (isFocused) row.focus({ preventScroll: true });
  if (!isStill) row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const index = all.findIndex((row) => row.dataset.criterion === form.dataset.standing) + by;
  if (all[index]) stand(all[index].dataset.criterion);
}

function nextEvidence() {
  const row = rowOf(form.dataset.standing);
  const links = evidenceOf(row);
  if (!links.length) return;
  const isLit = document.activeElement === row || form.dataset.isLit === form.dataset.standing;
  form.dataset.place = String((Number(form.dataset.place) + (isLit && form.dataset.isLit === form.dataset.standing ? 1 : 0)) % links.length);
  form.dataset.isLit = form.dataset.standing;
  showEvidence(row, true);
}

const acts = { previous: () => step(-1), next: () => step(1), evidence: nextEvidence, leave: () => stand(form.dataset.standing) };

document.addEventListener("act", (event) => {
  const scrolls = document.activeElement?.matches(".pane-transcript, .pane-context");
  if (!acts[event.detail] || document.querySelector(":popover-open")) return;
  if (scrolls && ["previous", "next"].includes(event.detail)) return; // a pane scrolls by its own keys
  event.preventDefault();
  acts[event.detail]();
});

document.addEventListener("stand", (event) => stand(event.detail.key, event.detail));

document.addEventListener("click", (event) => {
  const tag = event.target.closest("[data-tag]");
  const link = event.target.closest("[data-evidence]");
  const row = event.target.closest("[data-criterion]");
  if (tag) {
    event.preventDefault();
    stand(tag.dataset.tag);
  } else if (link && row) {
    event.preventDefault();
    stand(row.dataset.criterion, { isFocused: false, isStill: true });
    form.dataset.place = String(evidenceOf(row).indexOf(link));
    showEvidence(row, true);
  }
});

form.addEventListener("focusin", (event) => {
  const key = event.target.closest("[data-criterion]")?.dataset.criterion;
  if (key && key !== form.dataset.standing) stand(key, { isFocused: false, isStill: true });
});

stand((form.querySelector("[data-criterion].is-current") ?? rows()[0])?.dataset.criterion, { isStill: true });
