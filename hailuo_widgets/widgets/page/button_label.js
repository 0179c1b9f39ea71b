/** The words on a button that says how far its work is. */

/** Change the words that are seen on a button. @param {HTMLButtonElement} press @param {string} words */
export function setLabel(press, words) {
  const place = press.querySelector(".hw-button-label");
  if (place) place.textContent = words;
}
