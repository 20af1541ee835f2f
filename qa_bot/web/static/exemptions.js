// The tab of penalty exemptions. The form says what is wanted; the server sends the table, and cards, as
// HTML that it has escaped. Everything that can be clicked is a button or a link, so that a keyboard
// reaches it.
window.qaExemptions = (() => {
  const texts = window.qaTexts;
  const one = (selector) => document.querySelector(selector);
  let begun = false;
  let latest = 0;

  const fetched = async (address) => {
    try {
      const reply = await fetch(address);
      if ((reply.headers.get("content-type") ?? "").startsWith("text/html")) return reply.text();
    } catch {
      // said below
    }
    return null;
  };

  const put = (place, html) => {
    if (html !== null) {
      const template = document.createElement("template");
      template.innerHTML = html;
      place.replaceChildren(template.content);
      return;
    }
    const note = document.createElement("div");
    note.className = "qa-note qa-error";
    const word = document.createElement("p");
    word.dataset.status = "";
    word.textContent = texts.ex_failed;
    note.append(word);
    place.replaceChildren(note);
  };

  const set = (values) => {
    const fields = one("#qa-ex-form").elements;
    for (const [name, value] of Object.entries(values)) {
      const field = fields[name];
      // An address may ask for a value that no list has: it stays to be seen, and the answer says so.
      if (field.tagName === "SELECT" && ![...field.options].some((o) => o.value === value)) {
        field.add(new Option(value, value));
      }
      field.value = value;
    }
  };

  // Shows what the form asks for; `focus` is the selector of what then has the focus. Of two replies the
  // one to the later request stays.
  const load = async (focus) => {
    const mine = ++latest;
    const results = one("#qa-ex-results");
    results.setAttribute("aria-busy", "true");
    const asked = [...new FormData(one("#qa-ex-form"))].filter(([, value]) => value.trim());
    const html = await fetched(`exemptions/view?${new URLSearchParams(asked)}`);
    if (mine !== latest) return;
    put(results, html);
    results.setAttribute("aria-busy", "false");
    set({ open: "" });
    one("#qa-ex-status").textContent = one("#qa-ex-results [data-status]")?.textContent ?? "";
    if (focus) (one(focus) ?? results).focus({ preventScroll: true });
  };

  // Other filters keep the order; another search begins with its own.
  const filtered = (focus) => {
    set({ all: "", open: "" });
    return load(focus);
  };
  const searched = (focus) => {
    set({ sort: "", order: "" });
    return filtered(focus);
  };

  // The tab is seen for the first time.
  const begin = async (wanted = "") => {
    if (begun) return;
    begun = true;
    await window.qaBot.element("#qa-exemptions .qa-ex");
    if (!one("#qa-ex-form")) return; // no list is held
    set({ open: wanted });
    await load();
    const button = one('#qa-ex-results button[aria-expanded="true"]');
    if (!wanted || !button) return;
    button.focus({ preventScroll: true });
    button.closest("tr").scrollIntoView({ block: "start" });
  };

  const toggle = async (button) => {
    const row = document.getElementById(button.getAttribute("aria-controls"));
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    row.hidden = !open;
    const cell = row.firstElementChild;
    if (!open || cell.querySelector(".qa-card")) return;
    const wait = document.createElement("p");
    wait.className = "qa-wait";
    wait.textContent = texts.ex_loading;
    cell.replaceChildren(wait);
    const id = encodeURIComponent(button.dataset.record);
    put(cell, await fetched(`exemptions/card?id=${id}`));
  };

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "qa-ex-form") return;
    event.preventDefault();
    searched();
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.form?.id !== "qa-ex-form" || field.type === "search") return;
    if (!field.validity.badInput) filtered();
  });
  // The cross that a browser puts into a search box.
  document.addEventListener("search", (event) => {
    if (event.target.id === "qa-ex-q" && !event.target.value) searched();
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("#qa-exemptions button") : null;
    if (!button) return;
    const { sort, next, record, set: name, value } = button.dataset;
    if (sort !== undefined) {
      set({ sort: next ? sort : "", order: next });
      load(`#qa-ex-results [data-sort="${sort}"]`);
    } else if (record !== undefined) {
      toggle(button);
    } else if (name !== undefined) {
      set({ [name]: value });
      filtered("#qa-ex-results");
    } else if (button.dataset.all !== undefined) {
      set({ all: "1" });
      load("#qa-ex-results");
    } else if (button.dataset.clear !== undefined) {
      set({ q: "", authority: "", category: "", law: "", on: "" });
      searched("#qa-ex-q");
    }
  });
  // Escape closes the card that the focus is in, and goes back to what opened it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(event.target instanceof Element)) return;
    const row = event.target.closest(".qa-ex-open");
    const button = row && one(`[aria-controls="${row.id}"]`);
    if (!button) return;
    toggle(button);
    button.focus();
  });

  // ?exemption=<id> in the address opens the tab with the card of that record.
  const wanted = new URLSearchParams(window.location.search).get("exemption");
  if (wanted) {
    window.qaBot.element("#qa-tab-exemptions-button").then((tab) => {
      begin(wanted);
      tab.click();
    });
  }

  return { begin: () => begin() };
})();
