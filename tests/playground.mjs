// Opens pages of `molgpt playground` in Chromium, without any network: every view at 1200 and 390 pixels, light and dark, under
// the rules of axe-core for screen readers and contrast; by keyboard only; hostile texts and names; the same molecules as the program; no message in the console.
//
//     node tests/playground.mjs target/release/molgpt [FOLDER for screenshots]

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const molgpt = resolve(process.argv[2]);
const pictures = process.argv[3];
const here = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "playground-"));
const run = (...words) => execFileSync(molgpt, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

const heard = [];
// A page of its own context, offline; what it says in the console is kept.
const open = async (file, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, offline: true, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on("console", message => heard.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", error => heard.push(`error: ${error.message}`));
  page.on("request", request => { if (!/^(file|data|blob):/.test(request.url())) heard.push(`request: ${request.url()}`); });
  await page.goto(pathToFileURL(join(folder, file)).href);
  await page.waitForSelector("body[data-ready]");
  return page;
};
const views = ["tokens", "next", "attention", "surprise", "inside", "tree", "map", "sample"];
const type = async (page, text) => {
  await page.fill("#text", text);
  await page.waitForFunction(text => document.querySelector("#strip").textContent === text, text);
  await page.waitForTimeout(400);
};
const settled = page => page.waitForTimeout(700);
const overflow = page => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

run("playground", "--model", "pretrained", "-o", "page.html");
const size = statSync(join(folder, "page.html")).size;
assert(size <= 12e6, `${size} bytes`);

// Every view, wide and narrow, light and dark.
for (const [width, colorScheme] of [[1200, "light"], [390, "dark"], [390, "light"], [1200, "dark"]]) {
  const page = await open("page.html", { viewport: { width, height: 900 }, colorScheme });
  const ready = Number(await page.getAttribute("body", "data-ready"));
  await page.evaluate(axe.source);
  console.log(`${width} ${colorScheme}: first molecule after ${ready} ms`);
  await type(page, "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1");
  for (const view of views) {
    await page.click(`#tab-${view}`);
    await settled(page);
    const shown = await page.textContent(`#view-${view}`);
    assert(shown.length > 60, `${view} is empty: ${shown}`);
    assert.equal(await overflow(page), 0, `${view} is wider than ${width} pixels`);
    if (view === "sample") {
      await page.fill("[name=n]", "12");
      await page.click("[name=start]");
      await page.waitForSelector("#sample-grid li:nth-child(12)");
    }
    if (view === "attention") await page.focus("#strip button:nth-child(8)");
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(found => `${found.id}: ${found.nodes[0].html}`), [], `${view}, ${width} pixels, ${colorScheme}`);
    if (pictures) await page.screenshot({ path: join(pictures, `${view}-${width}-${colorScheme}.png`), fullPage: true });
  }
  await page.context().close();
}

// What each view shows.
{
  const page = await open("page.html");
  await type(page, "CC(=O)Nc1ccc(O)cc1");
  assert.equal(await page.locator("#strip .piece").count(), 18);
  assert.match(await page.textContent("#verdict"), /A molecule, 18 tokens; canonical: CC\(=O\)Nc1ccc\(O\)cc1/);
  await page.hover("#strip button:nth-child(5)");
  assert.equal(await page.locator("#drawing .lights circle").count(), 1, "the atom of `O` is lit");
  assert.equal(await page.locator("#view-tokens tr.lit").count(), 1, "its row is lit, too");
  const explained = JSON.parse(run("explain", "CC(=O)Nc1ccc(O)cc1", "--model", "pretrained", "--json"));
  await page.click("#tab-surprise");
  await settled(page);
  const sum = await page.textContent("#surprise-list .sum");
  assert(sum.includes(`${explained.nll.toFixed(2)} nats`), `${sum}; the program: ${explained.nll}`);
  assert.match(sum, /% of 10,000 molecules of the test set/);
  await page.click("#tab-next");
  await type(page, "c1ccccc");
  const first = page.locator("#next-list .next li").first();
  assert.match(await first.textContent(), /^1/);
  assert.match(await page.textContent("#next-open"), /ring 1/);
  assert.match(await page.textContent("#next-list"), /ring 1 is open/);
  await first.locator("button").click();
  await settled(page);
  assert.equal(await page.inputValue("#text"), "c1ccccc1");
  await page.click("#tab-tree");
  await type(page, "CC(");
  await settled(page);
  const branches = await page.locator("#tree li").count();
  assert(branches >= 40, `${branches} branches`);
  // What goes on from the text takes it up to the chosen token, and marks what the text itself does there.
  await type(page, "CC(=O)Nc1ccc(O)cc1");
  await page.click("#strip button:nth-child(3)");
  await page.hover("#strip button:nth-child(4)");
  await settled(page);
  assert.match(await page.textContent("#tree"), /After CC\(,/);
  assert.match(await page.textContent("#tree .tree > li > .lit"), /^=/);
  await page.click("#tab-next");
  await settled(page);
  assert.match(await page.textContent("#next-after"), /After CC\(,/);
  assert.match(await page.textContent("#next-list li.lit"), /^=.*as the text does/);
  await page.click("#tab-sample");
  assert.equal(await page.textContent("#sample-begin"), "Begin with CC(");
  await page.click("#sample-begin");
  assert.equal(await page.inputValue("[name=prompt]"), "CC(");
  await page.click("#tab-next");
  await settled(page);
  await page.click("#next-list li.lit button");
  await settled(page);
  assert.equal(await page.inputValue("#text"), "CC(=");
  assert.match(await page.textContent("#next-after"), /After CC\(=$/);
  await page.click("#tab-map");
  await settled(page);
  await page.focus("#map g[data-name=Cl]");
  assert.match(await page.textContent("#map-told"), /Br/);
  await page.context().close();
}

// The same molecules as the program, a thousand of them, and files of them.
{
  const page = await open("page.html");
  await page.click("#tab-sample");
  await page.fill("[name=n]", "1000");
  await page.fill("[name=seed]", "7");
  const begun = Date.now();
  await page.click("[name=start]");
  // The page answers while it works.
  await page.fill("#text", "CCO");
  await page.waitForFunction(() => document.querySelectorAll("#strip .piece").length === 3, null, { timeout: 5000 });
  await page.waitForFunction(() => document.querySelector("[name=start]").textContent === "Write molecules", null, { timeout: 240000 });
  const seconds = (Date.now() - begun) / 1000;
  const told = await page.textContent("#sample-told");
  console.log(`1,000 different valid molecules in ${seconds.toFixed(1)} s: ${told}`);
  const saved = async name => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#sample-files button:text-is("Save ${name}")`)]);
    return readFileSync(await download.path(), "utf8");
  };
  const own = (await saved(".smi")).trim().split("\n").map(line => line.split(" ")[0]);
  const theirs = run("sample", "-n", "1000", "--seed", "7", "--valid", "--unique", "--allow-radicals", "--model", "pretrained", "-o", "-")
    .trim().split("\n").slice(1).map(line => line.split(",")[0]);
  assert.equal(own.length, 1000);
  assert.deepEqual(own, theirs);
  assert.equal((await saved(".csv")).trim().split("\n").length, 1001);
  assert.equal((await saved(".sdf")).match(/^\$\$\$\$$/gm).length, 1000);
  await page.context().close();
}

// By keyboard alone.
{
  const page = await open("page.html");
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.name || document.activeElement.textContent);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "text");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("C1CC1N");
  await page.waitForFunction(() => document.querySelectorAll("#strip .piece").length === 6);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#strip .lit").textContent(), "C");
  while (!(await focused()).startsWith("tab-")) await page.keyboard.press("Tab");
  for (const view of [...views.slice(1), views[0]]) {
    await page.keyboard.press("ArrowRight");
    assert.equal(await focused(), `tab-${view}`);
    assert(await page.isVisible(`#view-${view}`));
  }
  await page.context().close();
}

// Hostile texts, long texts, texts that are none.
{
  const page = await open("page.html");
  for (const text of ["<img src=x onerror=console.error(1)>", "</script><script>console.error(1)</script>", "C\u202eC", "C!C", "C[Xe]", ")(", "[", "%%%", "C".repeat(4000), "c1".repeat(1500), "(".repeat(3000), "C(".repeat(1800)]) {
    await page.fill("#text", text);
    for (const view of views) { await page.click(`#tab-${view}`); await page.waitForTimeout(60); }
    await page.click("#tab-tokens");
    await page.waitForTimeout(500);
    assert.notEqual(await page.textContent("#verdict"), "", text.slice(0, 20));
  }
  await type(page, "CCO");
  assert.match(await page.textContent("#verdict"), /A molecule, 3 tokens/);
  await page.click("#tab-sample");
  await page.fill("[name=properties]", "beauty=1..2");
  await page.click("[name=start]");
  await page.waitForFunction(() => document.querySelector("#sample-fault").textContent.includes("beauty"));
  await page.context().close();
}

// A hostile name, and a model of six million parameters.
{
  const name = "evil<img src=x onerror=console.error(1)>&'{{script}}.safetensors";
  const few = readFileSync(join(here, "data", "molecules.csv"), "utf8").split("\n").slice(0, 301).join("\n");
  writeFileSync(join(folder, "few.csv"), few);
  run("train", "few.csv", "--config", join(here, "configs", "molgpt.toml"), "--epochs", "1", "-o", "large");
  copyFileSync(join(folder, "large", "model.safetensors"), join(folder, name));
  run("playground", "--model", name, "-o", "hostile.html");
  console.log(`a page of 6 million parameters: ${(statSync(join(folder, "hostile.html")).size / 1e6).toFixed(1)} MB`);
  const page = await open("hostile.html");
  assert.equal(await page.locator("img").count(), 0);
  assert.match(await page.textContent("#about"), /evil<img/);
  for (const view of views) { await page.click(`#tab-${view}`); await settled(page); }
  await page.context().close();
}

await browser.close();
rmSync(folder, { recursive: true });
assert.deepEqual(heard, [], "the console is silent, and nothing is asked of a network");
console.log("every view, the console is silent");
