// One act on many users in the made-up company: ticked in the list, looked at, done, and what came of each.

import { readFile } from 'node:fs/promises';
import { check, expectTrouble, inspect, leave, newVisitor, startDemo } from './lib.mjs';

const signIn = async (page, { username_or_email: name, password }) => {
  await page.goto('/login');
  await page.locator('[name=username_or_email]').fill(name);
  await page.locator('[name=password]').fill(password);
  await page.locator('main form [type=submit]').first().click();
  await page.waitForURL('**/admin');
};
const confirm = (page) => page.locator('form[method=post][action="/admin/users/bulk"] .form-actions [type=submit]').click();

export default async function bulk(world) {
  const { step } = world;
  let server, admin;

  await step('the administrator of a made-up company sees all of its users', async () => {
    server = await startDemo();
    admin = await newVisitor({ ...world, server });
    await signIn(admin, server.admin);
    await admin.goto('/admin/users?filter=active');
  });

  await step('rows are ticked one by one or all at once, and the list says how many', async () => {
    const told = admin.locator('[data-chosen]');
    await admin.locator('input[name=id]').nth(1).check();
    await admin.locator('input[name=id]').nth(2).check();
    check((await told.textContent()) === '2 chosen', `it says ${await told.textContent()}`);
    await inspect(admin, 'bulk-ticked');
    await admin.locator('[data-tick-all]').check();
    check(/^\d+ chosen$/.test(await told.textContent()), `it says ${await told.textContent()}`);
    await admin.locator('[data-tick-all]').uncheck();
    check((await told.textContent()) === 'Nobody chosen', `it says ${await told.textContent()}`);
    await admin.locator('input[name=id]').nth(1).check();
    await admin.locator('input[name=id]').nth(2).check();
  });

  await step('the role is named, and the preview tells what will happen before it does', async () => {
    await admin.locator('#bulk-act').selectOption('give_role');
    await admin.locator('#bulk [type=submit]').click();
    await inspect(admin, 'bulk-which-role');
    const role = await admin.evaluate(async () => {
      const answer = await fetch('/api/v1/roles?limit=5');
      return (await answer.json()).items.find(({ name }) => name !== 'admin').name;
    });
    await admin.locator('[name=role_name]').fill(role);
    await admin.keyboard.press('Escape');
    await admin.getByRole('button', { name: 'Preview' }).click();
    await admin.locator('.bulk-groups').waitFor();
    await inspect(admin, 'bulk-preview');
    await admin.locator('[name=reason]').fill('the new shift');
    await confirm(admin);
    await admin.waitForURL('**/admin/jobs/*');
    await admin.getByText('It is done').waitFor();
    await inspect(admin, 'bulk-result');
  });

  await step('each list is taken away as a table by its link, with what it shows', async () => {
    const lists = [
      ['/admin/users?q=an&limit=100', 'users', 'id,username,'],
      ['/admin/roles?filter=group&limit=100', 'roles', 'id,name,'],
      ['/admin/permissions?q=invoices&limit=100', 'permissions', 'id,name,'],
      ['/admin/sessions?limit=100', 'sessions', 'id,user_id,'],
      ['/admin/access/ending?days=90&limit=100', 'ending', 'valid_to,user_id,'],
    ];
    for (const [path, name, head] of lists) {
      await admin.goto(path);
      const shown = await admin.locator('main table tbody tr:has(td)').count();
      const [download] = await Promise.all([admin.waitForEvent('download'), admin.getByRole('link', { name: 'CSV', exact: true }).click()]);
      check(new RegExp(`^${name}-\\d{4}-\\d\\d-\\d\\d\\.csv$`).test(download.suggestedFilename()), download.suggestedFilename());
      const text = await readFile(await download.path(), 'utf8');
      check(text.startsWith(head), text.slice(0, 80));
      const rows = text.trimEnd().split('\r\n').length - 1;
      check(rows >= shown && shown > 0, `${path}: ${rows} rows in the table, ${shown} in the list`);
    }
  });

  await step('several roles that end soon are ticked, get one end after a preview, and it is undone as one', async () => {
    await admin.goto('/admin/access/ending?days=90');
    const rows = await admin.locator('main tbody tr').count();
    check((await admin.locator('[data-chosen]').textContent()) === 'Nothing chosen', 'the bar speaks of roles');
    await admin.locator('input[name=id]').nth(0).check();
    await admin.locator('input[name=id]').nth(1).check();
    await inspect(admin, 'ending-ticked');
    await admin.locator('#bulk-act').selectOption('end');
    await admin.locator('#bulk [type=submit]').click();
    await admin.locator('[name=valid_to]').fill('2099-01-01T09:00');
    await admin.getByRole('button', { name: 'Preview' }).click();
    await admin.getByRole('heading', { name: 'What it would do' }).waitFor();
    await inspect(admin, 'ending-preview');
    await admin.getByRole('button', { name: 'Set this end' }).click();
    await admin.getByText('2 roles given until 2099-01-01 09:00 UTC').waitFor();
    await admin.getByRole('link', { name: 'Undo' }).first().click();
    await admin.locator('main form[method=post] .form-actions [type=submit]').first().click();
    await admin.goto('/admin/access/ending?days=90');
    check((await admin.locator('main tbody tr').count()) === rows, 'they end as before');
  });

  await step('whoever may not see a page is told what it takes and who can give it', async () => {
    const nobody = await newVisitor({ ...world, server });
    await nobody.goto('/login');
    await nobody.locator('[name=username_or_email]').fill('tomas');
    await nobody.locator('[name=password]').fill(server.admin.password);
    await nobody.locator('main form [type=submit]').first().click();
    await nobody.waitForURL((url) => url.pathname !== '/login');
    expectTrouble(nobody, /\b403\b/);
    await nobody.goto('/admin/users');
    await nobody.getByText('rolecall.users:read').waitFor();
    await nobody.getByText('can give it').first().waitFor();
    await inspect(nobody, 'forbidden');
    await leave(nobody);
  });

  await step('all that match are changed in the background while one looks on', async () => {
    await admin.goto('/admin/users/bulk?all=1&act=require_second_factor');
    await inspect(admin, 'bulk-preview-all');
    await admin.locator('[name=mode][value=each]').check();
    await confirm(admin);
    await admin.waitForURL('**/admin/jobs/*');
    await admin.locator('[data-over]').waitFor();
    await inspect(admin, 'bulk-job');
    await admin.goto('/admin/jobs');
    await inspect(admin, 'bulk-jobs');
  });

  await step('without scripts a role is taken from all its members by one address and one button', async () => {
    const plain = await newVisitor({ ...world, server }, { javaScriptEnabled: false });
    await signIn(plain, server.admin);
    await plain.goto('/admin/roles');
    await plain.locator('tbody th a', { hasText: /^accountant$/ }).click();
    await plain.getByRole('link', { name: 'Take from all' }).click();
    check((await plain.locator('h1').textContent()).startsWith('Take '), 'the link does not lead to the preview');
    await confirm(plain);
    await plain.waitForURL('**/admin/jobs/*');
    check(await plain.getByText('It is done').isVisible(), 'it is not told that it is done');
    await leave(plain);
  });

  await step('the made-up company ends cleanly', () => server.stop());
}
