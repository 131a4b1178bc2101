// The web UI in Chromium, as its users use it: keys, mouse, addresses.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { site } from "./support.mjs";

const FIXTURE = fileURLToPath(new URL("../../../tests/corpora/mailbox", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const at = site({ mailbox: FIXTURE });
let page;
beforeEach(() => (page = at.page));

const open = (path) => page.goto(at.server.url + path);
const address = () => page.evaluate(() => location.pathname + location.search + location.hash);
const noProblems = () => assert.deepEqual(at.problems, []);

test("results appear while typing, have an address, and open with keys", async () => {
  await open("/");
  await page.locator("#search").fill("wr_ptr_gray kind:always");
  const result = page.locator(".result").first();
  await result.waitFor();
  assert.match(await result.locator(".path").innerText(), /rtl\/gray_fifo\.v:\d+/);
  assert.match(await result.locator(".reasons").innerText(), /kind always/);
  assert.ok((await result.locator("mark").count()) > 0);
  assert.match(await address(), /^\/search\?q=wr_ptr_gray/);
  await page.reload();
  await page.locator(".result").first().waitFor();
  await page.locator("main").focus();
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("j");
  await page.locator(".result.active").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".code.whole .line.focus").first().waitFor();
  assert.match(await address(), /^\/r\/mailbox\/file\/rtl\/gray_fifo\.v#L\d+/);
  noProblems();
});

test("a score tells its parts, and a wrong query its place", async () => {
  await open("/search?q=gray+pointer");
  await page.locator(".score summary").first().click();
  assert.ok((await page.locator(".score[open] td").count()) > 0);
  await open("/search?q=" + encodeURIComponent("fifo kind:"));
  assert.match(await page.locator("[role=alert]").innerText(), /\^/);
  noProblems();
});

test("keys, values and names are completed", async () => {
  await open("/");
  const input = page.locator("#search");
  await input.pressSequentially("kin");
  await page.getByRole("option", { name: "kind:", exact: false }).first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await input.inputValue(), "kind:");
  await input.pressSequentially("always_f");
  await page.getByRole("option", { name: "kind:always_ff" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await input.inputValue(), "kind:always_ff ");
  await input.pressSequentially("module:gray_f");
  await page.getByRole("option", { name: "module:gray_fifo" }).waitFor();
  noProblems();
});

test("a completion never replaces what was typed after it was asked for", async () => {
  await open("/");
  const input = page.locator("#search");
  await input.pressSequentially("kin");
  const option = page.getByRole("option", { name: "kind:", exact: false });
  await option.first().waitFor();
  const held = [];
  await page.route("**/v1:query", (route) => held.push(route));
  await input.pressSequentially("etic");
  await page.keyboard.press("Tab");
  assert.match(await input.inputValue(), /^kinetic/);
  await option.first().waitFor({ state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
  noProblems();
});

test("a file shows its text whole, and a name in it leads to its drivers and loads", async () => {
  await open("/r/mailbox/file/rtl/gray_fifo.v");
  await page.locator(".code.whole .line").first().waitFor();
  const shown = await page.evaluate(() => [...document.querySelectorAll(".code.whole code")].map((c) => c.textContent).join(""));
  assert.equal(shown.trimEnd(), readFileSync(`${FIXTURE}/rtl/gray_fifo.v`, "utf8").trimEnd());
  await page.locator(".code.whole .t-name", { hasText: /^wr_ptr_gray$/ }).first().click();
  const inspector = page.locator(".inspector");
  await inspector.getByRole("heading", { name: "gray_fifo.wr_ptr_gray" }).waitFor();
  const drivers = inspector.locator("section", { hasText: "Drivers" }).first();
  await drivers.locator("a.row").first().click();
  await page.waitForFunction(() => location.hash.startsWith("#L"));
  await inspector.locator("section", { hasText: "Loads" }).first().waitFor();
  noProblems();
});

test("the hierarchy opens by keys", async () => {
  await open("/r/mailbox/tree?top=mailbox");
  const items = page.getByRole("treeitem");
  await items.first().waitFor();
  await items.first().focus();
  const before = await items.count();
  assert.ok(before > 1);
  await page.keyboard.press("ArrowDown");
  await page.locator(".inspector h2").waitFor();
  await items.first().click();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelectorAll("[role=treeitem]").length === 1);
  noProblems();
});

test("a cone is drawn left to right, opens node by node, and its address holds it", async () => {
  await open("/r/mailbox/cone?signal=gray_fifo.full&depth=2");
  const nodes = page.locator(".picture .node");
  await page.locator(".picture .node.root").waitFor();
  const count = await nodes.count();
  assert.ok(count > 1);
  const places = await nodes.evaluateAll((all) => all.map((n) => ({ root: n.classList.contains("root"), x: n.getBoundingClientRect().x })));
  const root = places.find((place) => place.root);
  assert.ok(places.every((place) => place.root || place.x < root.x));
  await page.locator(".picture .node .more").first().click();
  await page.waitForFunction((least) => document.querySelectorAll(".picture .node").length > least, count);
  assert.match(await address(), /x=[0-9a-f]{32}/);
  const opened = await nodes.count();
  await page.reload();
  await page.waitForFunction((expected) => document.querySelectorAll(".picture .node").length === expected, opened);
  await page.locator(".picture .node.root").focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".picture .node.selected:not(.root)").waitFor();
  noProblems();
});

test("a schematic shows instances and nets, and opens an instance in place", async () => {
  await open("/r/mailbox/schematic?module=mailbox");
  await page.locator(".picture .node.instance").first().waitFor();
  assert.ok((await page.locator(".picture .edge").count()) > 0);
  const count = await page.locator(".picture .node").count();
  await page.locator(".picture .node.instance .more").first().click();
  await page.locator(".picture .node.opened").waitFor();
  assert.ok((await page.locator(".picture .node").count()) > count);
  assert.match(await address(), /open=/);
  noProblems();
});

test("a query answers as a table and as a graph", async () => {
  await open("/query");
  await page.getByRole("textbox", { name: "Query in openCypher" }).fill("MATCH (i:Instance)-[r:INSTANTIATES]->(m:Module) RETURN i, r, m");
  await page.keyboard.press("Control+Enter");
  await page.locator(".rows tbody tr").first().waitFor();
  assert.match(await page.locator(".rows").innerText(), /gray_fifo/);
  await page.getByRole("button", { name: "Graph" }).click();
  await page.locator(".picture .node").first().waitFor();
  assert.ok((await page.locator(".picture .edge").count()) > 0);
  noProblems();
});

test("indexing is started and followed", async () => {
  appendFileSync(`${at.server.folder}/mailbox/rtl/sync_2ff.v`, "// changed\n");
  await open("/status");
  await page.getByRole("button", { name: "Index" }).click();
  await page.getByText(/Indexed in .*1 file parsed/).waitFor();
  noProblems();
});

test("a key after g leads on, though the page changes between the two", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/v1/status", (route) => held.then(() => route.continue()));
  await open("/status");
  await page.locator("main").waitFor();
  await page.keyboard.press("g");
  release();
  await page.locator(".repository").waitFor();
  await page.keyboard.press("t");
  await page.getByRole("tree").waitFor();
  noProblems();
});

test("keys lead everywhere", async () => {
  await open("/status");
  await page.locator(".repository").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.getByRole("tree").waitFor();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  noProblems();
});

const PAGES = {
  start: ["/", ".card"],
  search: ["/search?q=gray+pointer", ".result"],
  file: ["/r/mailbox/file/rtl/gray_fifo.v#L30", ".inspector h2"],
  tree: ["/r/mailbox/tree?top=mailbox", "[role=treeitem]"],
  cone: ["/r/mailbox/cone?signal=gray_fifo.full", ".node.root"],
  schematic: ["/r/mailbox/schematic?module=mailbox", ".node.instance"],
  query: ["/query?q=" + encodeURIComponent("MATCH (m:Module) RETURN m"), ".rows"],
  status: ["/status", ".facts"],
};
test("every page is at its address after a reload, and the button back leads through them", async () => {
  const visited = [];
  for (const [path, ready] of Object.values(PAGES)) {
    await open(path);
    await page.locator(ready).first().waitFor();
    visited.push([await address(), ready]);
  }
  for (const [path, ready] of visited.reverse()) {
    assert.equal(await address(), path);
    await page.reload();
    await page.locator(ready).first().waitFor();
    assert.equal(await address(), path);
    await page.goBack();
  }
  noProblems();
});

test("back from what a result led to, the results and their query are there again", async () => {
  await open("/");
  await page.locator("#search").fill("wr_ptr_gray");
  await page.locator(".result").first().waitFor();
  await page.getByRole("listbox").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".result .name").first().click();
  await page.locator(".code.whole .line").first().waitFor();
  assert.equal(await page.locator("#search").inputValue(), "");
  await page.goBack();
  await page.locator(".result").first().waitFor();
  assert.equal(await page.locator("#search").inputValue(), "wr_ptr_gray");
  await page.goBack();
  await page.getByRole("heading", { name: "Find the right lines of RTL" }).waitFor();
  noProblems();
});

