// The log of the chat. Gradio carries the question to the server and the answer back; this puts both
// into the page. What comes from the server is HTML that the server has escaped; what the reader has
// typed is put in as text.
window.qaBot = (() => {
  // The same rule as `reader_language` on the server and as Gradio's own: Chinese for a Chinese
  // browser, otherwise English.
  const chinese = (navigator.language || "zh").toLowerCase().startsWith("zh");
  const texts = window.qaTexts[chinese ? "zh" : "en"];
  document.documentElement.lang = chinese ? "zh-CN" : "en";

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  const log = () =>
    new Promise((resolve) => {
      const look = () => {
        const found = document.getElementById("qa-log");
        if (!found) return requestAnimationFrame(look);
        found.setAttribute("aria-label", texts.log_label);
        resolve(found);
      };
      look();
    });

  const toTop = (turn) =>
    turn.scrollIntoView({ block: "start", behavior: still.matches ? "auto" : "smooth" });

  const waiting = [];

  // Puts the question into the log, with a word that it is being looked for. Returns the question.
  const begin = (question) => {
    if (typeof question !== "string") return null;
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
    return question;
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
    await finish(template.content.firstElementChild);
  };

  const failed = async () => {
    const turn = waiting[0] ?? document.createElement("article");
    const copy = turn.cloneNode(true);
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

  // The question in the address (?q=…), or null.
  const fromAddress = () => {
    const question = new URLSearchParams(window.location.search).get("q");
    return question && question.trim() ? question : null;
  };

  // The box has the focus from the start where there is a keyboard; on a phone one would pop up.
  if (window.matchMedia("(hover: hover) and (pointer: fine)").matches) {
    log().then(() => document.querySelector("#qa-question textarea")?.focus({ preventScroll: true }));
  }

  return { begin, show, failed, fromAddress };
})();
