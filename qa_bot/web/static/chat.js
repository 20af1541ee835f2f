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
    return found;
  };

  const toTop = (turn) =>
    turn.scrollIntoView({ block: "start", behavior: still.matches ? "auto" : "smooth" });

  const waiting = [];

  // The last turns as the server gave them; it keeps nothing itself, so they go along with a question.
  const most = 3;
  let turns = [];
  const marked = () => document.body.classList.toggle("qa-has-context", turns.length > 0);

  const remember = (turn) => {
    if (!turn.dataset.turn) return;
    turns = [...turns, JSON.parse(turn.dataset.turn)].slice(-most);
    marked();
  };

  // A new topic: what was asked before no longer goes along, and the log says so.
  const forget = async () => {
    if (!turns.length) return;
    turns = [];
    marked();
    const line = document.createElement("p");
    line.className = "qa-new-topic-line";
    line.textContent = texts.new_topic_begins;
    (await log()).append(line);
    line.scrollIntoView({ block: "end", behavior: still.matches ? "auto" : "smooth" });
    document.querySelector("#qa-question textarea")?.focus({ preventScroll: true });
  };

  // The question of the button 不要上文 that was pressed last, to be asked by itself.
  let again = "";
  const alone = () => again;
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button.qa-drop") : null;
    if (!button) return;
    again = button.dataset.question;
    document.querySelector("#qa-again")?.click();
  });

  // Puts the question into the log, with a word that it is being looked for. Returns the question and the
  // turns before it, as JSON.
  const begin = (question, alone = false) => {
    if (typeof question !== "string") return [null, ""];
    document.body.classList.add("qa-started");
    const turn = document.createElement("article");
    turn.className = "qa-turn qa-pending";
    if (question.trim()) {
      const heading = document.createElement("h2");
      heading.className = "qa-question";
      heading.textContent = question.trim();
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
    return [question, alone ? "" : JSON.stringify(turns)];
  };

  const finish = async (turn) => {
    const found = await log();
    const first = waiting.shift();
    if (first) first.dataset.done = "yes";
    if (first && first.isConnected) first.replaceWith(turn);
    else found.append(turn);
    if (!waiting.length) found.setAttribute("aria-busy", "false");
    toTop(turn);
  };

  const show = async (html) => {
    if (!html) return;
    const template = document.createElement("template");
    template.innerHTML = html;
    const turn = template.content.firstElementChild;
    remember(turn);
    await finish(turn);
  };

  const failed = async () => {
    if (!waiting.length) return;
    const copy = waiting[0].cloneNode(true);
    copy.className = "qa-turn";
    copy.querySelector(".qa-wait")?.remove();
    const note = document.createElement("div");
    note.className = "qa-note qa-error";
    const word = document.createElement("p");
    word.textContent = texts.failed;
    note.append(word);
    copy.append(note);
    await finish(copy);
  };

  // When a server does not respond, Gradio says nothing, waits for it and then loads the page anew,
  // and the log is gone. An error that came as a reply it hands on: the reader is told, the log stays.
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    try {
      return await fetched(...request);
    } catch (error) {
      if (!String(request[0]?.url ?? request[0]).includes("/gradio_api/run/")) throw error;
      return new Response('{"error": null}', {
        status: 503,
        headers: { "Content-Type": "application/json" },
      });
    }
  };

  // The question in the address (?q=…), or null.
  const fromAddress = () => {
    const question = new URLSearchParams(window.location.search).get("q");
    return question && question.trim() ? question : null;
  };

  // The box has the focus from the start where there is a keyboard; on a phone one would pop up.
  if (window.matchMedia("(hover: hover) and (pointer: fine)").matches) {
    element("#qa-question textarea").then((box) => box.focus({ preventScroll: true }));
  }

  return { element, begin, show, failed, forget, alone, fromAddress };
})();
