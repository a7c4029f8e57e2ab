// What the console does beyond its pages: copies texts, shows the environment of a project ID
// while it is typed, and the progress of a search for all pages. All else works without it.
"use strict";

const said = document.getElementById("said");

/** Says something to people who cannot see it. */
function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = text));
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      say("Copied");
    } catch {
      button.textContent = "Not copied";
      say("The browser did not permit copying");
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

for (const input of document.querySelectorAll("[data-environment]")) {
  const place = document.getElementById(input.dataset.environment);
  input.addEventListener("input", () => {
    const id = input.value.trim();
    const environment = id.startsWith("project-live-") ? "Live" : id ? "Test" : "";
    if ((place.textContent.trim() || "") === environment) return;
    place.replaceChildren();
    if (!environment) return;
    const badge = document.createElement("span");
    badge.className = `env ${environment.toLowerCase()}`;
    badge.textContent = environment;
    place.append(badge);
  });
}

// Fields without a value are no part of an address.
for (const form of document.querySelectorAll("[data-sparse]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (value.trim() === "") formData.delete(name);
    }
  });
}

for (const form of document.querySelectorAll("[data-busy]")) {
  const button = form.querySelector("button.primary");
  const text = button.textContent;
  const ready = () => {
    button.removeAttribute("aria-busy");
    button.textContent = text;
  };
  form.addEventListener("submit", (event) => {
    // What is sent twice is done twice. A search may be sent again.
    if (form.method === "post" && button.getAttribute("aria-busy")) return event.preventDefault();
    button.setAttribute("aria-busy", "true");
    button.textContent = form.dataset.busy;
    say(form.dataset.busy);
    // The browser does not say when its user has stopped a page.
    setTimeout(ready, 10_000);
  });
  // A page that comes back from the browser's memory is not busy.
  addEventListener("pageshow", ready);
}

/** Reads the lines of a response as JSON, as they arrive. */
async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const line of parts) if (line) yield JSON.parse(line);
  }
}

/** Runs a search for all pages, and keeps the file until it is saved. */
class Run {
  constructor(form) {
    this.form = form;
    this.section = form.parentElement.querySelector(".run");
    this.bar = this.section.querySelector("progress");
    this.progress = this.section.querySelector(".progress");
    this.outcome = this.section.querySelector(".outcome");
    this.stop = this.section.querySelector("[data-stop]");
    this.save = this.section.querySelector("a[download]");
    this.button = form.querySelector("button");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.stop.addEventListener("click", () => this.abort?.abort());
  }

  async start() {
    const query = new URLSearchParams(new FormData(this.form));
    this.abort = new AbortController();
    this.parts = [];
    if (this.save.href) URL.revokeObjectURL(this.save.href);
    this.section.hidden = this.stop.hidden = false;
    this.save.hidden = this.button.disabled = true;
    this.outcome.textContent = "";
    this.outcome.className = "outcome";
    this.progress.textContent = "Reading the first page…";
    this.bar.removeAttribute("value");
    this.began = performance.now();
    try {
      const response = await fetch(`${this.form.dataset.events}?${query}`, { signal: this.abort.signal });
      if (response.status === 401) {
        this.end("bad", "Your session has ended. Load this page again to sign in.");
        return;
      }
      let ended = false;
      for await (const event of lines(response)) {
        ended = this.take(event, query) || ended;
      }
      if (!ended) this.end("bad", "The connection was cut off before the last page. Nothing was saved; try again.");
    } catch {
      if (this.abort.signal.aborted) {
        this.end("", "Stopped. Nothing was saved, and no further request is made.");
      } else {
        this.end("bad", "The service was not reached. Nothing was saved; try again.");
      }
    }
  }

  /** Takes an event, and returns whether it was the last one. */
  take(event, query) {
    // Each part is handed to the browser, which may keep it on disk.
    if (event.data) this.parts.push(new Blob([event.data]));
    if (event.type === "page") {
      this.count(event);
      return false;
    }
    if (event.type === "failed") {
      const receipt = event.receipt ? ` Read until then: ${event.receipt}` : "";
      this.end("bad", `${event.title}. ${event.advice}${receipt} Nothing was saved.`);
      return true;
    }
    const format = query.get("format");
    const file = new Blob(this.parts, { type: "application/octet-stream" });
    this.save.href = URL.createObjectURL(file);
    this.save.download = `stytch-users-${query.get("credential")}.${format}`;
    this.save.hidden = false;
    this.end(event.complete ? "good" : "bad", event.receipt ?? "");
    this.bar.max = this.bar.value = 1;
    this.save.focus();
    return true;
  }

  count({ users, pages, total }) {
    const seconds = (performance.now() - this.began) / 1000;
    const rate = Math.round(users / Math.max(seconds, 0.001));
    const of = total === null ? "" : ` of ${total.toLocaleString("en")}`;
    const rounded = seconds < 10 ? seconds.toFixed(1) : Math.round(seconds);
    this.progress.textContent =
      `${users.toLocaleString("en")}${of} users in ${pages} ${pages === 1 ? "page" : "pages"}, ` +
      `${rate.toLocaleString("en")} users/s, ${rounded} s`;
    if (total) {
      this.bar.max = total;
      this.bar.value = Math.min(users, total);
    }
  }

  end(tone, text) {
    this.parts = [];
    this.stop.hidden = true;
    this.button.disabled = false;
    this.outcome.className = tone ? `outcome notice ${tone}` : "outcome notice";
    this.outcome.textContent = text;
    if (!this.bar.hasAttribute("value")) this.bar.value = 0;
  }
}

for (const form of document.querySelectorAll("[data-events]")) new Run(form);
