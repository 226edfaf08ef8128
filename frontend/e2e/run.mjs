// Runs the end-to-end tests: the real engine behind the real pages, in Chromium.
//
//   xvfb-run -a node frontend/e2e/run.mjs            all of them
//   xvfb-run -a node frontend/e2e/run.mjs start map  those whose file name holds "start" or "map"
//
// It needs build/bin/waybill-dev (build/test e2e builds it). Each test, a file
// NAME.spec.mjs in this folder, gets an app of its own: a free port, an empty home, no
// projects. What a test exports:
//
//   export const name = "what it shows"            shown in the result
//   export const args = ["--sample"]               optional: what the app is started with
//   export const viewport = { width, height }      optional: 1280 x 800 when left out
//   export const timeout = 120_000                 optional: milliseconds for the whole test
//   export const expectedErrors = [/…/]            optional: console errors that belong to the test
//   export async function run(t) { … }
//
// and what run receives:
//
//   t.page, t.context, t.url    Playwright's page, already at the start, its context, the address
//   t.tmp                       an empty folder of this test; t.home is the app's home inside it
//   t.answerOpen(...paths)      what the next open dialogs answer; nothing: cancelled
//   t.answerSave(path)          what the next save dialogs answer; nothing: cancelled
//   t.opened()                  the paths that the app opened in other programs so far
//   t.shot(name)                a picture, build/bin/shots/SPEC-NAME.png
//   t.practice(...args)         starts a practice desk; gives { address, token, stats() }
//   t.cli(...args)              runs waybill-cli; gives { code, stdout, stderr, json() }
//   t.restart(how)              ends the app ("SIGTERM", or "SIGKILL" as a crash) and starts it again
//   t.root                      the top of the repository
//
// A test fails when run throws, when the page throws or logs an error, when a request
// fails or leaves this machine, or when the app crashes. Everything is ended at the end.

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const bin = path.join(root, "build/bin");
const shots = path.join(bin, "shots");
const browserPath = process.env.WAYBILL_CHROMIUM ?? "/usr/bin/chromium";

// No session bus: no keychain of a person is reached. Left empty, the address would make
// the libraries start a bus that outlives the test.
const nobody = "unix:path=/nonexistent";

// Every process that was started here and has not ended yet.
const running = new Set();

