// Makes the pictures of docs/web.md: node screenshots.mjs FOLDER-WITH-RTL OUT   (FANIN_BINARY: the program)
import { startBrowser, startServer } from "./tests/support.mjs";

const [rtl, out] = process.argv.slice(2);
const SHOTS = [
  ["search", "dark", "/search?q=write+pointer+gray+code+kind:always", ".result"],
  ["cone", "dark", "/r/lambdalib/cone?signal=la_asyncfifo.wr_full&depth=5", ".node.root"],
  ["schematic", "light", "/r/lambdalib/schematic?module=la_asyncfifo", ".node.instance"],
];

const server = await startServer({ lambdalib: `${rtl}/lambdalib`, umi: `${rtl}/umi` });
const browser = await startBrowser();
for (const [name, colorScheme, path, ready] of SHOTS) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme });
  await page.goto(server.url + path);
  await page.locator(ready).first().waitFor();
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: `${out}/${name}.png` });
  await page.close();
}
await browser.close();
await server.close();
