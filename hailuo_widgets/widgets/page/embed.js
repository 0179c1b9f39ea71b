/** A widget inside another one. */

/**
 * @typedef {object} Manager
 * @property {(id: string) => Promise<object>} get_model
 * @property {(model: object) => Promise<{el: HTMLElement, remove: () => void}>} create_view
 */

/**
 * Show a child widget inside a place of this one; the child's view ends with this one's.
 * @param {import("./dom.js").Model} model
 * @param {string} reference the trait's value, "IPY_MODEL_..."
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 */
export async function embed(model, reference, place, signal) {
  const manager = model.widget_manager;
  const child = await manager.get_model(reference.replace("IPY_MODEL_", ""));
  const view = await manager.create_view(child);
  if (signal.aborted) {
    view.remove();
    return;
  }
  signal.addEventListener("abort", () => view.remove());
  place.replaceChildren(view.el);
}