function start(command, args, options) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  running.add(child);
  child.ended = new Promise((resolve) => {
    child.once("error", (error) => {
      running.delete(child);
      resolve({ code: null, error });
    });
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return child;
}

/** Ends a process: asks first, and after a few seconds does not ask any more. */
async function end(child, signal = "SIGTERM", patience = 5000) {
  if (!running.has(child)) return child.ended;
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), patience);
  try {
    return await child.ended;
  } finally {
    clearTimeout(force);
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function tail(file, lines = 40) {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** One app with a home of its own. */
class App {
  constructor(tmp, args) {
    this.tmp = tmp;
    this.args = args;
    this.home = path.join(tmp, "home");
    this.log = path.join(tmp, "app.log");
    this.openAnswers = path.join(tmp, "answers-open.txt");
    this.saveAnswers = path.join(tmp, "answers-save.txt");
    this.openedList = path.join(tmp, "opened.txt");
    const env = { ...process.env };
    for (const name of ["WAYLAND_DISPLAY", "assetdir", "frontenddevserverurl"]) delete env[name];
    this.env = {
      ...env,
      HOME: this.home,
      XDG_CONFIG_HOME: path.join(this.home, "config"),
      XDG_CACHE_HOME: path.join(this.home, "cache"),
      XDG_DATA_HOME: path.join(this.home, "data"),
      XDG_STATE_HOME: path.join(this.home, "state"),
      XDG_RUNTIME_DIR: path.join(this.home, "run"),
      XDG_DOCUMENTS_DIR: path.join(this.home, "Documents"),
      DBUS_SESSION_BUS_ADDRESS: nobody,
      NO_AT_BRIDGE: "1",
      GDK_BACKEND: "x11",
      TZ: "UTC",
      WAYBILL_TEST_OPEN: `@${this.openAnswers}`,
      WAYBILL_TEST_SAVE: `@${this.saveAnswers}`,
      WAYBILL_TEST_OPENED: this.openedList,
    };
  }

  async prepare() {
    for (const name of ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_DOCUMENTS_DIR"]) {
      await mkdir(this.env[name], { recursive: true });
    }
    await mkdir(this.env.XDG_RUNTIME_DIR, { recursive: true, mode: 0o700 });
    for (const file of [this.openAnswers, this.saveAnswers, this.openedList]) await writeFile(file, "");
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}/`;
  }

  async launch() {
    this.child = start(path.join(bin, "waybill-dev"), this.args, {
      cwd: this.tmp,
      env: { ...this.env, devserver: `127.0.0.1:${this.port}` },
    });
    const log = createWriteStream(this.log, { flags: "a" });
    this.child.stdout.pipe(log, { end: false });
    this.child.stderr.pipe(log, { end: false });
    const { child } = this;
    let gone = null;
    void child.ended.then((result) => {
      gone = result;
      log.end();
    });
    for (let tries = 0; tries < 600; tries++) {
      if (gone) throw new Error(`The app ended before it answered (${describe(gone)}):\n${await tail(this.log)}`);
      const answer = await fetch(this.url).catch(() => null);
      if (answer?.ok) {
        await answer.arrayBuffer();
        return;
      }
      await pause(50);
    }
    throw new Error(`The app did not answer at ${this.url} within 30 seconds:\n${await tail(this.log)}`);
  }

  async crashed() {
    const text = await readFile(this.log, "utf8").catch(() => "");
    return /^(panic:|fatal error:)|^goroutine \d+ \[running\]/m.test(text);
  }
}

const describe = (result) =>
  result.error ? result.error.message : result.signal ? `signal ${result.signal}` : `exit code ${result.code}`;

/** Collects what a person would never see but a developer must: errors and strange requests. */
function watch(page, app, spec, complaints) {
  const expected = spec.expectedErrors ?? [];
  const report = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  page.on("pageerror", (error) => {
    // The overlay of Wails' own development server throws once in a page; it does not ship.
    if (error.stack?.includes("/wails/ipc.js")) return;
    report(`page error: ${error.stack ?? error.message}`);
  });
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    if (message.location().url.includes("/wails/ipc.js")) return;
    // The WebSocket drops when the app is restarted on purpose.
    if (app.restarting && /WebSocket|ERR_CONNECTION/.test(message.text())) return;
    report(`console error: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) report(`answer ${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (["data:", "blob:", "about:"].includes(protocol)) return;
    if (host !== `127.0.0.1:${app.port}`) complaints.push(`a request left the app: ${request.url()}`);
  });
}

async function runCommand(command, args, options) {
  const child = start(command, args, options);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part) => (stdout += part));
  child.stderr.on("data", (part) => (stderr += part));
  const { code, error } = await child.ended;
  if (error) throw error;
  return { code, stdout, stderr, json: () => JSON.parse(stdout) };
}

async function practice(app, args) {
  const child = start(path.join(bin, "waybill-cli"), ["practice", "--address", "127.0.0.1:0", ...args], {
    cwd: app.tmp,
    env: app.env,
  });
  let errors = "";
  child.stderr.on("data", (part) => (errors += part));
  const line = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part) => {
      text += part;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    void child.ended.then((result) => reject(new Error(`The practice desk ended (${describe(result)}): ${errors}`)));
  });
  const desk = JSON.parse(line);
  return {
    ...desk,
    stats: async () => (await fetch(`${desk.address}/api/v1/stats`, { headers: { Authorization: `Bearer ${desk.token}` } })).json(),
    stop: () => end(child),
  };
}

async function runSpec(browser, file) {
  const spec = await import(pathToFileURL(path.join(here, file)).href);
  const id = file.replace(/\.spec\.mjs$/, "");
  const tmp = await mkdtemp(path.join(tmpdir(), `waybill-e2e-${id}-`));
  const app = new App(tmp, spec.args ?? []);
  const complaints = [];
  const began = Date.now();
  let context;
  let page;
  let failure = null;
  let timer;
  try {
    await app.prepare();
    await app.launch();
    context = await browser.newContext({
      viewport: spec.viewport ?? { width: 1280, height: 800 },
      locale: "en-GB",
      timezoneId: "UTC",
      reducedMotion: "reduce",
      acceptDownloads: true,
    });
    context.setDefaultTimeout(20_000);
    page = await context.newPage();
    watch(page, app, spec, complaints);
    await page.goto(app.url);
    const limit = spec.timeout ?? 120_000;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${limit / 1000} s`)), limit);
    });
    const work = spec.run({
      page,
      context,
      url: app.url,
      tmp,
      home: app.home,
      root,
      answerOpen: (...paths) => writeFile(app.openAnswers, paths.flat().join("\n")),
      answerSave: (where = "") => writeFile(app.saveAnswers, where),
      opened: async () => (await readFile(app.openedList, "utf8")).split("\n").filter(Boolean),
      shot: async (name) => {
        const at = path.join(shots, `${id}-${name}.png`);
        await page.screenshot({ path: at });
        return at;
      },
      practice: (...args) => practice(app, args),
      cli: (...args) => runCommand(path.join(bin, "waybill-cli"), args, { cwd: tmp, env: app.env }),
      restart: async (how = "SIGTERM") => {
        app.restarting = true;
        await page.goto("about:blank");
        await end(app.child, how);
        await app.launch();
        await page.goto(app.url);
        app.restarting = false;
      },
    });
    work.catch(() => {}); // when time is up first, the late rejection has been reported already
    await Promise.race([work, late]);
  } catch (error) {
    failure = error;
  } finally {
    clearTimeout(timer);
  }
  if (!failure && complaints.length > 0) failure = new Error(complaints.join("\n"));
  else if (failure && complaints.length > 0) failure.message += `\nAlso:\n${complaints.join("\n")}`;
  if (!failure && (await app.crashed())) failure = new Error("the app reported a crash");
  if (failure && page) {
    const at = path.join(shots, `${id}-FAILED.png`);
    await page.screenshot({ path: at, timeout: 5000 }).catch(() => {});
    failure.message += `\nPicture: ${path.relative(root, at)}`;
  }
  await context?.close().catch(() => {});
  for (const child of [...running]) await end(child);
  if (failure) {
    const said = await tail(app.log);
    if (said) failure.message += `\nThe app said:\n${said}`;
  }
  await rm(tmp, { recursive: true, force: true, maxRetries: 5 });
  return { name: spec.name ?? id, file, failure, seconds: (Date.now() - began) / 1000 };
}

