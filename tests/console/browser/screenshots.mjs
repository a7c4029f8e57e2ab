// Makes the pictures of the README: node screenshots.mjs FOLDER [WIDTH...]
import { writeFileSync } from "node:fs";
import { given, launch, signIn } from "./harness.mjs";

const [folder, ...widths] = process.argv.slice(2);
const browser = await launch();

const pages = {
  credentials: async (page) => {
    await page.goto(`${given.url}/console/credentials`);
    await page.getByRole("button", { name: `Test ${given.credential}` }).click();
    await page.waitForURL(/#/);
    await page.goto(`${given.url}/console/credentials`);
  },
  user: (page) => page.goto(`${given.url}/console/retrieve?credential=${given.credential}&id=ada.lovelace`),
  search: (page) =>
    page.goto(
      `${given.url}/console/search?credential=${given.credential}&match=all&status=active&email_verified=true&limit=50`,
    ),
  step: async (page) => {
    await page.goto(`${given.url}/console/search?credential=${given.credential}&match=all&status=active&limit=2`);
    await page.getByText("Use this search as a step").click();
    await page.getByRole("button", { name: "Export all pages" }).click();
    await page.locator(".outcome.good").waitFor();
    await page.locator(".export").scrollIntoViewIfNeeded();
    await page.locator(".export").evaluate((element) => scrollTo(0, element.offsetTop - 24));
  },
};

/** A picture of a page to look at: all of it, but not of a long list. */
async function whole(page, width, path) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, 1700) } });
}

for (const colorScheme of widths.length ? ["light", "dark"] : ["light"]) {
  for (const width of widths.length ? widths.map(Number) : [1280]) {
    const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme });
    const page = await context.newPage();
    await signIn(page, given);
    for (const [name, show] of Object.entries(pages)) {
      await show(page);
      const session = await context.newCDPSession(page);
      const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 82 });
      const suffix = widths.length ? `-${width}-${colorScheme}` : "";
      const file = `${folder}/console-${name}${suffix}`;
      if (widths.length) await whole(page, width, `${file}.png`);
      else writeFileSync(`${file}.webp`, Buffer.from(data, "base64"));
    }
    await context.close();
  }
}
await browser.close();
