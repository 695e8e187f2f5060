// What the journeys stand on: a server of their own, a browser, and the checks that every page has to pass.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const PATIENCE = 10_000;
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const TALLEST = 1500;
const NARROWEST = { width: 360, height: 780 };
const SCHEMES = ['light', 'dark'];

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// ---- the server --------------------------------------------------------------------------------------------------------

export async function freePort() {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/**
 * Starts the built binary with an empty data folder and nothing of the caller's settings, and waits for the address that it
 * prints when it is ready: by default its set-up link. The server runs in the data folder, so that no `.env` file of the work
 * tree reaches it either.
 */
export async function startServer({ env = {}, args = [], ready = /http:\/\/[^\s/]+\/setup\/[^\s"'<>]+/, patience = PATIENCE } = {}) {
  const binary = process.env.ROLECALL_BIN;
  if (!binary) throw new Error('ROLECALL_BIN must name the built rolecall binary');
  const dataDir = await mkdtemp(join(tmpdir(), 'rolecall-browser-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const child = spawn(binary, args, {
    cwd: dataDir,
    env: {
      PATH: process.env.PATH,
      RUST_BACKTRACE: '1',
      // By this .ci/run finds whatever is left over of its run.
      ...(process.env.ROLECALL_CI_MARK && { ROLECALL_CI_MARK: process.env.ROLECALL_CI_MARK }),
      DATA_DIR: dataDir,
      LISTEN: `127.0.0.1:${port}`,
      PUBLIC_URL: origin,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? `status ${code}`}`));
  });
  let running = true;
  let end = null;
  ended.then((problem) => ((running = false), (end = problem)));

  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }

  const server = {
    origin,
    dataDir,
    /** Everything the server has said so far. */
    output: () => output,
    /** The last line of the output that matches; waits for it. */
    line: (pattern, patience = PATIENCE) =>
      eventually(`a line of the server's output that matches ${pattern}`, patience, () => {
        const found = output.split('\n').findLast((line) => pattern.test(line));
        if (found === undefined && !running) throw new Error(`the server ${end ?? 'ended'}. It said:\n${output}`);
        return found;
      }),
    /** Ends the server as an operator would, and fails if it does not end well. */
    async stop() {
      if (running) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
        await ended;
        clearTimeout(timer);
      }
      await rm(dataDir, { recursive: true, force: true });
      const problem = await ended;
      if (problem) throw new Error(`the server ${problem}. It said:\n${output}`);
      if (output.includes('panicked at')) throw new Error(`the server panicked on the way:\n${output}`);
    },
  };

  try {
    server.setupUrl = (await server.line(ready, patience)).match(ready)[0];
    return server;
  } catch (error) {
    await server.stop().catch(() => {});
    throw error;
  }
}

/** Asks again and again until there is an answer. */
export async function eventually(what, patience, ask) {
  for (const deadline = Date.now() + patience; ; ) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A server with the made-up company of `rolecall demo`, and who may do everything there. */
export async function startDemo() {
  const server = await startServer({ args: ['demo'], ready: /http:\/\/[^\s/]+\/login\b/, patience: 120_000 });
  const [, username, password] = (await server.line(/may do everything/)).match(/(\S+)\s+(\S+)\s+may do everything/);
  return { ...server, admin: { username_or_email: username, password } };
}

// ---- the browser -------------------------------------------------------------------------------------------------------

export function launchBrowser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Without a sandbox because .ci/run is root; without the services that look for hosts outside this machine.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-sync', '--disable-background-networking', ...more],
  });
}

/**
 * A person at a browser: cookies of their own, one page, and a note of everything that goes wrong on it.
 * `options` are Playwright's, e.g. `{ javaScriptEnabled: false }`.
 */
