// Tokens for programs: one of one's own, made, seen once, replaced and revoked; and a service account with one of its own.

import { check, fill, inspect } from './lib.mjs';

const main = (page) => page.getByRole('main');
const press = (page, name) => main(page).getByRole('button', { name, exact: true }).click();

/** The status that a program gets by this token. */
async function asked(world, token) {
  const answer = await fetch(new URL('/api/v1/me', world.admin.url()), { headers: { authorization: `Bearer ${token}` } });
  return answer.status;
}

async function secret(page) {
  await page.locator('#secret').waitFor();
  return page.locator('#secret').innerText();
}

export default async function tokens(world) {
  const { step, admin } = world;
  let first;
  let second;

  await step('a token is made on the page of the account and seen once', async () => {
    await admin.goto('/account/tokens');
    await inspect(admin, 'tokens-empty');
    await main(admin).getByRole('link', { name: 'New token' }).first().click();
    await inspect(admin, 'tokens-new');
    await fill(admin, { name: 'nightly backup', networks: '127.0.0.0/8, ::1' });
    await main(admin).getByLabel('All that its owner has').check();
    await press(admin, 'Make token');
    first = await secret(admin);
    await inspect(admin, 'tokens-made');
    check(/^rc_pat_[a-z2-7]{59}$/.test(first), `${first} has the form of a token`);
    check((await asked(world, first)) === 200, 'a program gets in by it');
    await admin.goto('/account/tokens');
    check(!(await admin.content()).includes(first), 'the list does not show it');
    await inspect(admin, 'tokens');
  });

  await step('it is replaced by another one, and that is revoked', async () => {
    await main(admin).getByRole('link', { name: 'Replace nightly backup' }).click();
    await inspect(admin, 'tokens-rotation');
    await main(admin).getByLabel('The old one ends at once').check();
    await press(admin, 'Replace token');
    second = await secret(admin);
    check((await asked(world, first)) === 401, 'the old one is refused');
    check((await asked(world, second)) === 200, 'the new one is taken');
    await admin.goto('/account/tokens');
    await main(admin).getByRole('link', { name: 'Revoke nightly backup' }).click();
    await inspect(admin, 'tokens-revoke');
    await press(admin, 'Revoke token');
    await admin.waitForURL('**/account/tokens');
    check((await asked(world, second)) === 401, 'nobody gets in by it any more');
  });

  await step('a service account is made, and a token for it', async () => {
    await admin.goto('/admin/users/new?kind=service');
    await inspect(admin, 'service-account-new');
    await fill(admin, { first_name: 'Invoice import', username: 'invoice-import' });
    await press(admin, 'Create service account');
    await admin.waitForURL('**/tokens');
    await inspect(admin, 'service-account-tokens-empty');
    await main(admin).getByRole('link', { name: 'New token' }).first().click();
    await fill(admin, { name: 'production' });
    await main(admin).getByLabel('All that its owner has').check();
    await press(admin, 'Make token');
    const token = await secret(admin);
    check(token.startsWith('rc_svc_'), 'it is one of a service account');
    check((await asked(world, token)) === 200, 'the program is the account');
    await main(admin).getByRole('link', { name: 'I have kept it' }).click();
    await inspect(admin, 'service-account-tokens');
  });
}
