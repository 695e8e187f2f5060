// What every page of the panel must be, measured on the demo's company: all pages that links lead to are looked at, as
// somebody who may do everything and as somebody who is not signed in.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check, checkNoHorizontalScroll, checkNoTrouble, fill, inspect, leave, newVisitor, startDemo } from './lib.mjs';
import { checkLighthouse } from './lighthouse.mjs';

const require = createRequire(import.meta.url);
/** HTML, style sheet and script of a first visit, compressed. */
const WEIGHT = 60_000;
const PARALLEL = 4;
/** What Lighthouse judges: a page of each make. It takes some seconds for each. */
const JUDGED = [
  '/login', '/signup', '/admin', '/admin/users', '/admin/users/1', '/admin/users/1/sessions', '/admin/users/1/activity', '/admin/users/new',
  '/admin/roles', '/admin/roles/1', '/admin/permissions', '/admin/permissions/1', '/admin/access', '/admin/access/who-can', '/admin/access/what-can',
  '/admin/access/comparison', '/admin/access/ending', '/admin/access/constraints', '/admin/sessions', '/admin/audit', '/admin/mails', '/admin/settings',
  '/admin/settings/edit', '/account', '/account/access', '/account/sessions',
];

/** What is the same page but for whom or what it is about: numbers and the values of the query are left out. */
function shape(url) {
  const { pathname, searchParams } = new URL(url);
  const names = [...new Set(searchParams.keys())].sort();
  return pathname.replaceAll(/\d+/g, '1') + (names.length > 0 ? `?${names.join('&')}` : '');
}

/** Pages that are not the same list but sorted otherwise or further on. */
const differing = (pages) => {
  const plain = (page) => `${page.by} ${page.shape.replace(/[?].*/, '')}?${[...new URL(page.url).searchParams.keys()].filter((name) => !['cursor', 'limit', 'sort'].includes(name)).sort().join('&')}`;
  return [...new Map(pages.toReversed().map((page) => [plain(page), page])).values()].reverse();
};

/** A short name for files and reports. */
const fileName = (pageShape) => pageShape.replace(/^\//, '').replaceAll(/[^a-z0-9]+/gi, '-').replace(/-$/, '') || 'home';

/** The answer as it comes over the wire. */
function fetchRaw(url, cookie) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { cookie, accept: 'text/html', 'accept-encoding': 'br, gzip' } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('end', () => resolve({ headers: answer.headers, size: Buffer.concat(parts).length }));
    }).on('error', reject);
  });
}

/** Opens every kind of page that a link leads to, beginning at `starts`. */
async function crawl(visitor, by, starts) {
  const origin = new URL(visitor.url()).origin;
  const queue = starts.map((path) => ({ url: origin + path, from: 'the beginning' }));
  const seen = new Set(queue.map(({ url }) => shape(url)));
  const pages = [];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const answer = await visitor.request.get(next.url, { headers: { accept: 'text/html' } });
    check(answer.ok(), `${next.url}, to which ${next.from} links, answers ${answer.status()}`);
    if (!answer.headers()['content-type']?.startsWith('text/html')) continue;
    const html = await answer.text();
    pages.push({ by, url: next.url, shape: shape(next.url), html, policy: answer.headers()['content-security-policy'] });
    for (const [, href] of html.matchAll(/<a\b[^>]*?\shref="([^"]+)"/g)) {
      const url = new URL(href.replaceAll('&amp;', '&'), answer.url());
      url.hash = '';
      if (url.origin !== origin || seen.has(shape(url))) continue;
      seen.add(shape(url));
      queue.push({ url: url.href, from: next.url });
    }
  }
  return pages;
}

