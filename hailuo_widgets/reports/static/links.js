/** A link in a notebook's outputs opens beside the page, never in its place. */

/** @param {Event} event */
function openBeside(event) {
  for (const node of event.composedPath()) {
    if (!(node instanceof Element) || !["a", "area"].includes(node.localName)) continue;
    const address = node.getAttribute("href") ?? node.getAttribute("xlink:href") ?? "";
    if (address.startsWith("#")) {
      node.removeAttribute("target");
      return;
    }
    if (!/^(?:https?|mailto):/i.test(address.trim())) event.preventDefault();
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
}

for (const kind of ["click", "auxclick"]) document.addEventListener(kind, openBeside, true);
