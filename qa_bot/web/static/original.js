// The original beside the chat: a link marked data-original opens the clause's own page in a panel. With a
// modifier key, or without this script, it is a link like any other.
(() => {
  const texts = window.qaTexts;
  let panel = null;
  let opener = null;

  const made = () => {
    if (panel) return panel;
    const element = (name, attributes, ...inside) => {
      const one = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
      one.append(...inside);
      return one;
    };
    const frame = element("iframe", { class: "qa-original-frame", title: texts.panel_label });
    const alone = element("a", { class: "qa-link", target: "_blank", rel: "noopener" }, texts.panel_open);
    const close = element("button", { type: "button", class: "qa-copy" }, texts.panel_close);
    const head = element("h2", { class: "qa-original-title", id: "qa-original-title" }, texts.panel_label);
    panel = element(
      "dialog",
      { class: "qa-original", "aria-labelledby": "qa-original-title" },
      element("header", { class: "qa-original-head" }, head, alone, close),
      frame,
    );
    close.addEventListener("click", () => panel.close());
    // A click beside the panel closes it.
    panel.addEventListener("click", (event) => event.target === panel && panel.close());
    panel.addEventListener("close", () => {
      frame.removeAttribute("src");
      opener?.focus({ preventScroll: true });
    });
    document.querySelector(".gradio-container").append(panel);
    return panel;
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-original]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (typeof HTMLDialogElement === "undefined") return;
    event.preventDefault();
    opener = link;
    const shown = made();
    shown.querySelector("a").href = link.href;
    shown.querySelector("iframe").src = link.href;
    shown.showModal();
  });
})();
