// What browser tests share: a server of its own over an indexed folder, and Chromium.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";

const FANIN = process.env.FANIN_BINARY;
const CHROMIUM = process.env.FANIN_CHROMIUM ?? "/usr/bin/chromium";
// As root there is no sandbox; the rest keeps the browser from asking for things of its own.
const FLAGS = `--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync`.split(/\s+/);

// Serves a data directory: { url, close }.
export async function serve(data, env = process.env) {
  const server = spawn(FANIN, ["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data-dir", data], {
    stdio: ["ignore", "pipe", "ignore"],
    env,
  });
  const url = await new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`fanin serve ended with ${code}`)));
    createInterface(server.stdout).on("line", (line) => line.startsWith("open ") && resolve(line.slice(5).replace(/\/$/, "")));
  });
  const close = async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await ended;
  };
  return { url, close };
}

// Indexes copies of folders, { name: path }, and serves them: { url, folder, close }.
export async function startServer(folders) {
  const folder = mkdtempSync(join(tmpdir(), "fanin_web_"));
  const data = join(folder, "data");
  // No model is loaded: nothing here is about meaning.
  const env = { ...process.env, FANIN_MODEL_DIR: join(folder, "none") };
  for (const [name, path] of Object.entries(folders)) {
    cpSync(path, join(folder, name), { recursive: true });
    execFileSync(FANIN, ["index", join(folder, name), "--name", name, "--no-embed", "--quiet", "--data-dir", data], { stdio: "ignore", env });
  }
  const server = await serve(data, env);
  const close = async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: server.url, folder, close };
}

// For the tests of a file: a server of the folders, a browser, and for each test a page of its own. Problems are errors of
// the page, and requests to other hosts.
export function site(folders) {
  const state = { problems: [] };
  let browser;
  before(async () => {
    state.server = await startServer(folders);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await state.server?.close();
  });
  beforeEach(async () => {
    await state.page?.close();
    state.page = await browser.newPage({ viewport: { width: 1360, height: 840 } });
    state.page.setDefaultTimeout(30_000);
    state.problems = [];
    state.page.on("pageerror", (error) => state.problems.push(error.message));
    state.page.on("request", (request) => {
      if (!request.url().startsWith(state.server.url) && !request.url().startsWith("blob:")) state.problems.push(request.url());
    });
  });
  return state;
}

export const startBrowser = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
