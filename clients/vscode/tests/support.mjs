// What the tests share: a Fanin server over a copy of the fixture, and the sources as a module.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const FANIN = process.env.FANIN_BINARY;
export const EXTENSION = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const FIXTURE = join(EXTENSION, "../../tests/corpora/mailbox");

// The first match of a pattern in the lines that a program prints.
export function printed(program, pattern) {
  return new Promise((resolve, reject) => {
    program.once("exit", (code) => reject(new Error(`${program.spawnargs.join(" ")} ended with ${code}`)));
    createInterface(program.stdout).on("line", (line) => pattern.test(line) && resolve(pattern.exec(line)));
  });
}

export async function stop(program) {
  const ended = new Promise((resolve) => program.once("exit", resolve));
  program.kill();
  await ended;
}

// Indexes a copy of the fixture and serves it: { url, folder, root, close }.
export async function startFanin() {
  const folder = mkdtempSync(join(tmpdir(), "fanin_vscode_"));
  const root = join(folder, "mailbox");
  const data = join(folder, "data");
  cpSync(FIXTURE, root, { recursive: true });
  // No model is loaded: nothing here is about meaning.
  const env = { ...process.env, FANIN_MODEL_DIR: join(folder, "none") };
  execFileSync(FANIN, ["index", root, "--no-embed", "--quiet", "--data-dir", data], { stdio: "ignore", env });
  const flags = ["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data-dir", data];
  const server = spawn(FANIN, flags, { stdio: ["ignore", "pipe", "ignore"], env });
  const [, url] = await printed(server, /^open (.*?)\/?$/);
  const close = async () => {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, folder, root, close };
}

// What is no part of VS Code, as one module.
export async function importSources() {
  const folder = mkdtempSync(join(tmpdir(), "fanin_vscode_module_"));
  const outfile = join(folder, "module.mjs");
  const contents = 'export * from "./server"; export * from "./questions";';
  const stdin = { contents, resolveDir: join(EXTENSION, "src"), loader: "ts" };
  await build({ stdin, bundle: true, platform: "node", format: "esm", outfile });
  const module = await import(pathToFileURL(outfile));
  rmSync(folder, { recursive: true });
  return module;
}
