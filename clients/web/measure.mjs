// How long a user of the web UI waits, on an index that is there: node measure.mjs DATA-DIR REPOSITORY   (FANIN_BINARY: the program)
// Times are those of the page: from the last key to the first result in the document, and from the change of a cone's depth
// to the picture in it. On a machine that does other work they are mostly waiting, so the processor time that browser and
// server spent meanwhile is told too: what an idle machine with one processor would have needed.
import { readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { serve, startBrowser } from "./tests/support.mjs";

const [data, repository] = process.argv.slice(2);
const QUERIES = ["write pointer gray code", "kind:always_ff fifo", "key manager sideload", "instantiates:prim_flop_2sync", "/rvalid_o\\s*<=/", "alert handler ping timer"];
const RUNS = 5;
const MAX_DEPTH = 64;
const WANTED_NODES = 300;

const server = await serve(data);
const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1360, height: 840 } });

// Processor time of the processes below this one, in ms (proc(5): fields 4, 14 and 15; a tick is 10 ms).
function processorMs() {
  const processes = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
      processes.set(Number(pid), { parent: Number(fields[1]), ms: 10 * (Number(fields[11]) + Number(fields[12])) });
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error; // it has ended meanwhile
    }
  }
  const isBelow = (pid) => processes.has(pid) && (processes.get(pid).parent === process.pid || isBelow(processes.get(pid).parent));
  return [...processes].reduce((sum, [pid, each]) => sum + (isBelow(pid) ? each.ms : 0), 0);
}

function tell(what, times, spent) {
  const sorted = [...times].sort((a, b) => a - b);
  console.log(`${what}: processor time ${(spent / times.length).toFixed(0)} ms on average`);
  console.log(`${what}: median ${sorted[Math.floor(sorted.length / 2)].toFixed(0)} ms, worst ${sorted.at(-1).toFixed(0)} ms of ${times.length}, best ${sorted[0].toFixed(0)} ms`);
}

// Resolves in the page when what is looked for is there, without asking over and over.
const since = (selector, before) =>
  page.evaluate(
    ([wanted, text]) =>
      new Promise((resolve) => {
        const look = () => {
          const found = [...document.querySelectorAll(wanted)].filter((element) => element.textContent !== text);
          if (found.length === 0) return false;
          resolve(performance.now() - window.lastKey);
          return true;
        };
        if (!look()) {
          const observer = new MutationObserver(() => look() && observer.disconnect());
          observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        }
      }),
    [selector, before],
  );

const searches = [];
let searchesSpent = 0;
await page.goto(`${server.url}/`);
await page.evaluate(() => document.addEventListener("keydown", () => (window.lastKey = performance.now()), true));
for (let run = 0; run < RUNS; ++run) {
  for (const query of QUERIES) {
    const input = page.locator("#search");
    await input.fill(query.slice(0, -1));
    await page.waitForTimeout(600);
    const before = await page.evaluate(() => document.querySelector(".summary")?.textContent ?? "");
    await input.press("End");
    const spent = processorMs();
    await input.press(query.at(-1));
    searches.push(await since(".searchpage:not(.loading) .summary", before));
    searchesSpent += processorMs() - spent;
  }
}
tell("first results after the last key", searches, searchesSpent);

// The signal whose cone is nearest to what is wanted, of those asked for.
const rows = await (
  await fetch(`${server.url}/v1:query`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ repositories: [`repositories/${repository}`], cypher: "MATCH (p:Port {direction: 'output'}) WHERE p.name ENDS WITH 'rdata_o' RETURN p.id LIMIT 40" }),
  })
).json();
let best;
for (const row of rows.rows) {
  const id = row.values[0].stringValue;
  for (const depth of [4, 6, 8, 10, 14]) {
    const answer = await (
      await fetch(`${server.url}/v1/repositories/${repository}:trace`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ signals: [`repositories/${repository}/nodes/${id}`], direction: "TRACE_DIRECTION_FANIN", maxDepth: Math.min(depth, MAX_DEPTH), maxNodes: 600 }),
      })
    ).json();
    const nodes = answer.steps?.length ?? 0;
    if (!best || Math.abs(nodes - WANTED_NODES) < Math.abs(best.nodes - WANTED_NODES)) best = { id, depth, nodes };
  }
}
const cones = [];
let conesSpent = 0;
let drawn = 0;
for (let run = 0; run < RUNS; ++run) {
  await page.goto(`${server.url}/r/${repository}/cone?signal=${best.id}&depth=2`);
  await page.locator(".node.root").waitFor();
  const before = await page.locator(".toolbar [role=status]").innerText();
  await page.waitForTimeout(2000);
  const spent = processorMs();
  await page.evaluate(() => (window.lastKey = performance.now()));
  await page.evaluate((depth) => {
    const input = document.querySelector('input[type="number"]');
    input.value = depth;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, String(best.depth));
  cones.push(await since(".toolbar [role=status]", before));
  conesSpent += processorMs() - spent;
  drawn = await page.locator(".picture .node").count();
}
tell(`a cone of ${drawn} signals, asked for, laid out and drawn`, cones, conesSpent);
console.log(`load of the machine: ${loadavg()[0].toFixed(1)} on ${cpus().length} processors`);
await browser.close();
await server.close();
