// What the extension asks, of a real server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { importSources, startFanin } from "./support.mjs";

const FILE = "rtl/gray_fifo.v";
let fanin, server, questions;

before(async () => {
  fanin = await startFanin();
  questions = await importSources();
  server = new questions.Server(fanin.url, 10_000);
});
after(() => fanin.close());

const text = () => readFileSync(join(fanin.root, FILE), "utf8");

// The position of the first place of `part` in the file.
function positionOf(part, source = text()) {
  const before = source.slice(0, source.indexOf(part)).split("\n");
  return { path: FILE, line: before.length, column: before.at(-1).length + 1 };
}

test("AFileBelongsToTheRepositoryWithTheLongestRoot", async () => {
  const repositories = await server.repositories();
  const place = questions.placeOf(join(fanin.root, FILE), repositories);
  assert.deepEqual(place, { repository: "mailbox", root: fanin.root, path: FILE });
  const inner = [...repositories, { name: "inner", root: join(fanin.root, "rtl") }];
  assert.equal(questions.placeOf(join(fanin.root, FILE), inner).repository, "inner");
  assert.equal(questions.placeOf(`${fanin.root}_other/a.v`, repositories), undefined);
});

test("ANameMeansWhatItsScopeDeclares", async () => {
  const node = await questions.resolve(server, "mailbox", "wr_ptr", positionOf("wr_ptr_next;"), []);
  assert.equal(node.qualifiedName, "gray_fifo.wr_ptr");
  assert.equal(await questions.resolve(server, "mailbox", "no_such_name", positionOf("wr_ptr_next;"), []), undefined);
});

test("DriversAndLoadsAreOneStepAway", async () => {
  const node = await questions.resolve(server, "mailbox", "wr_ptr_gray", positionOf("wr_ptr_gray <= 0"), []);
  const drivers = await questions.neighbours(server, node, "fanin", []);
  const names = drivers.all.map(({ name, how, line }) => `${name} ${how} ${line}`);
  assert.ok(names.includes("gray_fifo.wr_ptr_next register 41"), names.join("\n"));
  // Clocks and resets come last.
  assert.match(drivers.all.at(-1).how, /^(clock|reset)$/);
  const loads = await questions.neighbours(server, node, "fanout", []);
  assert.ok(loads.all.some(({ name }) => name === "gray_fifo.full"), JSON.stringify(loads.all));
});

test("UnsavedTextsStandInPlaceOfTheIndexedOnes", async () => {
  const unsaved = text().replace("wire wr_ok = wr_en && !full;", "wire held;\n  wire wr_ok = wr_en && !full && !held;");
  const repositories = await server.repositories();
  const overlays = questions.overlaysOf("mailbox", [{ file: join(fanin.root, FILE), text: unsaved }], repositories);
  assert.deepEqual(overlays, [{ path: FILE, text: unsaved }]);
  const at = positionOf("held;", unsaved);
  assert.equal(await questions.resolve(server, "mailbox", "held", at, []), undefined);
  const node = await questions.resolve(server, "mailbox", "held", at, overlays);
  assert.equal(node.qualifiedName, "gray_fifo.held");
  const loads = await questions.neighbours(server, node, "fanout", overlays);
  assert.deepEqual(loads.all.map(({ name }) => name), ["gray_fifo.wr_ok"]);
  const found = await server.search("name:held", 5, "mailbox", overlays);
  assert.equal(found.results[0].node.path, FILE);
});

test("AHoverNamesTheElementAndLinksItsNeighbours", async () => {
  const node = await questions.resolve(server, "mailbox", "full", positionOf("full,"), []);
  const [drivers, loads] = await Promise.all(
    ["fanin", "fanout"].map((direction) => questions.neighbours(server, node, direction, [])),
  );
  const shown = questions.hoverText(node, drivers, loads, (path, line) => `to:${path}:${line}`);
  assert.match(shown, /^\*\*port\*\* `gray_fifo\.full` — `output wire`/);
  assert.match(shown, /\*\*Drivers\*\* \(2\)\n\n- `gray_fifo\.\w+` — \[gray_fifo\.v:75\]\(to:rtl\/gray_fifo\.v:75\)/);
  assert.match(shown, /\*\*Loads\*\* \(\d+\)/);
});

test("AConeHasAPageThatAnEditorMayFrame", async () => {
  const page = await fetch(server.conePage("mailbox", "gray_fifo.full", "fanin"));
  assert.match(page.headers.get("content-security-policy"), /frame-ancestors[^;]*vscode-webview:/);
});

test("AnIndexIsBroughtUpToDateWithItsProgressTold", async () => {
  const states = [];
  await server.index("mailbox", (job) => states.push(job.state), AbortSignal.timeout(60_000));
  assert.match(states.at(-1), /SUCCEEDED|DONE/);
});

test("AnAbsentServerAndAMistakeAreToldApart", async () => {
  const absent = new questions.Server("http://127.0.0.1:9/", 1000);
  await assert.rejects(absent.repositories(), (error) => questions.isAbsent(error) && /no Fanin server at http/.test(error.message));
  await assert.rejects(server.nodeNamed("mailbox", "no.such", []), (error) => questions.isNotFound(error));
  await assert.rejects(server.search("knd:x", 5, "", []), /did you mean 'kind'/);
});
