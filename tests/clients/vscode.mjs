// The extension in the real editor, in a real browser: code-server with our .vsix, driven in Chromium. Opens a
// project, sees what is wrong, completes, runs a test from its lens, opens the graph and moves in it.
// node vscode.mjs CLIENTS VSIX JOURNEY PICTURES: where code-server and playwright-core are installed, what is
// tried, and the folder that the pictures go to.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";

const [clients, vsix, journey, pictures] = process.argv.slice(2).map((p) => path.resolve(p));
const { chromium } = createRequire(path.join(clients, "package.json"))("playwright-core");
const entry = path.join(clients, "node_modules/code-server/out/node/entry.js");
const work = mkdtempSync(path.join(tmpdir(), "journey-vscode-"));
const data = path.join(work, "data"), extensions = path.join(work, "extensions");
const file = path.join(work, "shop", "shop.journey");
const PATIENCE = 60_000;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

function settle() {
  execFileSync(journey, ["new", "shop"], { cwd: work, stdio: "ignore" });
  mkdirSync(path.join(data, "User"), { recursive: true });
  mkdirSync(pictures, { recursive: true });
  const settings = {
    "journey.command": journey,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "security.workspace.trust.enabled": false,
    "editor.minimap.enabled": false,
    "editor.stickyScroll.enabled": false,
    "files.autoSave": "off",
    "telemetry.telemetryLevel": "off",
    "extensions.ignoreRecommendations": true,
  };
  writeFileSync(path.join(data, "User", "settings.json"), JSON.stringify(settings));
  const folders = ["--user-data-dir", data, "--extensions-dir", extensions];
  execFileSync("node", [entry, ...folders, "--install-extension", vsix], { stdio: "ignore" });
  return folders;
}

