// Single keys, bound to their place on the keyboard: a Cyrillic or Polish layout changes nothing.
// Tells the page as a cancelable `act` event on the document; `detail` is what was meant.
// Rests in text fields, during composition, with AltGr, and where somebody switched it off.

const PLACES = {
  ArrowUp: "previous", ArrowDown: "next", Space: "confirm",
  KeyE: "evidence", KeyR: "cause", KeyC: "comment", KeyP: "pin", KeyZ: "undo", KeyS: "skip",
  KeyX: "reject",
};
const TEXT = "input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]";
const OWN_SPACE = "button, a, summary, input, [role=button]"; // Space and Enter are theirs

function digit(event) {
  const found = /^(Digit|Numpad)(\d)$/.exec(event.code);
  if (!found || (found[1] === "Numpad" && !/^\d$/.test(event.key))) return null; // NumLock is off
  return found[2];
}

function meant(event) {
  const isControl = event.ctrlKey || event.metaKey;
  const isAlt = event.altKey || event.getModifierState("AltGraph");
  if (event.code === "F1" && !isControl && !isAlt) return "help";
  if (isAlt) return null;
  if (isControl && (event.code === "Enter" || event.code === "NumpadEnter")) return "submit";
  if (isControl) return event.code === "KeyK" ? "filter" : null;
  if (document.body.hasAttribute("data-no-single-keys") || event.target.matches(TEXT)) return null;
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return "help";
  if (event.code === "Slash" || event.key === "/") return "filter";
  if (event.code === "KeyP" && event.shiftKey) return "praise";
  if (event.shiftKey) return null;
  if (event.code === "Space" && event.target.matches(OWN_SPACE)) return null;
  if (event.code === "Enter" || event.code === "NumpadEnter") {
    return event.target.matches(OWN_SPACE) ? null : "open";
  }
  return digit(event) ?? PLACES[event.code] ?? null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.code === "Escape" && event.target.matches(TEXT)) {
    document.dispatchEvent(new CustomEvent("act", { detail: "leave", cancelable: true }));
    return;
  }
  const detail = meant(event);
  if (detail === null || (event.repeat && !["previous", "next"].includes(detail))) return;
  const act = new CustomEvent("act", { detail, cancelable: true });
  if (!document.dispatchEvent(act)) event.preventDefault();
});
