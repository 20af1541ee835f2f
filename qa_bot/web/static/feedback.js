// Two buttons below a turn: what the reader says of it goes to the server, which gives an id to take it
// back with. A button that is pressed and pressed again takes it back; the other one takes its place.
(() => {
  const within = (event, selector) =>
    event.target instanceof Element ? event.target.closest(selector) : null;
  const button = (bar, verdict) => bar.querySelector(`[data-verdict="${verdict}"]`);

  const tell = (bar, message, wrong = false) => {
    const said = bar.querySelector(".qa-fb-said");
    said.textContent = message;
    said.classList.toggle("qa-fb-trouble", wrong);
  };

  const open = (bar, wanted) => {
    const form = bar.querySelector("form");
    form.hidden = !wanted;
    button(bar, "wrong").setAttribute("aria-expanded", String(wanted));
    if (wanted) form.querySelector("input")?.focus();
  };

  // The verdict that the server has, or none.
  const settle = (bar, verdict, id = "") => {
    bar.dataset.id = id;
    for (const one of bar.querySelectorAll("[data-verdict]")) {
      one.setAttribute("aria-pressed", String(one.dataset.verdict === verdict));
    }
    bar.querySelector(".qa-fb-undo").hidden = !id;
  };

  // What the server replies; says why where it does not take it, and gives null.
  const request = async (bar, address, options) => {
    try {
      const reply = await fetch(address, options);
      if (reply.ok || (options.method === "DELETE" && reply.status === 404)) return reply;
      const problem = await reply.json();
      tell(bar, problem.detail ?? bar.dataset.failed, true);
    } catch {
      tell(bar, bar.dataset.failed, true);
    }
    return null;
  };

  const takeBack = async (bar) => {
    if (!bar.dataset.id) return true;
    if (!(await request(bar, `feedback/${bar.dataset.id}`, { method: "DELETE" }))) return false;
    settle(bar, "");
    tell(bar, bar.dataset.undone);
    return true;
  };

  const say = async (bar, verdict, more = {}) => {
    if (!(await takeBack(bar))) return false;
    const body = JSON.stringify({ ...JSON.parse(bar.dataset.feedback), verdict, ...more });
    const headers = { "Content-Type": "application/json" };
    const reply = await request(bar, "feedback", { method: "POST", headers, body });
    if (!reply) return false;
    settle(bar, verdict, (await reply.json()).id);
    tell(bar, bar.dataset.thanks);
    open(bar, false);
    return true;
  };

  // One thing at a time: a second click while the first is under way counts for nothing. What came of it
  // survives a reload, as the log does. Not by an attribute, which would, too.
  const busy = new WeakSet();
  const once = async (bar, work) => {
    if (busy.has(bar)) return;
    busy.add(bar);
    try {
      await work();
    } finally {
      busy.delete(bar);
      window.qaBot.save();
    }
  };

  document.addEventListener("click", (event) => {
    const pressed = within(event, ".qa-fb button");
    if (!pressed || pressed.type === "submit") return;
    const bar = pressed.closest(".qa-fb");
    const { verdict } = pressed.dataset;
    if (pressed.classList.contains("qa-fb-cancel")) {
      bar.querySelector("form").reset();
      open(bar, false);
      button(bar, "wrong").focus();
    } else if (!verdict || pressed.getAttribute("aria-pressed") === "true") {
      once(bar, async () => {
        if ((await takeBack(bar)) && !verdict) button(bar, "right").focus();
      });
    } else if (verdict === "right") {
      once(bar, () => say(bar, verdict));
    } else {
      open(bar, bar.querySelector("form").hidden);
    }
  });

  document.addEventListener("submit", (event) => {
    const form = within(event, ".qa-fb-form");
    if (!form) return;
    event.preventDefault();
    const bar = form.closest(".qa-fb");
    const filled = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
    const more = Object.fromEntries(filled.filter(([, value]) => value));
    once(bar, async () => {
      if (await say(bar, "wrong", more)) button(bar, "wrong").focus();
    });
  });

  // Escape closes the form and goes back to what opened it.
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && within(event, ".qa-fb-form");
    if (!form) return;
    const bar = form.closest(".qa-fb");
    open(bar, false);
    button(bar, "wrong").focus();
  });
})();
