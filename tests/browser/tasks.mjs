// The tasks of an administrator's day, by keyboard alone, on the company of `rolecall demo`, and what each costs:
//   ROLECALL_BIN=…/rolecall node run.mjs with JOURNEYS=tasks
//
// How it is counted, from the panel's first page until the effect is there, preview and confirmation included:
// - typing into a field is 1, however much is typed; opening the palette by its key is part of it;
// - each Enter, click or other choice is 1;
// - each page that is loaded is 1 (a redirect after a form is one load with the page it leads to).
// Moving the focus by Tab chooses nothing and is not counted, as moving the mouse is not; the commands need none.
// Signing in, and finding out who has what in the made-up company, happens before a task begins.

import { check, fill, leave, newVisitor, startDemo } from './lib.mjs';

/** The most that each may cost. */
const PRICES = { T1: 5, T2: 8, T3: 3, T4: 6, T5: 5, T6: 5, T7: 4, T8: 3 };

/** A page whose loads, choices and fields are counted. */
class Counted {
  constructor(page) {
    this.page = page;
    this.reset();
    page.on('load', () => (this.loads += 1));
  }

  reset() {
    [this.loads, this.choices, this.fields] = [0, 0, 0];
  }

  get sum() {
    return this.loads + this.choices + this.fields;
  }

  /** Types into the field that has the focus. */
  async type(text) {
    await this.page.keyboard.type(text);
    this.fields += 1;
  }

  /** Enter, on whatever has the focus, and the page that comes of it. */
  async enter() {
    this.choices += 1;
    const before = this.loads;
    await this.page.keyboard.press('Enter');
    await this.loaded(before);
  }

  /** A click, and the page that comes of it unless `stays`. */
  async click(locator, { stays = false } = {}) {
    this.choices += 1;
    const before = this.loads;
    await locator.click();
    if (!stays) await this.loaded(before);
  }

  async fill(locator, text) {
    this.fields += 1;
    await locator.fill(text);
  }

  async loaded(before) {
    while (this.loads === before) await this.page.waitForEvent('load');
  }

  /** Opens the palette by its key, says what to do, and waits for what it makes of it. */
  async say(command) {
    await this.page.keyboard.press('/');
    await this.type(command);
    await this.page.locator('.palette [role=option][aria-selected=true]').first().waitFor();
  }
}

