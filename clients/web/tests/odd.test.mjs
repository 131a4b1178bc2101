// Texts that may be anybody's: markup in names, comments and paths does nothing, and very long names break no page.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { site } from "./support.mjs";

const BAD_MODULE = "\\<img/src=x/onerror=window.hit=2>";
const BAD_PORT = "\\<svg/onload=window.hit=3>";
const LONG = `very_long_${"name_".repeat(60)}`;
const FILE = `<b onmouseover=hit=6>"bold" & 100% #1?.sv`;

const folder = mkdtempSync(join(tmpdir(), "fanin_odd_"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "rtl"));
writeFileSync(
  join(folder, "rtl", FILE),
  `// <img src=x onerror="window.hit=1"> in a comment
module ${BAD_MODULE} (input logic a, output logic ${BAD_PORT} );
  assign ${BAD_PORT} = a; /* </code><script>window.hit=4</script> */
  string s = "<iframe srcdoc='<script>parent.hit=5</script>'>";
endmodule

module ${LONG} (input logic [31:0] x_${LONG}, output logic [31:0] y_${LONG});
  assign y_${LONG} = x_${LONG} + 32'd1;
endmodule

module holder (input logic [31:0] in, output logic [31:0] out);
  ${BAD_MODULE} u_bad (.a(in[0]), ${"." + BAD_PORT} (out[0]));
  ${LONG} u_${LONG} (.x_${LONG}(in), .y_${LONG}(out));
endmodule
`,
);

const at = site({ odd: folder });
let page;
beforeEach(() => (page = at.page));

const PAGES = {
  "results": ["/search?q=onerror", ".result"],
  "results of long names": ["/search?q=kind:module+name:very_long_*", ".result"],
  "a file": [`/r/odd/file/rtl/${encodeURIComponent(FILE)}#L3`, ".inspector h2"],
  "the hierarchy": ["/r/odd/tree?top=holder", "[role=treeitem]"],
  "a cone": ["/r/odd/cone?signal=holder.out", ".node.root"],
  "a schematic": ["/r/odd/schematic?module=holder", ".node.instance"],
  "a table": [`/query?q=${encodeURIComponent("MATCH (n) RETURN n, n.name, n.path, n.value")}`, ".rows tbody tr"],
  "a wrong query": [`/query?q=${encodeURIComponent("<img src=x onerror=window.hit=7>")}`, "[role=alert]"],
  "a wrong search": [`/search?q=${encodeURIComponent("kind:<img/src=x/onerror=window.hit=8>")}`, "[role=alert]"],
  "no page": ["/<img src=x onerror=window.hit=9>", ".empty"],
  "status": ["/status", ".facts"],
};
for (const [name, [path, ready]] of Object.entries(PAGES)) {
  test(`${name}: markup does nothing, and all fits the page`, async () => {
    await page.setViewportSize({ width: 800, height: 700 });
    await page.goto(at.server.url + path);
    await page.locator(ready).first().waitFor();
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.evaluate(() => document.querySelectorAll("img, iframe, object, script:not([src]), [onload], [onerror], b[onmouseover]").length), 0);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "wider than the page");
    assert.deepEqual(at.problems, []);
  });
}

test("a module with markup for a name is found, opened and completed under it", async () => {
  await page.goto(`${at.server.url}/r/odd/tree?top=holder`);
  await page.getByRole("treeitem").filter({ hasText: "onerror" }).first().click();
  await page.locator(".inspector h2", { hasText: "<img/src=x/onerror=window.hit=2>" }).waitFor();
  await page.locator(".inspector .place").first().click();
  await page.locator(".crumbs", { hasText: FILE }).waitFor();
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.deepEqual(at.problems, []);
});