async function served(folders, port) {
  const args = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry",
    "--disable-update-check", "--disable-workspace-trust", "--disable-getting-started-override"];
  const server = spawn("node", [entry, ...folders, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  server.stdout.on("data", (text) => (said += text));
  server.stderr.on("data", (text) => (said += text));
  for (let tries = 0; tries < 300; tries++) {
    if (await fetch(`http://127.0.0.1:${port}/healthz`).then((r) => r.ok, () => false)) {
      return server;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill();
  throw new Error(`code-server does not start:\n${said}`);
}

let taken = 0;
const picture = (page, name) => page.screenshot({ path: path.join(pictures, `${++taken}-${name}.png`) });

/** Chooses in the palette. */
async function choose(page, words) {
  await page.keyboard.press("F1");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor({ timeout: PATIENCE });
  await input.fill(`>${words}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: words }).first().waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Enter");
}

/** Puts the cursor before or after words of the file as it is on disk. */
async function go(page, words, offset = words.length) {
  let lines, line;
  for (let tries = 0; tries < 100; tries++) {
    lines = readFileSync(file, "utf8").split("\n");
    line = lines.findIndex((l) => l.includes(words));
    if (line >= 0) break;
    await page.waitForTimeout(100); // until it is saved
  }
  await page.keyboard.press("Control+g");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor({ timeout: PATIENCE });
  await input.fill(`:${line + 1}:${lines[line].indexOf(words) + offset + 1}`);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden", timeout: PATIENCE });
  await page.locator(".monaco-editor.focused").first().waitFor({ timeout: PATIENCE });
}

async function opened(page, port) {
  await page.goto(`http://127.0.0.1:${port}/?folder=${path.dirname(file)}`);
  await page.locator(".monaco-workbench").waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Control+p");
  const input = page.locator(".quick-input-widget input");
  await input.waitFor({ timeout: PATIENCE });
  await input.fill("shop.journey");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "shop.journey" }).first().waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Enter");
  await page.locator(".view-lines").first().waitFor({ timeout: PATIENCE });
}

/** Colours, lenses, hints. */
async function seen(page) {
  await go(page, "journey abandoned_cart");
  await page.locator(".codelens-decoration", { hasText: "show graph" }).first().waitFor({ timeout: PATIENCE });
  const colours = await page.locator(".view-line span[class*=mtk]").evaluateAll(
    (spans) => new Set(spans.map((s) => getComputedStyle(s).color)).size,
  );
  if (colours < 4) throw new Error(`the text has ${colours} colours`);
  await picture(page, "opened");
}

async function told(page) {
  await go(page, "if not loyal");
  await page.keyboard.type("ty");
  await page.locator(".squiggly-error").first().waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Control+Shift+m");
  await page.locator(".markers-panel .monaco-list-row", { hasText: "loyalty" }).first().waitFor({ timeout: PATIENCE });
  const rows = await page.locator(".markers-panel .monaco-list-row", { hasText: "loyalty" }).count();
  await picture(page, "told");
  if (rows !== 1) throw new Error(`the problem is shown ${rows} times`);
  await choose(page, "View: Close Panel").catch(() => undefined);
  await go(page, "if not loyal", "if not loyal".length + 2);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.locator(".squiggly-error").first().waitFor({ state: "detached", timeout: PATIENCE });
}

async function completed(page) {
  await go(page, "exit on order_placed");
  await page.keyboard.press("Enter");
  await page.keyboard.type("exit on ", { delay: 60 });
  await page.keyboard.press("Escape");
  await page.waitForTimeout(500);
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget .monaco-list-row").first().waitFor({ timeout: PATIENCE });
  await picture(page, "completes");
  await page.keyboard.type("unsub");
  await page.locator(".suggest-widget .monaco-list-row", { hasText: "unsubscribed" }).first().waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Enter");
  await page.keyboard.type(" any key");
  await page.locator(".view-line", { hasText: /exit.on.unsubscribed.any.key/ }).first().waitFor({ timeout: PATIENCE });
  await page.keyboard.press("Control+s");
}

async function tested(page) {
  await go(page, "test \"who leaves a cart");
  await page.locator(".codelens-decoration a", { hasText: "run test" }).first().click({ timeout: PATIENCE });
  await page.locator(".codicon-testing-passed-icon").first().waitFor({ timeout: PATIENCE });
  await picture(page, "tested");
  // one that fails, and says so at its expectation
  await go(page, "wait 2 hours", "wait ".length);
  await page.keyboard.press("Delete");
  await page.keyboard.type("4");
  await page.keyboard.press("Control+s");
  await choose(page, "Test: Run All Tests");
  await page.locator(".codicon-testing-failed-icon, .codicon-testing-error-icon").first().waitFor({ timeout: PATIENCE });
  await page.waitForTimeout(1000);
  await picture(page, "failed");
  await go(page, "wait 4 hours", "wait ".length);
  await page.keyboard.press("Delete");
  await page.keyboard.type("2");
  await page.keyboard.press("Control+s");
}

async function drawn(page) {
  await go(page, "wait 2 hours");
  await choose(page, "Journey: Show the Graph of the Journey");
  const shown = async () => {
    for (const frame of page.frames()) {
      const here = frame.locator("rect.here");
      if (await here.count().catch(() => 0)) return here.first().getAttribute("data-line");
    }
    return undefined;
  };
  const eventually = async (words) => {
    const line = readFileSync(file, "utf8").split("\n").findIndex((l) => l.includes(words)) + 1;
    for (let tries = 0; tries < 200; tries++) {
      if ((await shown()) === String(line)) return;
      await page.waitForTimeout(100);
    }
    throw new Error(`the graph does not mark line ${line}, \`${words}\`, but ${await shown()}`);
  };
  await eventually("wait 2 hours");
  await picture(page, "graph");
  await go(page, "send reminder");
  await eventually("send reminder");
  await picture(page, "follows");
}

let server, browser, page;
try {
  const port = await freePort();
  server = await served(settle(), port);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  for (const part of [(p) => opened(p, port), seen, told, completed, tested, drawn]) {
    await part(page);
  }
  console.log("vscode: opened, told, completed, tested, drawn");
} catch (error) {
  console.error(error);
  if (page) await picture(page, "broken").catch(() => undefined);
  process.exitCode = 1;
} finally {
  await browser?.close();
  server?.kill();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