test("what is not there, is empty or fails is said", async () => {
  for (const [path, text] of [
    ["/search?q=name:zzzz", /Nothing matches/],
    ["/r/mailbox/file/none.v", /none\.v/],
    ["/r/none/tree", /there are: mailbox/],
    ["/r/mailbox/cone", /What can change a signal/],
    ["/r/mailbox/cone?signal=nothing", /nothing/],
    ["/r/mailbox/schematic", /The inside of a module/],
    ["/r/mailbox/schematic?module=nothing", /No module nothing/],
    ["/query?q=MATCH", /./],
    ["/nowhere", /There is no such page/],
  ]) {
    await open(path);
    await page.locator("[role=alert], .empty").filter({ hasText: text }).first().waitFor();
  }
  noProblems();
  await open("/status");
  await page.locator(".facts").waitFor();
  await page.route("**/v1**", (route) => route.abort());
  await page.locator("#search").fill("gray");
  await page.locator("[role=alert]", { hasText: "The server does not answer" }).waitFor();
});

for (const theme of ["dark", "light"]) {
  test(`axe finds nothing on any page, ${theme}`, async () => {
    await page.addInitScript((chosen) => localStorage.setItem("fanin.theme", chosen), theme);
    const all = {};
    for (const [name, [path, ready]] of Object.entries(PAGES)) {
      await open(path);
      await page.locator(ready).first().waitFor();
      // The page's policy allows no scripts from elsewhere; the debugger's are not its own.
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => (await window.axe.run()).violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))]));
      if (found.length > 0) all[name] = found;
    }
    assert.deepEqual(all, {});
    noProblems();
  });
}
