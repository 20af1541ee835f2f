// The tab in which quotes and citations are verified. The text goes to the server in the body of a request,
// never into the address; what comes back is HTML that the server has escaped.
window.qaVerify = (() => {
  const texts = window.qaTexts;
  const one = (selector) => document.querySelector(selector);
  let latest = 0;

  const fetched = async (text) => {
    try {
      const reply = await fetch("verify/view", { method: "POST", body: new URLSearchParams({ text }) });
      if ((reply.headers.get("content-type") ?? "").startsWith("text/html")) return await reply.text();
    } catch {
      // said below
    }
    return null;
  };

  const said = (words) => {
    const note = document.createElement("div");
    note.className = "qa-note qa-error";
    const word = document.createElement("p");
    word.dataset.status = "";
    word.textContent = words;
    note.append(word);
    return note;
  };

  const wait = () => {
    const word = document.createElement("p");
    word.className = "qa-wait";
    word.textContent = texts.ve_loading;
    return word;
  };

  // Of two replies the one to the later request stays. The focus stays in the box; the status line says
  // what came.
  const verify = async () => {
    const text = one("#qa-ve-text").value;
    if (!text.trim()) {
      one("#qa-ve-text").focus();
      return;
    }
    const mine = ++latest;
    const results = one("#qa-ve-results");
    results.setAttribute("aria-busy", "true");
    if (!results.childElementCount) results.replaceChildren(wait());
    const html = await fetched(text);
    if (mine !== latest) return;
    if (html === null) {
      results.replaceChildren(said(texts.ve_failed));
    } else {
      const template = document.createElement("template");
      template.innerHTML = html;
      results.replaceChildren(template.content);
    }
    results.setAttribute("aria-busy", "false");
    one("#qa-ve-status").textContent = one("#qa-ve-results [data-status]")?.textContent ?? "";
  };

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "qa-ve-form") return;
    event.preventDefault();
    verify();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "qa-ve-text" || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      verify();
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("#qa-ve-form [data-clear]") : null;
    if (!button) return;
    latest += 1;
    one("#qa-ve-text").value = "";
    one("#qa-ve-results").replaceChildren();
    one("#qa-ve-results").setAttribute("aria-busy", "false");
    one("#qa-ve-status").textContent = "";
    one("#qa-ve-text").focus();
  });

  return { verify };
})();
