// The box that finds everything: the palette and its commands by keyboard, pickers, previews in place, and all of it
// without scripts. On the company of the journeys before.

import { check, checkPath, expectTrouble, fill, inspect, leave, newVisitor } from './lib.mjs';
import { ADMIN } from './setup.mjs';

const main = (page) => page.getByRole('main').innerText();
const active = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.name || document.activeElement?.tagName);

export default async function search(world) {
  const { step } = world;
  const page = world.admin;
  const chosen = page.locator('.palette [role=option][aria-selected=true]');
  const say = async (text) => {
    await page.keyboard.press('Control+k');
    await page.locator('.palette input[type=search]').fill(text);
  };

  await step('the palette opens by a key, shows what can be said, and closes by Escape without taking keys from fields', async () => {
    await page.goto('/admin');
    await page.keyboard.press('/');
    await page.locator('.palette .examples').waitFor();
    await inspect(page, 'palette');
    await page.keyboard.press('Escape');
    check(!(await page.locator('.palette').isVisible()), 'it is still open');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await inspect(page, 'keyboard-help');
    await page.keyboard.press('Escape');
    await page.goto('/admin/users');
    await page.locator('main [name=q]').focus();
    await page.keyboard.type('a/j?k');
    check((await page.locator('main [name=q]').inputValue()) === 'a/j?k', 'keys were taken from the field');
    check(!(await page.locator('dialog[open]').count()), 'a dialog opened while somebody typed');
  });

  await step('while one types it finds users, roles and permissions; arrows choose, Enter opens', async () => {
    await say('approve');
    await chosen.waitFor();
    check((await page.locator('.palette [role=group]').count()) >= 2, 'there are no groups');
    const first = await chosen.innerText();
    await page.keyboard.press('ArrowDown');
    check((await chosen.innerText()) !== first, 'the arrow chose nothing');
    await inspect(page, 'palette-results');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/admin\/roles\/\d+$/);
  });

  await step('j and k walk along a table, and Enter opens the row', async () => {
    await page.goto('/admin/users');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/admin\/users\/\d+$/);
  });

  await step('a question is answered in the palette', async () => {
    await say(`can ${ADMIN.username} invoices:approve`);
    await page.locator('.palette .hit.ok').waitFor();
    check((await chosen.innerText()).includes('admin → *:*'), 'it does not say why');
    await inspect(page, 'palette-answer');
    await page.keyboard.press('Escape');
  });

  await step('a command leads to its preview, with the focus on the one button that is left', async () => {
    await say('give bob approver in project/77 because of the search');
    await page.keyboard.press('Enter'); // sooner than the results are there
    await page.waitForURL(/preview=1/);
    check((await page.locator('.preview .gain').innerText()).includes('project/77'), 'the preview names no gain');
    check((await active(page)) === 'act', `the focus is on ${await active(page)}`);
    await inspect(page, 'command-give');
    await page.keyboard.press('Enter');
    await page.locator('.flash.ok:focus').waitFor();
    await page.keyboard.press('Tab');
    check((await page.evaluate(() => document.activeElement?.innerText)) === 'Undo', 'Undo is not the next stop');
    await say('take approver from bob');
    await chosen.waitFor();
    check((await page.locator('.palette .hit').count()) >= 2, 'not each of his assignments is offered');
    await page.getByRole('option', { name: /in project\/77/ }).click();
    await page.waitForURL(/\/delete/);
    check((await active(page)) === 'act', `the focus is on ${await active(page)}`);
    await page.keyboard.press('Enter');
    await page.locator('.flash.ok').waitFor();
  });

  await step('a wrong command says what is wrong, and offers what may have been meant', async () => {
    await say('give bob aprover');
    await page.locator('.palette-told', { hasText: 'There is no role “aprover”' }).waitFor();
    await chosen.waitFor();
    await inspect(page, 'palette-wrong');
    await page.keyboard.press('Enter');
    await page.waitForURL(/role=approver/);
  });

  await step('a picker suggests while one types, by arrows, Enter and Escape', async () => {
    await page.goto('/admin/users?q=bartholomew');
    await page.getByRole('main').getByRole('link', { name: /Bartholomew/ }).first().click();
    const field = page.locator('[name=role]');
    await field.focus();
    await page.keyboard.type('appr');
    await page.getByRole('option', { name: /approver/ }).waitFor();
    check((await field.getAttribute('aria-expanded')) === 'true', 'it is not said to be open');
    await inspect(page, 'picker');
    await field.focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: /approver/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    check((await field.inputValue()) === 'approver', 'the name was not taken');
    check((await field.getAttribute('aria-expanded')) === 'false', 'it is still open');
  });

  await step('a preview comes into the page as it stands, and mistakes are told at their fields', async () => {
    const before = page.url();
    await page.locator('[name=role]').fill('aprover');
    await page.keyboard.press('Escape');
    await fill(page, { scope: 'project/78', reason: 'stays' });
    expectTrouble(page, /\b422\b/);
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('#f-role-error').waitFor();
    check((await page.locator('[name=reason]').inputValue()) === 'stays', 'what was typed is gone');
    await inspect(page, 'preview-in-place-wrong');
    await page.locator('.near').getByText('approver', { exact: true }).click();
    check((await page.locator('[name=role]').inputValue()) === 'approver', 'the choice did not fill the field');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('.preview .gain').first().waitFor();
    check(page.url() === before, 'the page was left');
    check((await active(page)) === 'preview', `the focus is on ${await active(page)}`);
    await inspect(page, 'preview-in-place');
  });

  await step('leaving what was typed asks, and only then', async () => {
    let asked = 0;
    page.once('dialog', (dialog) => ((asked += 1), dialog.accept()));
    await page.goto('/admin');
    check(asked === 1, 'nobody was asked');
    await page.goto('/admin/roles/new');
    await page.goto('/admin');
    check(asked === 1, 'a form that was not touched asked');
    // A small form on a page that has other things, too.
    page.once('dialog', (dialog) => ((asked += 1), dialog.accept()));
    await page.goto('/admin/roles/1');
    await page.locator('[name=user]').fill('somebody');
    await page.goto('/admin');
    check(asked === 2, 'nobody was asked about the form of the members');
  });

  await step('a lost connection breaks nothing while one types', async () => {
    await page.goto('/admin/roles/new');
    await page.context().setOffline(true);
    expectTrouble(page, /ERR_INTERNET_DISCONNECTED/);
    await page.locator('[name=permissions]').focus();
    await page.keyboard.type('invoices');
    await page.waitForEvent('requestfailed');
    await page.context().setOffline(false);
    await page.keyboard.type(':');
    await page.getByRole('option', { name: 'invoices:* ' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[name=permissions]').fill('');
  });

  await step('without scripts the top bar leads to the same', async () => {
    const plain = await newVisitor(world, { javaScriptEnabled: false });
    await plain.goto('/login');
    await fill(plain, { username_or_email: ADMIN.username, password: ADMIN.password });
    await plain.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await plain.waitForURL('**/admin');
    const sayPlain = async (text) => {
      await plain.goto('/admin');
      await plain.locator('#search').fill(text);
      await plain.locator('#search').press('Enter');
    };
    await sayPlain('bob');
    check(/\/admin\/users\/\d+$/.test(plain.url()), `bob leads to ${plain.url()}`);
    await sayPlain('create role auditor with invoices:approve');
    check((await plain.locator('.preview').innerText()).includes('auditor'), 'the preview is not there');
    await plain.locator('#act').click();
    check((await main(plain)).includes('invoices:approve'), 'the role has not got it');
    await sayPlain('app');
    checkPath(plain, '/admin/search');
    await plain.getByRole('main').getByRole('link', { name: /^approver/ }).click();
    check(/\/admin\/roles\/\d+$/.test(plain.url()), `the result leads to ${plain.url()}`);
    await leave(plain);
  });

  await step('the search page is content, with and without results', async () => {
    for (const [name, q] of Object.entries({ none: 'nobody-has-this', found: 'approve', empty: '', answer: 'can bob invoices:approve', wrong: 'give bob' })) {
      await page.goto(`/admin/search?${new URLSearchParams({ q })}`);
      await inspect(page, `search-${name}`);
    }
  });
}
