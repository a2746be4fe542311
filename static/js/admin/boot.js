/* The admin's own behaviour beside its theme: maps in forms, and copying what is shown once. */

const maps = document.querySelectorAll("[data-zone-map], [data-point-map]");
if (maps.length) {
  const [{ mountZoneMap }, { mountPointMap }] = await Promise.all([import("admin/zone_map"), import("admin/point_map")]);
  for (const element of maps) {
    if (element.hasAttribute("data-zone-map")) mountZoneMap(element);
    else mountPointMap(element);
  }
}

/* The search fields of the lists to choose from come without a name; they take the one of their field. */
function nameSearchFields() {
  for (const search of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = search.closest(".select2")?.previousElementSibling;
    const label = select?.labels?.[0]?.textContent.trim().replace(/[*:]$/, "");
    if (label) search.setAttribute("aria-label", label);
  }
}
// jQuery calls in the order of asking, some time after the page is there: the lists are made by then.
window.django?.jQuery?.(nameSearchFields);
document.addEventListener("formset:added", () => setTimeout(nameSearchFields));

for (const input of document.querySelectorAll("[data-select-all]")) {
  input.addEventListener("focus", () => input.select());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const input = document.getElementById(button.dataset.copy);
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      button.textContent = "Copied";
    } catch {
      // Without a secure address the browser keeps its clipboard to itself: the text is selected for the keyboard.
      button.textContent = "Press Ctrl+C";
    }
  });
}
