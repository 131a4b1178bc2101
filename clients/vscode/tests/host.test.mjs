// The extension in a real VS Code: its server, from npm's code-server, with the extension host in it; Chromium shows the
// window. tests/host/suite.cjs runs within, as with VS Code's own test runner, which cannot be had from a registry.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { EXTENSION, printed, startFanin, stop } from "./support.mjs";

const SERVER = join(process.env.FANIN_VSCODE_SERVER ?? "", "node_modules/code-server/lib/vscode/out/server-main.js");
const CHROMIUM = process.env.FANIN_CHROMIUM ?? "/usr/bin/chromium";
const missing = [SERVER, CHROMIUM, join(EXTENSION, "dist/extension.js")].filter((file) => !existsSync(file));
const skip = missing.length > 0 && `missing: ${missing.join(", ")} (scripts/vscode.sh --host)`;
const WAIT_MS = 120_000;

let fanin, server, browser;

before(async () => {
  if (skip) return;
  fanin = await startFanin();
  const data = join(fanin.folder, "vscode");
  // In a browser VS Code saves by itself unless told otherwise.
  const settings = { "fanin.server": fanin.url, "files.autoSave": "off" };
  mkdirSync(join(fanin.root, ".vscode"));
  writeFileSync(join(fanin.root, ".vscode/settings.json"), JSON.stringify(settings));
  const flags = ["--accept-server-license-terms", "--without-connection-token", "--host", "127.0.0.1", "--port", "0"];
  server = spawn(process.execPath, [SERVER, ...flags, "--server-data-dir", data, "--telemetry-level", "off"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
});

after(async () => {
  await browser?.close();
  if (server) await stop(server);
  await fanin?.close();
});

test("TheExtensionWorksInVsCode", { skip, timeout: 2 * WAIT_MS }, async (context) => {
  const [, port] = await printed(server, /^Extension host agent listening on (\d+)/);
  const remote = `vscode-remote://127.0.0.1:${port}`;
  const payload = [
    ["extensionDevelopmentPath", remote + EXTENSION],
    ["extensionTestsPath", `${remote}${join(EXTENSION, "tests/host/suite.cjs")}`],
  ];
  const page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
  const query = new URLSearchParams({ folder: fanin.root, payload: JSON.stringify(payload) });
  await page.goto(`http://127.0.0.1:${port}/?${query}`);
  const file = join(fanin.root, "results.json");
  const end = Date.now() + WAIT_MS;
  const pictures = process.env.FANIN_SCREENSHOTS;
  for (let count = 0; !existsSync(file) && Date.now() < end; ++count) {
    await page.waitForTimeout(200);
    if (pictures) await page.screenshot({ path: join(pictures, `${count}.png`) });
  }
  assert.ok(existsSync(file), "the extension host did not report");
  const results = JSON.parse(readFileSync(file, "utf8"));
  assert.ok(results.length >= 7);
  for (const { name, error } of results) {
    await context.test(name, () => assert.ok(!error, error));
  }
});