function killEverything() {
  for (const child of running) child.kill("SIGKILL");
}

async function main() {
  process.on("exit", killEverything);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

  const wanted = process.argv.slice(2);
  const files = (await readdir(here))
    .filter((file) => file.endsWith(".spec.mjs"))
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .sort();
  if (files.length === 0) throw new Error(`No end-to-end test matches: ${wanted.join(" ") || "there is none"}`);

  await mkdir(shots, { recursive: true });
  const browser = await chromium.launch({
    executablePath: browserPath,
    env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: nobody },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--force-color-profile=srgb",
      "--font-render-hinting=none",
    ],
  });
  const failed = [];
  try {
    for (const file of files) {
      const result = await runSpec(browser, file);
      if (result.failure) {
        failed.push(result);
        console.log(`FAILED  ${result.name} (${file}, ${result.seconds.toFixed(1)} s)`);
        console.log(String(result.failure.stack ?? result.failure).replace(/^/gm, "        "));
        // Playwright puts its message in the stack when it is made; what was added later is in message only.
        if (!String(result.failure.stack).includes(result.failure.message)) console.log(result.failure.message.replace(/^/gm, "        "));
      } else {
        console.log(`ok      ${result.name} (${file}, ${result.seconds.toFixed(1)} s)`);
      }
    }
  } finally {
    await browser.close();
  }
  console.log(`${files.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
