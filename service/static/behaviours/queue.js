// The queue at the keyboard: ↑↓ move, Enter opens, S skips, / goes to the filters.

const list = document.querySelector("[data-queue]");
const rows = () => [...(list?.querySelectorAll(".queue-row") ?? [])];
const current = () => rows().find((row) => row.classList.contains("is-current"));

function stand(row) {
  if (!row) return;
  for (const other of rows()) other.classList.toggle("is-current", other === row);
  (row.querySelector("[data-open]") ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const isHere = current()?.contains(document.activeElement);
  const index = all.indexOf(current());
  stand(all[isHere ? index + by : index]);
}

const acts = {
  previous: () => step(-1),
  next: () => step(1),
  open: () => current()?.querySelector("[data-open]")?.click(),
  skip: () => {
    const box = current()?.querySelector("[data-skip]");
    if (!box) return;
    box.open = true;
    box.querySelector("select").focus();
  },
  filter: () => document.querySelector("#filter a")?.focus(),
  leave: () => {
    for (const box of list?.querySelectorAll("[data-skip][open]") ?? []) box.open = false;
    stand(current());
  },
};

document.addEventListener("act", (event) => {
  if (!acts[event.detail] || document.querySelector(":popover-open")) return;
  event.preventDefault();
  acts[event.detail]();
});

list?.addEventListener("focusin", (event) => {
  const row = event.target.closest(".queue-row");
  for (const other of rows()) other.classList.toggle("is-current", other === row);
});
