// "Find an answer" by keys: 1–3 open a card, Enter copies its draft, X says why it does not fit
// (then 1–4 is the reason). Copying puts text into the clipboard and nowhere else.

const cards = () => [...document.querySelectorAll("[data-answer]")];
let standing = "1";

function current() {
  return cards().find((card) => card.contains(document.activeElement))
    ?? cards().find((card) => card.dataset.answer === standing) ?? null;
}

function rejecting() {
  return cards().find((card) => card.querySelector("[data-reject]").open) ?? null;
}

function open(card) {
  standing = card.dataset.answer;
  for (const other of cards()) other.querySelector("[data-draft]").open = other === card;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function reject(card) {
  const details = card.querySelector("[data-reject]");
  for (const other of cards()) {
    if (other !== card) other.querySelector("[data-reject]").open = false;
  }
  details.open = !details.open;
  if (details.open) details.querySelector("summary").focus();
}

async function copy(card) {
  const draft = card.querySelector("textarea");
  const refused = card.querySelector("[data-refused]");
  try {
    await navigator.clipboard.writeText(draft.value);
    refused.hidden = true;
  } catch {
    card.querySelector("[data-draft]").open = true;
    draft.select();
    refused.hidden = false;
  }
}

const ACTS = {
  open: (card) => card.querySelector("[data-copy]").click(),
  submit: (card) => card.querySelector("[data-copy]").click(),
  reject,
};

document.addEventListener("act", (event) => {
  const digit = /^[1-9]$/.test(event.detail) ? event.detail : null;
  const asked = rejecting();
  const isQuestion = document.activeElement?.id === "question";
  if (event.detail === "submit" && isQuestion) {
    document.getElementById("ask").requestSubmit();
    event.preventDefault();
  } else if (digit && asked) {
    asked.querySelectorAll("[data-reject] button")[Number(digit) - 1]?.click();
    event.preventDefault();
  } else if (digit) {
    const card = cards().find((one) => one.dataset.answer === digit);
    if (card) open(card);
    event.preventDefault();
  } else if (ACTS[event.detail] && current()) {
    ACTS[event.detail](current());
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button.closest("[data-answer]"));
});
