// The pages around users and roles: overview, constraints, sessions, settings, a user's security.

import { check, checkPath, expectTrouble, fill, inspect } from './lib.mjs';

const LIST = '/admin/access/constraints';

export default async function rest(world) {
  const { step, admin } = world;
  const main = admin.getByRole('main');
  const press = (name) => main.getByRole('button', { name, exact: true }).first().click();

  await step('the overview draws sign-ins, and opens the table behind them', async () => {
    await admin.goto('/admin');
    check((await admin.locator('figure.chart rect.bar-ok').count()) > 0, 'no bar is drawn');
    await admin.getByText('The same as a table').click();
    await inspect(admin, 'overview-table');
  });

  await step('a constraint is previewed, created, changed and deleted', async () => {
    await admin.goto(`${LIST}/new`);
    await inspect(admin, 'constraint-kinds');
    await main.getByRole('link', { name: /At least so many/ }).click();
    await fill(admin, { name: 'Somebody is admin', role_id: 'admin', n: '1000' });
    await admin.keyboard.press('Escape');
    expectTrouble(admin, /\b409\b/);
    await press('Create constraint');
    await main.getByRole('alert').waitFor();
    await inspect(admin, 'constraint-refused');
    await fill(admin, { n: '1' });
    await press('Preview');
    await main.getByText('It would hold').waitFor();
    await inspect(admin, 'constraint-preview');
    await press('Create constraint');
    await main.getByText('is in force').waitFor();
    await inspect(admin, 'constraint');
    await main.getByRole('link', { name: 'Change', exact: true }).click();
    await inspect(admin, 'constraint-edit');
    await admin.goto(LIST);
    await inspect(admin, 'constraints');
    await main.getByRole('link', { name: 'Somebody is admin' }).click();
    await main.getByRole('link', { name: 'Delete', exact: true }).click();
    await inspect(admin, 'constraint-delete');
  });

  await step('everybody\'s sessions are listed, and a chosen one is asked about before it ends', async () => {
    await admin.goto('/admin/sessions');
    await inspect(admin, 'sessions');
    await main.getByRole('checkbox').first().check();
    await press('End chosen sessions');
    checkPath(admin, '/admin/sessions/delete');
    await inspect(admin, 'sessions-delete');
    await admin.goto('/admin/sessions?q=10.255.');
    await inspect(admin, 'sessions-none');
  });

  await step('settings tell where they come from, and can be changed', async () => {
    await admin.goto('/admin/settings');
    check((await main.innerText()).includes('SIGN_UP'), 'SIGN_UP is not told');
    await inspect(admin, 'settings');
    await main.getByRole('link', { name: 'Change settings' }).click();
    await inspect(admin, 'settings-edit');
  });
}
