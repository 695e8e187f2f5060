// The rest of what a person sees of his account: the doors for who cannot get in, and forms that come back.
// By somebody whose name runs from right to left, with an emoji in it.

import { check, expectTrouble, fill, inspect, newVisitor } from './lib.mjs';

const MARYAM = {
  first_name: 'مريم 🦉 بنت',
  last_name: 'المستكفي_بالله_ابن_عبد_الرحمن_الناصر_لدين_الله',
  username: 'مريم-the-very-long-username-of-somebody-who-types-64-characters',
  email: 'maryam@example.test',
  password: 'nine grey geese beside the mill',
};

const submit = (page, name) => page.getByRole('main').getByRole('button', { name, exact: false }).first().click();

/** The link in the latest mail to her whose subject is like this. */
async function mailedLink(admin, subject, path) {
  await admin.goto(`/admin/mails?q=${encodeURIComponent(MARYAM.email)}`);
  await admin.getByRole('main').getByRole('link', { name: subject }).first().click();
  return (await admin.getByRole('main').innerText()).match(new RegExp(`http:\\S+${path}\\S+`))[0];
}

export default async function account(world) {
  const { step, admin } = world;
  const maryam = await newVisitor(world);

  await step('who forgot the password is told to look into the mail, whoever it is', async () => {
    await maryam.goto('/signup');
    await fill(maryam, MARYAM);
    await submit(maryam, 'Create account');
    await maryam.waitForURL('**/signup/done');
    await maryam.goto('/forgot');
    await inspect(maryam, 'forgot');
    await fill(maryam, { email: MARYAM.email });
    await submit(maryam, 'Send the link');
    await maryam.waitForURL('**/forgot/done');
    await inspect(maryam, 'forgot-done');
  });

  await step('the mailed link leads to a new password', async () => {
    const link = await mailedLink(admin, /new password/i, '/reset/');
    await maryam.goto(link);
    await inspect(maryam, 'reset');
    expectTrouble(maryam, /\b422\b/);
    await fill(maryam, { password: 'homelesspa' });
    await submit(maryam, 'Set password');
    await maryam.getByRole('alert').waitFor();
    check((await maryam.getByRole('main').innerText()).includes('commonest'), 'it is not told that the password is common');
    await inspect(maryam, 'reset-errors');
    await fill(maryam, { password: MARYAM.password });
    await submit(maryam, 'Set password');
    await maryam.waitForURL(/\/login|\/account/);
  });

  await step('her long name from right to left breaks no page, nor the panel', async () => {
    await maryam.goto('/login');
    await fill(maryam, { username_or_email: MARYAM.username, password: MARYAM.password });
    await submit(maryam, 'Sign in');
    await maryam.waitForURL('**/account');
    for (const part of ['', '/password', '/second-factor', '/sessions', '/access', '/activity']) {
      await maryam.goto(`/account${part}`);
      await inspect(maryam, `long-name${part.replaceAll('/', '-')}`);
    }
    await admin.goto(`/admin/users?q=${encodeURIComponent('maryam')}`);
    await inspect(admin, 'users-long-name');
    await admin.getByRole('main').getByRole('link', { name: /مريم/ }).first().click();
    await inspect(admin, 'user-long-name');
  });

  await step('a form whose session ended meanwhile comes back after the sign-in', async () => {
    await maryam.goto('/account');
    const other = await maryam.context().newPage();
    await other.goto('/logout');
    await other.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
    await maryam.bringToFront();
    expectTrouble(maryam, /\b403\b/);
    await maryam.locator('[name=first_name]').fill('مريم');
    await maryam.locator('[name=first_name]').press('Enter');
    await maryam.locator('[name=username_or_email]').waitFor();
    await inspect(maryam, 'held-login');
    await fill(maryam, { username_or_email: MARYAM.email, password: MARYAM.password });
    await submit(maryam, 'Sign in');
    await inspect(maryam, 'held');
  });
}