export async function newVisitor(world, options = {}) {
  const context = await world.browser.newContext({
    baseURL: world.server.origin,
    viewport: WIDE,
    colorScheme: 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
    // Colours are judged at rest, not in the midst of a change of theme.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  watch(page);
  return page;
}

/** Ends a visit. Not in the midst of a page: Chromium may then never tell that the tab has closed. */
export async function leave(page) {
  await page.waitForLoadState();
  await page.context().close();
}

const troubles = new WeakMap();

function watch(page) {
  const list = [];
  troubles.set(page, { list, expected: [] });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      list.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => list.push(`uncaught in a script: ${error.message}`));
  page.on('requestfailed', (request) => {
    // A navigation that a newer one replaces counts as aborted; nothing is wrong then.
    const reason = request.failure()?.errorText;
    if (reason !== 'net::ERR_ABORTED') list.push(`request failed: ${request.method()} ${request.url()}: ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) list.push(`answer ${response.status()}: ${response.request().method()} ${response.url()}`);
  });
}

/** Says which trouble a step means to cause, e.g. `expectTrouble(page, /\b422\b/)` where a form is sent with a mistake. */
export function expectTrouble(page, pattern) {
  troubles.get(page).expected.push(pattern);
}

// ---- the checks --------------------------------------------------------------------------------------------------------

/** Since the last look: no message on the console, no broken script, no failed request, but for those that were expected. */
export function checkNoTrouble(page) {
  const { list, expected } = troubles.get(page);
  const told = list.splice(0);
  const patterns = expected.splice(0);
  const missed = patterns.filter((pattern) => !told.some((trouble) => pattern.test(trouble)));
  if (missed.length > 0) throw new Error(`expected trouble on ${page.url()} that did not come: ${missed.join(', ')}`);
  const rest = told.filter((trouble) => !patterns.some((pattern) => pattern.test(trouble)));
  if (rest.length > 0) throw new Error(`trouble on ${page.url()}:\n  ${rest.join('\n  ')}`);
}

/** The page fits: nobody has to scroll sideways. Names what sticks out. */
export async function checkNoHorizontalScroll(page) {
  const found = await page.evaluate(() => {
    const root = document.scrollingElement;
    const room = root.clientWidth;
    if (root.scrollWidth <= room) return null;
    const culprits = [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > room + 1)
      .slice(0, 5)
      .map((element) => element.cloneNode(false).outerHTML.slice(0, 120));
    return { room, wide: root.scrollWidth, culprits };
  });
  if (found) {
    throw new Error(`${page.url()} is ${found.wide} px wide in a window of ${found.room} px:\n  ${found.culprits.join('\n  ')}`);
  }
}

/** WCAG 2.2 AA and axe's good practice: no violation. Needs a page with scripts enabled; the page's own CSP stays in force. */
export async function checkAxe(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    // The bar of what was ticked floats over the rows below it; they come out from under it when the page is scrolled. So
    // that axe measures what can be reached, the bar stands in its place meanwhile.
    const bars = [...document.querySelectorAll('.bulk-bar')];
    for (const bar of bars) bar.style.position = 'static';
    const result = await window.axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'target-size': { enabled: true } },
    });
    for (const bar of bars) bar.style.position = '';
    return result.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      places: nodes.slice(0, 5).map((node) => `${node.html.slice(0, 160)}\n      ${node.failureSummary.replaceAll('\n', '\n      ')}`),
    }));
  });
  if (violations.length > 0) {
    const told = violations.map(({ id, help, places }) => `${id}: ${help}\n    ${places.join('\n    ')}`);
    throw new Error(`axe finds fault with ${page.url()}:\n  ${told.join('\n  ')}`);
  }
}

/** Stores the first screens of the page, wide and narrow, light and dark, if SCREENSHOTS names a folder. */
export async function screenshot(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await inEveryLook(page, [WIDE, PHONE], async ({ width, height }, scheme) => {
    // Not the whole of a page, which may be longer than a picture can be.
    const whole = await page.evaluate(() => document.scrollingElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(height, Math.min(whole, TALLEST)) });
    await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), animations: 'disabled' });
  });
}

/** All checks that every page has to pass, in every look, and its pictures: one call per page that a journey visits. */
export async function inspect(page, name) {
  await page.waitForLoadState();
  await inEveryLook(page, [WIDE, PHONE, NARROWEST], async (size, scheme) => {
    // What a page has scrolled under the bar at its top is not there to be touched.
    await page.evaluate(() => scrollTo(0, 0));
    await checkNoHorizontalScroll(page);
    // Colours and sizes of the smallest look are those of a phone.
    if (size !== NARROWEST) {
      await checkAxe(page).catch((error) => {
        throw new Error(`at ${size.width} px, ${scheme}: ${error.message}`);
      });
    }
  });
  await screenshot(page, name);
  checkNoTrouble(page);
}

async function inEveryLook(page, sizes, look) {
  const before = page.viewportSize();
  for (const size of sizes) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await look(size, colorScheme);
    }
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: 'light' });
}

// ---- small helpers of the journeys -------------------------------------------------------------------------------------

/** Fills a form by the names of its fields: those that the server reads. Every field must have a visible label. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`[name="${name}"]`);
    const id = await field.getAttribute('id');
    if (!id || !(await page.locator(`label[for="${id}"]`).isVisible())) throw new Error(`the field ${name} has no visible label`);
    await field.fill(value);
  }
}

/** Fails unless the page is at this path. */
export function checkPath(page, path) {
  const { pathname } = new URL(page.url());
  if (pathname !== path) throw new Error(`expected to be at ${path}, but this is ${pathname}`);
}

/** Fails unless it holds. */
export function check(holds, message) {
  if (!holds) throw new Error(message);
}
