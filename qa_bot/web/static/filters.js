// The filters of the chat: a form of the page's own, read when a question is asked. What is set is said above
// the box, since the form is folded away.
window.qaFilters = (() => {
  const texts = window.qaTexts;
  const names = ["issue", "document", "issuer", "kind", "since", "until", "in_force", "as_of"];
  const form = () => document.querySelector("#qa-filters-form");
  // What an address says and no field takes (since=abc): it goes along, and the server says what is wrong.
  let untaken = {};

  const read = () => {
    const chosen = form() ? [...new FormData(form())].filter(([, value]) => value.trim()) : [];
    return { ...untaken, ...Object.fromEntries(chosen) };
  };

  // A filter in words: the option's text, a day with what it bounds, a document by its id.
  const said = (name, value) => {
    if (name === "in_force") return texts.filter_in_force;
    if (["since", "until", "as_of"].includes(name)) return `${texts[`filter_${name}`]} ${value}`;
    return form().elements[name]?.selectedOptions?.[0]?.text ?? value;
  };

  const tell = () => {
    const chosen = Object.entries(read());
    const line = form().querySelector(".qa-filters-on");
    line.hidden = !chosen.length;
    const words = chosen.map(([name, value]) => said(name, value)).join("；");
    line.querySelector("[role=status]").textContent = chosen.length ? texts.filters_on + words : "";
  };

  const set = (values) => {
    if (!form()) return;
    for (const name of names) {
      const field = form().elements[name];
      const value = values[name];
      if (!field || value === undefined) continue;
      if (field.type === "checkbox") {
        field.checked = ["1", "true", "yes", "on"].includes(value);
        if (!field.checked && !["", "0", "false", "no", "off"].includes(value)) untaken[name] = value;
      } else {
        // An address may name a value that is not offered: it is kept, and the server says what there is.
        if (field.tagName === "SELECT" && ![...field.options].some((one) => one.value === value)) {
          field.add(new Option(value, value));
        }
        field.value = value;
        if (field.value !== value) untaken[name] = value;
      }
    }
    tell();
  };

  const clear = () => {
    untaken = {};
    form()?.reset();
    set({ document: "" });
  };

  document.addEventListener("change", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#qa-filters-form")) return;
    delete untaken[event.target.name];
    tell();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "qa-filters-form") event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-clear-filters]")) return;
    clear();
    document.querySelector("#qa-question textarea")?.focus({ preventScroll: true });
  });

  return { read, set, clear };
})();
