/** The pictures of an order's proof: a click shows one as large as the window allows. */
import { showDialog } from "core/dialog";
import { element } from "core/dom";

export function mount(section) {
  const open = (event) => {
    const button = event.target.closest("[data-picture]");
    if (!button) return;
    const { picture, words } = button.dataset;
    const link = element("a", { class: "btn small", href: picture, target: "_blank", rel: "noopener" }, "Open by itself");
    showDialog({ title: words, wide: true, body: [element("img", { class: "proof-large", src: picture, alt: words }), link], buttons: [{ label: "Close", value: "" }] });
  };
  section.addEventListener("click", open);
  return () => section.removeEventListener("click", open);
}