/** Does the work for each, a few at a time, each each in a tab; tells all failures. */
async function forEach(world, pages, options, work) {
  const waiting = [...pages];
  const failures = [];
  const worker = async () => {
    const tabs = { admin: await newVisitor(world, { ...options, storageState: world.storage }), stranger: await newVisitor(world, options) };
    for (let page = waiting.shift(); page; page = waiting.shift()) {
      const tab = tabs[page.by];
      await tab.goto(page.url);
      await work(tab, page).catch((error) => failures.push(`${page.shape}: ${error.message}`));
    }
    for (const tab of Object.values(tabs)) await leave(tab);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  check(failures.length === 0, failures.join('\n'));
}

/** The Nu HTML checker: no error. */
async function checkHtml(pages) {
  const folder = await mkdtemp(join(tmpdir(), 'rolecall-html-'));
  try {
    for (const page of pages) await writeFile(join(folder, `${page.by}-${fileName(page.shape)}.html`), page.html);
    const vnu = ['-jar', require('vnu-jar'), '--errors-only', '--format', 'json', '--stdout', '--exit-zero-always', folder];
    const { stdout } = await promisify(execFile)('java', vnu, { maxBuffer: 64 << 20 });
    const { messages } = JSON.parse(stdout);
    // The same fault on many pages is one fault.
    const faults = new Map();
    for (const { url, lastLine, message, extract } of messages) {
      faults.set(message, [...(faults.get(message) ?? []), `${url.split('/').at(-1)}:${lastLine}: ${extract?.trim() ?? ''}`]);
    }
    const told = [...faults].map(([message, places]) => `${message} (${places.length} times)\n    ${places.slice(0, 3).join('\n    ')}`);
    check(told.length === 0, `the HTML checker finds ${messages.length} errors:\n  ${told.join('\n  ')}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Google's csp_evaluator: no finding of any severity. */
function checkPolicy({ shape: name, policy }) {
  const { CspEvaluator } = require('csp_evaluator/dist/evaluator.js');
  const { CspParser } = require('csp_evaluator/dist/parser.js');
  check(policy && !policy.includes('unsafe-'), `${name} has the policy ${policy}`);
  const findings = new CspEvaluator(new CspParser(policy).csp).evaluate();
  const told = findings.map(({ directive, value, description }) => `${directive} ${value ?? ''}: ${description}`);
  check(told.length === 0, `csp_evaluator finds fault with ${name}:\n  ${told.join('\n  ')}`);
}

/** Where the focus is when a page has come, that each field has a label above or beside it, and that errors lead to fields. */
async function checkBeginning(tab) {
  const found = await tab.evaluate(() => {
    const { activeElement: at } = document;
    const named = (field) => [...(field.labels ?? [])].some((label) => label.textContent.trim()) || field.getAttribute('aria-label');
    const fields = [...document.querySelectorAll('main :is(input:not([type=hidden]), select, textarea)')];
    const links = [...document.querySelectorAll('.error-summary a')];
    return {
      at: at?.matches('main h1, .flash, .error-summary, [data-autofocus], :target *') || location.hash ? '' : `the focus is on ${at?.outerHTML.slice(0, 80)}`,
      bare: fields.filter((field) => !named(field)).map((field) => field.name),
      astray: links.filter((link) => !document.querySelector(link.hash)).map((link) => link.hash),
    };
  });
  check(!found.at, found.at);
  check(found.bare.length === 0, `without a label: ${found.bare.join(', ')}`);
  check(found.astray.length === 0, `errors lead to no field: ${found.astray.join(', ')}`);
}

/** HTML, style sheet and script, compressed as a browser would get them. */
async function weigh({ url, html }, cookie) {
  const files = [...html.matchAll(/<(?:link rel="stylesheet" href|script\b[^>]* src)="([^"]+)"/g)].map(([, file]) => new URL(file, url).href);
  check(files.length >= 2, `${url} names no style sheet or no script`);
  const sizes = await Promise.all([url, ...files].map(async (one) => (await fetchRaw(one, cookie)).size));
  return sizes.reduce((sum, size) => sum + size);
}

export default async function quality(world) {
  const { step } = world;
  const outer = world.server;
  let admin, stranger, pages, cookie;

  await step('the demo starts, and its administrator signs in', async () => {
    world.server = world.demo = await startDemo();
    admin = await newVisitor(world);
    await admin.goto('/login');
    await fill(admin, world.demo.admin);
    await admin.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await admin.waitForURL('**/admin');
    world.storage = await admin.context().storageState();
    cookie = world.storage.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  });

  await step('no link leads nowhere', async () => {
    pages = await crawl(admin, 'admin', ['/admin', '/account']);
    stranger = await newVisitor(world);
    await stranger.goto('/login');
    pages.push(...(await crawl(stranger, 'stranger', ['/login'])));
    console.log(`        ${pages.length} kinds of pages`);
    check(pages.length > 60, `only ${pages.length} kinds of pages were found`);
  });

  await step('every page says where it is: one heading, a title, a main part', async () => {
    for (const { shape: name, html } of pages) {
      check(html.match(/<h1\b/g)?.length === 1, `${name} has not exactly one h1`);
      check(/<title>[^<]+ · Rolecall<\/title>/.test(html), `${name} has no title that ends with · Rolecall`);
      check(html.match(/<main\b/g)?.length === 1, `${name} has not exactly one main part`);
    }
  });

  await step('the HTML checker finds no error', () => checkHtml(pages));

  await step('csp_evaluator finds nothing', () => pages.forEach(checkPolicy));

  await step(`no page weighs more than ${WEIGHT / 1000} kB of HTML, style and script`, async () => {
    const weights = [];
    for (const page of pages) weights.push([await weigh(page, cookie), page.shape]);
    weights.sort(([a], [b]) => b - a);
    console.log(`        the heaviest: ${weights.slice(0, 3).map(([size, name]) => `${name} ${(size / 1000).toFixed(1)} kB`).join(', ')}`);
    for (const [size, name] of weights) check(size <= WEIGHT, `${name} weighs ${size} bytes`);
  });

  await step('every page labels its fields, begins at its heading, fits and pleases axe, wide and narrow, light and dark', () =>
    forEach(world, differing(pages), {}, async (tab, page) => {
      await checkBeginning(tab);
      await inspect(tab, `${page.by}-${fileName(page.shape)}`);
    }));

  await step('without scripts every page fits, and no button is left that does nothing', () =>
    forEach(world, differing(pages), { javaScriptEnabled: false, viewport: { width: 360, height: 780 } }, async (tab) => {
      await checkNoHorizontalScroll(tab);
      const idle = await tab.locator('button[type=button]:visible, button:not([type]):visible').all();
      const names = await Promise.all(idle.map((button) => button.innerText()));
      check(names.length === 0, `these buttons need a script: ${names.join(', ')}`);
      checkNoTrouble(tab);
    }));

  if (process.env.WITHOUT !== 'lighthouse') await step('Lighthouse gives full marks for accessibility and good practice, and at least 95 for speed', () =>
    checkLighthouse(JUDGED.map((name) => pages.find((page) => page.shape === name) ?? check(false, `${name} is not linked`)), cookie),
  );

  await leave(admin);
  await leave(stranger);
  await step('the demo ends cleanly', () => world.demo.stop());
  world.server = outer;
}
