// What the scenarios share: a browser, pages that must not do what the console forbids, and
// axe-core.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The services and credentials of the test. */
export const given = JSON.parse(process.env.STYTCH_CONSOLE);

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * A context whose pages may talk to one origin and to nobody else, log no error, run no other
 * script and open no dialog.
 */
export async function open(browser, origin, options = {}) {
  // Without transitions: a colour that changes is another one for axe.
  const context = await browser.newContext({ acceptDownloads: true, reducedMotion: "reduce", ...options });
  const seen = { foreign: [], errors: [], dialogs: [], requests: [] };
  context.on("request", (request) => {
    seen.requests.push(request.url());
    const { protocol, origin: other } = new URL(request.url());
    if (other !== origin && protocol !== "blob:") seen.foreign.push(request.url());
  });
  context.on("page", (page) => {
    page.on("dialog", (dialog) => {
      seen.dialogs.push(dialog.message());
      dialog.dismiss();
    });
    page.on("pageerror", (error) => seen.errors.push(String(error)));
    page.on("console", (message) => {
      // A page with the status 404 is an error for the browser, and none for the console.
      const isStatus = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isStatus) seen.errors.push(message.text());
    });
  });
  return {
    context,
    seen,
    async close() {
      assert.deepEqual(seen.foreign, [], "requests to other origins");
      assert.deepEqual(seen.errors, [], "errors of pages");
      assert.deepEqual(seen.dialogs, [], "dialogs");
      await context.close();
    },
  };
}

/** Signs in with the token of a service. */
export async function signIn(page, service) {
  await page.goto(`${service.url}/console`);
  await page.getByLabel("Token").fill(service.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

const WIDTHS = [360, 1280, 1920];
const SCHEMES = ["light", "dark"];
const checked = new Set();

/** How many states were checked. */
export const states = () => checked.size;

/**
 * Checks a state of a page: no violation of WCAG 2.2 AA, and nothing wider than the window, at
 * each width, light and dark.
 */
export async function check(page, name) {
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(overflow <= 0, `${name} is ${overflow} px wider than ${width} px`);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await axe(page, `${name}, ${width} px, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

async function axe(page, name) {
  // The page's policy permits no script of another origin: this one is put in by the browser.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  const found = violations.map(({ id, nodes }) => ({
    id,
    nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
  }));
  assert.deepEqual(found, [], name);
  checked.add(name);
}

/** The text of a file that a click saves. */
export async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
}
