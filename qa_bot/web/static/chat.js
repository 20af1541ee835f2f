// The log of the chat. Gradio carries the question to the server and the answer back; this puts both
// into the page. What comes from the server is HTML that the server has escaped; what the reader has
// typed is put in as text.
window.qaBot = (() => {
  const texts = window.qaTexts;

  // The server has decided between Chinese and English and says so in the page. Gradio would go by
  // the browser's language again, and by its own list, in which zh, zh-HK and zh-Hans-CN are missing.
  const language = document.documentElement.lang;
  Object.defineProperty(navigator, "language", { get: () => language });
  Object.defineProperty(navigator, "languages", { get: () => [language] });

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  // An element that Gradio may not have made yet.
  const element = (selector) =>
    new Promise((resolve) => {
      const look = () => {
        const found = document.querySelector(selector);
        if (found) resolve(found);
        else requestAnimationFrame(look);
      };
      look();
    });

  const log = async () => {
    const found = await element("#qa-log");
    found.setAttribute("aria-label", texts.log_label);
    await restored;
    return found;
  };

  // What was asked survives a reload: the log as the server gave it, in this tab until it is closed. Nothing
  // of it stays on the machine for whoever sits down next.
  const kept = "qa-bot-log";
  const most_kept = 1500000; // characters; browsers keep some five million
  const stored = (() => {
    try {
      const read = JSON.parse(sessionStorage.getItem(kept));
      return read && read.version === texts.version && typeof read.log === "string" ? read : null;
    } catch {
      return null;
    }
  })();
  const save = () => {
    const copy = document.querySelector("#qa-log").cloneNode(true);
    copy.querySelectorAll(".qa-pending, .qa-restored").forEach((one) => one.remove());
    while (copy.innerHTML.length > most_kept) copy.firstElementChild.remove();
    const state = { version: texts.version, log: copy.innerHTML, turns, address: window.location.search };
    try {
      sessionStorage.setItem(kept, JSON.stringify(state));
    } catch {
      // a browser that keeps nothing
    }
  };

  const toTop = (turn) =>
    turn.scrollIntoView({ block: "start", behavior: still.matches ? "auto" : "smooth" });

  const waiting = [];
  // Questions on their way when the log was cleared; and the number of the topic, which a new one raises.
  const cleared = new Set();
  let topics = 0;

  // The last turns as the server gave them; it keeps nothing itself, so they go along with a question.
  const most = 3;
  let turns = [];
  const marked = () => document.body.classList.toggle("qa-has-context", turns.length > 0);

  const restored = element("#qa-log").then((found) => {
    if (!stored?.log) return;
    const template = document.createElement("template");
    template.innerHTML = stored.log;
    const line = document.createElement("p");
    line.className = "qa-new-topic-line qa-restored";
    line.textContent = texts.restored;
    found.append(template.content, line);
    turns = stored.turns;
    document.body.classList.add("qa-started");
    marked();
    line.scrollIntoView({ block: "end" });
  });

  const remember = (turn) => {
    if (!turn.dataset.turn) return;
    turns = [...turns, JSON.parse(turn.dataset.turn)].slice(-most);
    marked();
  };

  // A new topic: what was asked before no longer goes along, and the log says so.
  const forget = async () => {
    if (!turns.length) return;
    turns = [];
    topics += 1;
    marked();
    const line = document.createElement("p");
    line.className = "qa-new-topic-line";
    line.textContent = texts.new_topic_begins;
    (await log()).append(line);
    save();
    line.scrollIntoView({ block: "end", behavior: still.matches ? "auto" : "smooth" });
    document.querySelector("#qa-question textarea")?.focus({ preventScroll: true });
  };

  // What a button in the page asks: an example, or a question again without what was before, or everywhere.
  let asking = ["", false, false];
  const pressed = () => asking;
  const press = (question, alone = false, everywhere = false) => {
    asking = [question, alone, everywhere];
    document.querySelector("#qa-again")?.click();
  };
  const questionOf = (button) =>
    button.closest(".qa-turn")?.querySelector(".qa-question")?.dataset.question ?? "";
  const box = () => document.querySelector("#qa-question textarea");

  // The address that asks a turn's question anew, with what it was searched within.
  const link = (button) => {
    const address = new URL(window.location.pathname, window.location.href);
    address.searchParams.set("q", questionOf(button));
    const filters = JSON.parse(button.closest(".qa-turn").dataset.filters || "{}");
    for (const [name, value] of Object.entries(filters)) address.searchParams.set(name, value);
    return address.href;
  };

  const actions = {
    "[data-ask]": (button) => press(button.dataset.ask),
    ".qa-drop": (button) =>
      press(questionOf(button), button.dataset.again === "alone", button.dataset.again === "everywhere"),
    "[data-edit]": (button) => {
      const field = box();
      field.value = questionOf(button);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
    },
    "[data-within]": (button) => {
      window.qaFilters.set({ document: button.dataset.within });
      press(questionOf(button));
    },
    "[data-clear-log]": async () => {
      (await log()).replaceChildren();
      turns = [];
      topics += 1;
      waiting.forEach((one) => cleared.add(one));
      marked();
      document.body.classList.remove("qa-started");
      sessionStorage.removeItem(kept);
      window.scrollTo({ top: 0 });
      box()?.focus({ preventScroll: true });
    },
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    for (const [selector, act] of Object.entries(actions)) {
      const button = event.target.closest(`button${selector}`);
      if (button) act(button);
    }
  });
  // Before copy.js, which hears the same click later, looks for what to copy.
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-copy-question]") : null;
      if (button) button.dataset.copy = link(button);
    },
    true,
  );

  // Puts the question into the log, with a word that it is being looked for. Returns the question, the turns
  // before it and the filters, as JSON.
  const begin = (question, alone = false, everywhere = false) => {
    if (typeof question !== "string") return [null, "", ""];
    if (everywhere) window.qaFilters.clear();
    document.querySelector("#qa-filters details")?.removeAttribute("open");
    document.body.classList.add("qa-started");
    const turn = document.createElement("article");
    turn.className = "qa-turn qa-pending";
    turn.dataset.topic = String(topics);
    if (question.trim()) {
      const heading = document.createElement("h2");
      heading.className = "qa-question";
      heading.textContent = question.trim();
      heading.dataset.question = question.trim();
      const wait = document.createElement("p");
      wait.className = "qa-wait";
      wait.textContent = texts.searching;
      turn.append(heading, wait);
    }
    waiting.push(turn);
    log().then((found) => {
      found.setAttribute("aria-busy", "true");
      if (!turn.dataset.done) found.append(turn);
      toTop(turn);
    });
    return [question, alone ? "" : JSON.stringify(turns), JSON.stringify(window.qaFilters.read())];
  };

  const finish = async (turn) => {
    const found = await log();
    const first = waiting.shift();
    if (first) first.dataset.done = "yes";
    if (first && first.isConnected) first.replaceWith(turn);
    else found.append(turn);
    if (!waiting.length) found.setAttribute("aria-busy", "false");
    toTop(turn);
    save();
  };

  const show = async (html) => {
    if (!html) return;
    const template = document.createElement("template");
    template.innerHTML = html;
    const turn = template.content.firstElementChild;
    const topic = waiting[0]?.dataset.topic ?? String(topics);
    // The log was cleared while it was on its way: nobody waits for it.
    if (cleared.delete(waiting[0])) {
      waiting.shift();
      return;
    }
    if (topic === String(topics)) remember(turn);
    await finish(turn);
  };

  const failed = async () => {
    if (!waiting.length) return;
    if (cleared.delete(waiting[0])) {
      waiting.shift();
      return;
    }
    const copy = waiting[0].cloneNode(true);
    copy.className = "qa-turn";
    copy.querySelector(".qa-wait")?.remove();
    const note = document.createElement("div");
    note.className = "qa-note qa-error";
    const word = document.createElement("p");
    word.textContent = refused ?? texts.failed;
    refused = null;
    note.append(word);
    copy.append(note);
    await finish(copy);
  };

  // Why the server would not take a question (too many ask, too often, not signed in), in the page's language.
  let refused = null;
  const reason = async (reply) => {
    const kind = reply.headers.get("Content-Type") ?? "";
    if (!kind.startsWith("application/problem+json")) return null;
    const { detail } = await reply.clone().json();
    const [chinese, english] = String(detail ?? "").split(" / ");
    return (document.documentElement.lang.startsWith("zh") ? chinese : english) || null;
  };

  // When a server does not respond, Gradio says nothing, waits for it and then loads the page anew,
  // and the log is gone. An error that came as a reply it hands on: the reader is told, the log stays.
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const asks = String(request[0]?.url ?? request[0]).includes("/gradio_api/run/");
    try {
      const reply = await fetched(...request);
      if (asks && !reply.ok) refused = await reason(reply).catch(() => null);
      return reply;
    } catch (error) {
      if (!asks) throw error;
      return new Response('{"error": null}', {
        status: 503,
        headers: { "Content-Type": "application/json" },
      });
    }
  };

  // The question in the address (?q=…, with filters), or null: there is none, or it was asked before a reload.
  const fromAddress = () => {
    const values = new URLSearchParams(window.location.search);
    window.qaFilters.set(Object.fromEntries(values));
    const question = values.get("q");
    // A reload shows the log of the tab again; who comes to the address anew, asks anew.
    const came = performance.getEntriesByType("navigation")[0]?.type;
    const again = came === "reload" || came === "back_forward";
    const asked = again && stored?.log && stored.address === window.location.search;
    return question && question.trim() && !asked ? question : null;
  };

  // The box has the focus from the start where there is a keyboard; on a phone one would pop up.
  if (window.matchMedia("(hover: hover) and (pointer: fine)").matches) {
    element("#qa-question textarea").then((box) => box.focus({ preventScroll: true }));
  }

  return { element, begin, show, failed, forget, pressed, fromAddress, save };
})();
