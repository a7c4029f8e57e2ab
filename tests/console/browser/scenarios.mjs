// What people do with the console, in a browser. The name of a scenario is the argument; what
// it has measured is printed as JSON.
import assert from "node:assert/strict";
import { check, download, given, launch, open, signIn, states } from "./harness.mjs";

const scenarios = {
  /** From an empty store to an exported search. */
  async story(browser) {
    const { url, link, baseUrl, projectId, secret } = given;
    const { context, close } = await open(browser, url);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    await page.goto(link);
    assert.equal(page.url(), `${url}/console/credentials`, "the code is not in the address");
    await page.getByRole("heading", { name: "No credential yet" }).waitFor();
    await check(page, "no credential");

    await page.getByRole("link", { name: "Add a credential" }).first().click();
    const environment = page.locator("#environment");
    await page.getByLabel("Nickname").fill("acme-test");
    await page.getByLabel("Project ID").fill("project-live-1");
    assert.equal(await environment.textContent(), "Live");
    await check(page, "adding a live credential");
    await page.getByLabel("Project ID").fill(projectId);
    assert.equal(await environment.textContent(), "Test");
    await page.getByLabel("Secret").fill(secret);
    await page.getByText("Custom domain", { exact: true }).click();
    await page.getByLabel("Base URL").fill(baseUrl);
    await check(page, "adding a credential");
    await page.getByRole("button", { name: "Test and add" }).click();
    await page.getByText("Stytch accepts it").waitFor();
    assert.ok(!(await page.content()).includes(secret), "the secret came back");
    await check(page, "credentials");

    await page.getByRole("button", { name: "Test acme-test" }).click();
    await page.waitForURL(/#acme-test$/);
    await page.getByRole("link", { name: "Retrieve" }).first().click();
    await check(page, "the form to retrieve");
    await page.getByLabel("Stytch user ID").fill("ada.lovelace");
    await page.getByRole("button", { name: "Retrieve" }).click();
    await page.getByRole("heading", { name: "Ada King Lovelace" }).waitFor();
    for (const text of ["ada@example.com", "+12025550101", "✓ verified", "enterprise", "admin"]) {
      assert.ok((await page.locator(".card").textContent()).includes(text), text);
    }
    await check(page, "a user");
    await page.getByText("Raw JSON").click();
    await page.getByText("Use this lookup as a step").click();
    await check(page, "a user with everything open");
    await page.getByRole("button", { name: "Copy curl" }).click();
    const curl = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(curl, /^curl .*\$STYTCH_HOST_TOKEN.*\n.*users\/ada\.lovelace$/);

    await page.getByRole("link", { name: "Search" }).first().click();
    await check(page, "the form to search");
    await page.getByLabel("Status", { exact: true }).fill("active");
    await page.getByLabel("Email verified").selectOption({ label: "Yes" });
    await page.getByLabel("Users per page").fill("20");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("rowheader").first().waitFor();
    const address = new URL(page.url());
    assert.equal(
      address.search,
      "?credential=acme-test&match=all&status=active&email_verified=true&limit=20",
    );
    assert.equal(await page.getByRole("rowheader").count(), 20);
    await check(page, "users");
    const first = await page.getByRole("rowheader").first().textContent();
    await page.getByRole("link", { name: "Next page" }).click();
    await page.getByRole("link", { name: "First page" }).waitFor();
    assert.notEqual(await page.getByRole("rowheader").first().textContent(), first);
    await page.goto(address.href);
    await page.getByRole("link", { name: "Remove Status" }).click();
    await page.waitForURL((other) => !other.search.includes("status"));
    await page.goBack();

    const total = Number((await page.locator(".summary strong").nth(1).textContent()).replace(",", ""));
    for (const [format, users] of [
      ["CSV", (text) => text.trimEnd().split("\n").length - 1],
      ["JSON", (text) => JSON.parse(text).results.length],
      ["JSON lines", (text) => text.trimEnd().split("\n").map(JSON.parse).length],
    ]) {
      await page.getByLabel(format, { exact: true }).check();
      await page.getByRole("button", { name: "Export all pages" }).click();
      await page.locator(".outcome.good").waitFor();
      const receipt = await page.locator(".outcome").textContent();
      assert.match(receipt, /^\d+ users in \d+ pages?\. Complete: Stytch counts \d+\.$/);
      const file = await download(page, () => page.getByRole("link", { name: "Save the file" }).click());
      assert.equal(users(file.text), total, format);
      assert.match(file.name, /^stytch-users-acme-test\.(csv|json|jsonl)$/);
    }
    await check(page, "users, exported");

    await page.getByRole("link", { name: "Credentials" }).first().click();
    await page.getByRole("link", { name: "Remove acme-test" }).click();
    await check(page, "asking whether to remove");
    await page.getByRole("button", { name: "Remove acme-test" }).click();
    await page.getByRole("heading", { name: "No credential yet" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out").waitFor();
    await check(page, "signed out");
    await close();
    return { states: states() };
  },

  /** Each error says what to do. */
  async errors(browser) {
    const { context, close } = await open(browser, given.url);
    const page = await context.newPage();
    await page.goto(`${given.url}/console/retrieve`);
    await check(page, "signing in");
    await page.getByLabel("Token").fill("sth_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This token is not valid").waitFor();
    await check(page, "a wrong token");
    await signIn(page, given);

    for (const [name, path, title] of [
      ["not found", "retrieve?credential=good&id=nobody", "No such user"],
      ["an invalid ID", "retrieve?credential=good&id=a%20b", "This cannot be sent"],
      ["a secret as an ID", "retrieve?credential=good&id=secret-test-hush", "This looks like a secret"],
      ["refused", "retrieve?credential=refused&id=a", "Stytch refused the credential"],
      ["unreachable", "retrieve?credential=unreachable&id=a", "Stytch was not reached"],
      ["rate limited", "search?credential=limited", "Stytch's rate limit is reached"],
      ["failing", "retrieve?credential=failing&id=a", "Stytch has a problem"],
      ["not Stytch", "retrieve?credential=garbage&id=a", null],
      ["unknown", "retrieve?credential=none&id=a", "No such credential"],
      ["an old cursor", "search?credential=good&cursor=old", "The address of this page is out of date"],
      ["nobody", "search?credential=good&full_name_fuzzy=zzzz", "No user matches"],
      ["a wrong limit", "search?credential=good&limit=0", "The search was not sent"],
      ["a wrong filter", "search?credential=good&statsu=a", "The search was not sent"],
      ["no page", "nowhere", "There is no such page"],
    ]) {
      await page.goto(`${given.url}/console/${path}`);
      if (title) await page.getByRole("heading", { name: title }).waitFor();
      else await page.locator(".failure h2").waitFor();
      for (const details of await page.locator(".failure summary").all()) await details.click();
      assert.ok(!(await page.content()).includes("hush"), "a secret is shown");
      await check(page, name);
    }

    // A page that fails in the middle of a search for all.
    await page.goto(`${given.url}/console/search?credential=breaking`);
    await page.getByRole("button", { name: "Export all pages" }).click();
    await page.locator(".outcome.bad").waitFor();
    const outcome = await page.locator(".outcome").textContent();
    assert.match(outcome, /^Stytch refused the request\. .*Not complete.*Nothing was saved\.$/);
    assert.equal(await page.getByRole("link", { name: "Save the file" }).isVisible(), false);
    await check(page, "an export that failed");
    await page.goto(`${given.url}/console/credentials`);
    await page.getByRole("button", { name: "Test refused" }).click();
    await page.getByText("Stytch refused the credential").waitFor();
    await check(page, "a credential that is refused");
    await close();
    return { states: states() };
  },

  /** What users wrote is text wherever it stands. */
  async hostile(browser) {
    const { context, seen, close } = await open(browser, given.url);
    const page = await context.newPage();
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => console.error(`blocked ${event.blockedURI}`));
    });
    await signIn(page, given);
    await page.goto(`${given.url}/console/search?credential=hostile`);
    await page.getByRole("rowheader").first().waitFor();
    assert.match(await page.locator("tbody").textContent(), /<img src=x onerror=/);
    await check(page, "hostile users");
    for (const link of await page.locator("tbody th a").evaluateAll((all) => all.map((a) => a.href))) {
      await page.goto(link);
      await page.locator(".card").waitFor();
      assert.equal(await page.locator("img, iframe, object, .card script").count(), 0);
      await check(page, "a hostile user");
    }
    const text = await page.locator(".card").textContent();
    assert.ok(text.includes("https://tracker.example/"), "the address is text");
    assert.equal(await page.evaluate(() => window.attacked), undefined);
    assert.ok(seen.requests.every((address) => address.startsWith(given.url)), "one origin");
    await close();
    return { states: states() };
  },

  /** A session that ends leads back to where it was; two tabs share it. */
  async sessions(browser) {
    const { context, close } = await open(browser, given.url);
    const [first, second] = [await context.newPage(), await context.newPage()];
    await signIn(first, given);
    const search = `${given.url}/console/search?credential=good&status=active&limit=10`;
    await first.goto(search);
    await second.goto(`${given.url}/console/search?credential=good&status=pending&limit=10`);
    assert.equal(await first.getByRole("rowheader").count(), 10);
    await second.locator(".asked", { hasText: "pending" }).waitFor();
    await first.getByRole("link", { name: "Next page" }).click();
    await first.waitForURL(/cursor=/);
    const deep = first.url();
    await second.getByRole("link", { name: "Credentials" }).click();
    const stale = await second.getByRole("button", { name: "Test good" });
    const old = await second.locator("input[name=form_token]").first().inputValue();

    await first.getByRole("button", { name: "Sign out" }).click();
    await first.getByText("You are signed out").waitFor();
    await stale.click();
    await second.getByRole("heading", { name: "Sign in" }).waitFor();
    await first.goto(deep);
    await first.getByText("Sign in").first().waitFor();
    await check(first, "signed out in another tab");
    await first.getByLabel("Token").fill(given.token);
    await first.getByRole("button", { name: "Sign in" }).click();
    await first.getByRole("link", { name: "First page" }).waitFor();
    assert.equal(first.url(), deep, "it leads back");

    // A form of the old session is not one of the new.
    await second.goto(`${given.url}/console/credentials`);
    const token = second.locator("form[action$='/test'] [name=form_token]").first();
    await token.evaluate((input, value) => (input.value = value), old);
    await second.getByRole("button", { name: "Test good" }).click();
    await second.getByText("Nothing was changed").first().waitFor();
    const cookies = await context.cookies();
    assert.ok(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === "Strict"));
    await close();

    // The link of --open works once.
    const other = await open(browser, given.url);
    const page = await other.context.newPage();
    await page.goto(given.link);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const thief = await open(browser, given.url);
    const stolen = await thief.context.newPage();
    await stolen.goto(given.link);
    await stolen.getByText("was used a second time").waitFor();
    await check(stolen, "a link that was used twice");
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await other.close();
    await thief.close();
    return { states: states() };
  },

  /** Without JavaScript everything works but the progress. */
  async withoutScripts(browser) {
    const { context, close } = await open(browser, given.url, { javaScriptEnabled: false });
    const page = await context.newPage();
    await signIn(page, given);
    await page.goto(`${given.url}/console/search`);
    await page.getByLabel("Status", { exact: true }).fill("active");
    await page.getByRole("button", { name: "Search" }).click();
    assert.equal(
      new URL(page.url()).search,
      "?credential=good&match=all&status=active",
      "fields without a value are left out",
    );
    assert.equal(await page.locator("[data-copy]").first().isVisible(), false);
    const click = () => page.getByRole("button", { name: "Export all pages" }).click();
    const file = await download(page, click);
    assert.equal(file.name, "stytch-users-good.csv");
    assert.ok(file.text.startsWith("user_id,"));
    await page.getByRole("rowheader").first().getByRole("link").click();
    await page.locator(".card").waitFor();
    await close();
    return {};
  },

  /** Everything can be reached with the keyboard, and the focus is seen. */
  async keyboard(browser) {
    const { context, close } = await open(browser, given.url);
    const page = await context.newPage();
    await page.goto(`${given.url}/console/retrieve`);
    const focused = () => page.evaluate(() => document.activeElement?.id);
    assert.equal(await focused(), "token", "the first field has the focus");
    await page.keyboard.type(given.token);
    await page.keyboard.press("Enter");
    await page.locator("#id").waitFor();
    assert.equal(await focused(), "id");
    await page.keyboard.type("ada.lovelace");
    await page.keyboard.press("Enter");
    await page.locator(".card").waitFor();

    await page.goto(`${given.url}/console/search?credential=good&limit=10`);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    const reached = new Set();
    let unseen = 0;
    for (let count = 0; count < 150; count += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === document.body) return null;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const { width, height } = element.getBoundingClientRect();
        return {
          name: element.textContent.trim() || element.name || element.id,
          seen: outlineStyle !== "none" && outlineWidth !== "0px" && width > 0 && height > 0,
        };
      });
      if (!at) break;
      reached.add(at.name);
      if (!at.seen) unseen += 1;
    }
    assert.equal(unseen, 0, "the focus is not seen");
    for (const name of ["status", "Search", "Next page", "Export all pages", "Use this search as a step"]) {
      assert.ok(reached.has(name), `${name} was not reached: ${[...reached]}`);
    }
    await close();
    return { reached: reached.size };
  },

  /** A page that is closed during a search ends it. */
  async closed(browser) {
    const { context, close } = await open(browser, given.url);
    const page = await context.newPage();
    await signIn(page, given);
    await page.goto(`${given.url}/console/search?credential=slow&limit=5`);
    await page.getByRole("button", { name: "Export all pages" }).click();
    await page.locator(".progress").filter({ hasText: "users/s" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped.").waitFor();
    await check(page, "stopped");
    await page.getByRole("button", { name: "Export all pages" }).click();
    await page.getByText(/in [2-9] pages/).waitFor();
    await check(page, "reading pages");
    await page.close();
    await close();
    return {};
  },

  /** What pages take: their bytes, and the time from the click until they are painted. */
  async figures(browser) {
    const { context, seen, close } = await open(browser, given.url);
    const page = await context.newPage();
    await page.addInitScript(() => {
      addEventListener("load", () =>
        requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now()))),
      );
    });
    await signIn(page, given);
    seen.requests.length = 0;
    const fresh = await open(browser, given.url);
    const first = await fresh.context.newPage();
    const sizes = [];
    first.on("response", (response) => sizes.push(response.body().then((body) => body.length, () => 0)));
    await first.goto(`${given.url}/console/retrieve`, { waitUntil: "networkidle" });
    const requests = fresh.seen.requests.length;
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    const nested = await first.evaluate(() =>
      performance.getEntriesByType("resource").filter(({ initiatorType }) => initiatorType === "css").length,
    );
    await fresh.close();

    const painted = async (path) => {
      const times = [];
      for (let count = 0; count < 7; count += 1) {
        await page.goto(`${given.url}/console/credentials`);
        await page.evaluate((to) => {
          const link = document.createElement("a");
          link.href = to;
          document.body.append(link);
          link.click();
        }, `/console/${path}`);
        await page.waitForURL(`**/console/${path}`);
        await page.waitForFunction(() => window.painted);
        times.push(await page.evaluate(() => window.painted));
      }
      return Math.round(times.sort((a, b) => a - b)[3]);
    };
    const figures = {
      bytes,
      requests,
      nested,
      form: await painted("retrieve"),
      card: await painted("retrieve?credential=good&id=ada.lovelace"),
      thousand: await painted("search?credential=many&limit=1000"),
    };
    assert.equal(await page.getByRole("rowheader").count(), 1000);
    await close();
    return figures;
  },
};

const browser = await launch();
try {
  console.log(JSON.stringify(await scenarios[process.argv[2]](browser)));
} finally {
  await browser.close();
}
