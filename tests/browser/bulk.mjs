// One act on many users in the made-up company: ticked in the list, looked at, done, and what came of each.

import { check, inspect, newVisitor, startDemo } from './lib.mjs';

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
    await plain.context().close();
  });

  await step('the made-up company ends cleanly', () => server.stop());
}