/** Presses Tab until the focus is there. */
async function tabTo(page, selector) {
  for (let n = 0; n < 60; n += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} cannot be reached by Tab on ${page.url()}`);
}

const main = (page) => page.getByRole('main').innerText();

/** That the focus is on the one button that is left. */
async function checkAct(page, name) {
  const focused = await page.evaluate(() => document.activeElement?.textContent.trim());
  check(focused?.startsWith(name), `the focus is on “${focused}” and not on “${name}”`);
}

/** Who there is: users of the list at `path`, by username. */
async function usernames(page, path) {
  await page.goto(path);
  return page.locator('main tbody th .under').allInnerTexts();
}

export default async function tasks({ step, browser }) {
  const world = { browser };
  const costs = {};
  let page, counted, people, permissions, withFactor, holders, role;

  await step('the demo starts, its administrator signs in, and looks who there is', async () => {
    world.server = await startDemo();
    page = await newVisitor(world);
    await page.goto('/login');
    await fill(page, world.server.admin);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/admin');
    const invited = await usernames(page, '/admin/users?filter=invited&limit=100');
    const lacking = await usernames(page, '/admin/users?filter=no-second-factor&limit=100');
    people = lacking.filter((name) => !invited.includes(name));
    const all = (await usernames(page, '/admin/users?filter=active&limit=100')).filter((name) => name < lacking.at(-1));
    withFactor = all.find((name) => !lacking.includes(name) && name !== 'ada');
    await page.goto('/admin/roles?q=employee');
    await page.getByRole('main').getByRole('link', { name: 'employee', exact: true }).first().click();
    role = new URL(page.url()).pathname.split('/').pop();
    holders = (await usernames(page, `/admin/users?role=${role}&limit=100`)).filter((name) => name !== 'ada').slice(-20);
    await page.goto('/admin/permissions?q=invoices&limit=100');
    permissions = (await page.locator('main tbody th[scope=row] a').allInnerTexts()).filter((name) => name.startsWith('invoices:'));
    await page.goto('/admin/permissions?q=orders&limit=100');
    permissions.push(...(await page.locator('main tbody th[scope=row] a').allInnerTexts()));
    check(people.length > 7 && withFactor && holders.length === 20 && permissions.length >= 5, 'the made-up company lacks what the tasks are about');
    counted = new Counted(page);
  });

  /** Walks a task from the panel's first page and notes what it cost. */
  const task = (name, what, walk) =>
    step(`${name}: ${what}`, async () => {
      await page.goto('/admin');
      counted.reset();
      await walk(page);
      costs[name] = { task: what, loads: counted.loads, choices: counted.choices, fields: counted.fields, sum: counted.sum, price: PRICES[name] };
      check(counted.sum <= PRICES[name], `it costs ${counted.sum}, and may cost ${PRICES[name]}`);
    });

  await task('T1', 'give X the role R', async () => {
    await counted.say(`give ${people[1]} auditor`);
    await counted.enter();
    check((await page.locator('.preview .gain').count()) > 0, 'what he gains is not shown');
    await checkAct(page, 'Give role');
    await counted.enter();
    check((await page.locator('main table').first().innerText()).includes('auditor'), 'he does not have the role');
  });

  await task('T2', 'create a role with 5 permissions', async () => {
    await counted.say(`create role stock-taker with ${permissions.slice(0, 5).join(', ')}`);
    await counted.enter();
    check((await page.locator('.preview').innerText()).includes(permissions[4]), 'what it will have is not shown');
    await checkAct(page, 'Create role');
    await counted.enter();
    const made = await main(page);
    for (const permission of permissions.slice(0, 5)) check(made.includes(permission), `it has no ${permission}`);
  });

  await task('T3', 'why may X do P', async () => {
    await counted.say(`can ada ${permissions[0]}`);
    check((await page.locator('.palette .hit.ok').innerText()).includes('ada → admin → *:*'), 'the palette does not say why');
    await counted.enter();
    const told = await main(page);
    check(told.includes('admin') && told.includes('*:*'), 'the way is not shown');
  });

  await task('T4', 'take R from 20 users', async () => {
    await counted.say(`take employee from ${holders.join(', ')}`);
    await counted.enter();
    check(/20\s+will be changed/.test(await main(page)), 'that 20 lose it is not shown');
    check((await page.evaluate(() => document.activeElement?.id)) === 'act', 'the focus is not on the button');
    await counted.enter();
    await page.getByText('It is done').waitFor();
    const cost = { loads: counted.loads, choices: counted.choices, fields: counted.fields };
    const left = await usernames(page, `/admin/users?role=${role}&limit=100`);
    Object.assign(counted, cost);
    check(!holders.some((name) => left.includes(name)), 'somebody still has it');
  });

  await task('T5', 'disable a user and end his sessions', async () => {
    const his = await newVisitor(world);
    await his.goto('/login');
    await fill(his, { username_or_email: people.at(-1), password: world.server.admin.password });
    await his.keyboard.press('Enter');
    await his.waitForURL(({ pathname }) => pathname !== '/login');
    await counted.say(`disable ${people.at(-1)}`);
    await counted.enter();
    check(/Ends \d+ session/.test(await main(page)), 'that his session ends is not said');
    await checkAct(page, 'Disable user');
    await counted.enter();
    check((await main(page)).includes('Disabled'), `he is not disabled: ${await main(page)}`);
    await his.goto('/account');
    check(new URL(his.url()).pathname === '/login', 'he is still signed in');
    await leave(his);
  });

  await task('T6', 'reset a user\'s second factor', async () => {
    await counted.say(`reset second factor of ${withFactor} because he lost his phone`);
    await counted.enter();
    await checkAct(page, 'Reset second factors');
    await counted.enter();
    check((await main(page)).includes('None: his password alone lets him in'), 'he still has one');
  });

  await task('T7', 'who changed X\'s roles last week', async () => {
    await counted.say(`who changed ${people[1]} last week`);
    await counted.enter();
    check(/ada gave \S+ the role auditor/.test(await main(page)), 'it does not say who');
  });

  await task('T8', 'who can do P', async () => {
    await counted.say(`who can ${permissions[0]}`);
    await counted.enter();
    check((await page.getByRole('main').getByRole('link', { name: /Ada/ }).count()) > 0, 'Ada can, and is not there');
  });

  await step('T1, T3 and T8 without scripts, by the top bar', async () => {
    const plain = await newVisitor(world, { javaScriptEnabled: false });
    await plain.goto('/login');
    await fill(plain, world.server.admin);
    await plain.keyboard.press('Enter');
    await plain.waitForURL('**/admin');
    const say = async (command) => {
      await plain.goto('/admin');
      const of = new Counted(plain);
      await tabTo(plain, '#search');
      await of.type(command);
      await of.enter();
      return of;
    };
    const t1 = await say(`give ${people[3]} auditor`);
    check((await plain.locator('.preview .gain').count()) > 0, 'what he gains is not shown');
    await tabTo(plain, '#act');
    await t1.enter();
    check((await plain.locator('main table').first().innerText()).includes('auditor'), 'he does not have the role');
    // Each is read at once: it would count the loads of the next as well.
    const spent = { T1: t1.sum };
    const t3 = await say(`can ada ${permissions[0]}`);
    check((await main(plain)).includes('*:*'), 'the way is not shown');
    spent.T3 = t3.sum;
    const t8 = await say(`who can ${permissions[0]}`);
    check((await main(plain)).includes('Ada'), 'Ada can, and is not there');
    spent.T8 = t8.sum;
    for (const [name, sum] of Object.entries(spent)) {
      costs[name]['without scripts'] = sum;
      check(sum <= PRICES[name], `${name} costs ${sum} without scripts`);
    }
    await leave(plain);
  });

  await step('for comparison, the plain way by mouse', async () => {
    const walk = async (name, way) => {
      await page.goto('/admin');
      counted.reset();
      await way();
      costs[name]['by mouse'] = counted.sum;
    };
    const nav = (name) => page.locator('.sidebar').getByRole('link', { name });
    const find = async (user) => {
      await counted.click(nav('Users'));
      await counted.fill(page.locator('main [name=q]'), user);
      await counted.enter();
      await counted.click(page.locator('main tbody tr', { hasText: user }).getByRole('link').first());
    };
    await walk('T1', async () => {
      await find(people[4]);
      await counted.fill(page.locator('[name=role]'), 'auditor');
      await counted.click(page.getByRole('button', { name: 'Preview' }), { stays: true });
      await page.locator('.preview').waitFor();
      await counted.click(page.getByRole('button', { name: 'Give role' }));
    });
    await walk('T2', async () => {
      await counted.click(nav('Roles'));
      await counted.click(page.getByRole('link', { name: 'Create role' }));
      await counted.fill(page.locator('[name=name]'), 'stock-keeper');
      await counted.fill(page.locator('[name=permissions]'), permissions.slice(0, 5).join(', '));
      await counted.click(page.locator('#act'));
    });
    await walk('T5', async () => {
      await find(people.at(-2));
      await counted.click(page.getByRole('link', { name: 'Disable' }));
      await counted.click(page.locator('#act'));
    });
    await walk('T7', async () => {
      await find(people[1]);
      await counted.click(page.getByRole('link', { name: 'Activity' }));
    });
  });

  console.table(costs);

  await step('the demo ends cleanly', () => world.server.stop());
}
