// Questions about rights in the made-up company: the matrix by keyboard, time lines, can and who can, and one's own access.

import { check, checkNoHorizontalScroll, checkPath, inspect, newVisitor, startDemo } from './lib.mjs';

const signIn = async (page, { username_or_email: name, password }) => {
  await page.goto('/login');
  await page.locator('[name=username_or_email]').fill(name);
  await page.locator('[name=password]').fill(password);
  await page.locator('main form [type=submit]').first().click();
  await page.waitForURL('**/admin');
};

export default async function access(world) {
  const { step } = world;
  let server, admin, main;

  await step('the matrix of a resource is reached by its tab, and its first column stays', async () => {
    server = await startDemo();
    admin = await newVisitor({ ...world, server });
    main = admin.getByRole('main');
    await signIn(admin, server.admin);
    await admin.goto('/admin/permissions');
    await main.getByRole('link', { name: 'Matrix', exact: true }).click();
    await main.getByRole('link', { name: 'articles', exact: true }).click();
    checkPath(admin, '/admin/permissions/matrix');
    const words = await main.locator('.matrix td').allInnerTexts();
    for (const sign of ['●', '✱', '–']) check(words.some((word) => word.includes(sign)), `no cell has ${sign}`);
    await inspect(admin, 'matrix');
    await admin.setViewportSize({ width: 360, height: 780 });
    await checkNoHorizontalScroll(admin);
    const region = main.getByRole('region', { name: 'Matrix of articles' });
    const head = region.locator('tbody th').first();
    const before = (await head.boundingBox()).x;
    await region.evaluate((element) => element.scrollTo(200, 0));
    check(Math.abs((await head.boundingBox()).x - before) < 2, 'the first column scrolls away');
    await admin.setViewportSize({ width: 1280, height: 900 });
  });

  await step('ticks are set by keyboard, previewed, done as one change, and undone', async () => {
    const box = main.locator('.matrix input[type=checkbox]:not(:checked)').first();
    const value = await box.getAttribute('value');
    await box.focus();
    await admin.keyboard.press('Space');
    await main.getByRole('button', { name: 'Preview changes' }).focus();
    await admin.keyboard.press('Enter');
    await main.getByRole('heading', { name: /^Change 1 permission/ }).waitFor();
    await inspect(admin, 'matrix-preview');
    await main.locator('[name=reason]').fill('as agreed');
    await admin.keyboard.press('Enter');
    await admin.getByRole('link', { name: 'Undo' }).first().waitFor();
    const same = main.locator(`.matrix input[type=checkbox][value="${value}"]`);
    check(await same.isChecked(), 'the tick is not there after the change');
    await inspect(admin, 'matrix-changed');
    await admin.getByRole('link', { name: 'Undo' }).first().click();
    await main.getByRole('button', { name: 'Undo the change' }).click();
    await admin.goto('/admin/permissions/matrix?resource=articles');
    check(!(await same.isChecked()), 'the tick is still there after it was undone');
  });

  await step('a time line is drawn for a user and for a role, and stands in a table too', async () => {
    await admin.goto('/admin/users?q=marta');
    await main.locator('tbody th a').first().click();
    await main.getByRole('link', { name: 'Time line', exact: true }).click();
    check((await main.locator('.lanes rect').count()) > 0, 'no bar is drawn');
    await inspect(admin, 'user-timeline');
    await main.getByRole('link', { name: /^What he could do then/ }).first().click();
    checkPath(admin, '/admin/access/what-can');
    await admin.goto('/admin/roles?q=warehouse-worker');
    await main.locator('tbody th a').first().click();
    await main.getByRole('link', { name: 'Time line', exact: true }).click();
    check((await main.locator('.lanes polyline').count()) === 1, 'the number of members is not drawn');
    await inspect(admin, 'role-timeline');
  });

  await step('can, who can, what can and a comparison answer', async () => {
    await admin.goto('/admin/access?user=marta&permission=orders:read');
    await main.getByRole('heading', { name: 'Yes' }).waitFor();
    await inspect(admin, 'can-yes');
    await admin.goto('/admin/access?user=marta&permission=articles:archive');
    await main.getByRole('heading', { name: 'No', exact: true }).waitFor();
    await inspect(admin, 'can-no');
    await admin.goto('/admin/access/who-can?permission=orders:read');
    check((await main.locator('tbody tr').count()) > 1, 'nobody is found');
    await inspect(admin, 'who-can');
    await admin.goto('/admin/access/what-can?user=marta');
    await inspect(admin, 'what-can');
    await admin.goto('/admin/access/comparison?user=marta&other=ada');
    await inspect(admin, 'comparison');
  });

  await step('one\'s own access tells the way to each right, and a role can be handed back', async () => {
    await admin.goto('/account/access');
    await inspect(admin, 'my-access');
    await main.getByRole('link', { name: /^the way/ }).first().click();
    await inspect(admin, 'my-access-why');
    await admin.goto('/account/access');
    await main.getByRole('link', { name: /^Hand back/ }).first().click();
    await inspect(admin, 'my-access-hand-back');
  });

  await step('the company of these questions ends cleanly', () => server.stop());
}
