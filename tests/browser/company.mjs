// The way of the first hour: the administrator makes a permission, a role and gives it; somebody signs up, sets up an
// authenticator app, and signs in with it. Then all pages, in every look.

import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, checkPath, expectTrouble, fill, inspect, leave, newVisitor } from './lib.mjs';
import { ADMIN } from './setup.mjs';

export const BOB = {
  first_name: 'Bartholomew',
  last_name: 'Featherstonehaugh-Cholmondeley',
  username: 'bob',
  email: 'bartholomew.featherstonehaugh@a-rather-long-company-name.example.test',
  password: 'four brown owls under the bridge',
};

const submit = (page, name) => page.getByRole('main').getByRole('button', { name, exact: false }).first().click();

/** RFC 6238, as an app on the phone would do it. */
export function totp(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** What a phone's camera reads from the QR code on the page. */
async function readQr(page) {
  const file = join(await mkdtemp(join(tmpdir(), 'qr-')), 'qr.png');
  await writeFile(file, await page.locator('.qr').screenshot());
  const { stdout } = await promisify(execFile)('zbarimg', ['--quiet', '--raw', file]);
  return new URL(stdout.trim());
}

export default async function company(world) {
  const { step } = world;
  const admin = world.admin;
  const bob = await newVisitor(world);
  let secret;
  let recovery, spare;

  await step('somebody signs up, and his mistakes are told at their fields', async () => {
    await bob.goto('/login');
    await inspect(bob, 'login');
    await bob.getByRole('link', { name: 'Create an account' }).click();
    await inspect(bob, 'signup');
    expectTrouble(bob, /\b422\b/);
    await fill(bob, { ...BOB, password: 'password' });
    await submit(bob, 'Create account');
    await bob.getByRole('alert').waitFor();
    check((await bob.locator('[name=username]').inputValue()) === BOB.username, 'what was typed is gone');
    check((await bob.locator('[name=password]').inputValue()) === '', 'the password came back');
    await inspect(bob, 'signup-errors');
    await fill(bob, { password: BOB.password });
    await submit(bob, 'Create account');
    await bob.waitForURL('**/signup/done');
    await inspect(bob, 'signup-done');
  });

  await step('the welcome mail stands in the outbox, and its link verifies the address by one button', async () => {
    await admin.goto('/admin/mails');
    await inspect(admin, 'mails');
    await admin.getByRole('link', { name: /Welcome/ }).first().click();
    await inspect(admin, 'mail');
    const link = (await admin.getByRole('main').innerText()).match(/http:\/\/\S+\/verify\/\S+/)[0];
    await bob.goto(link);
    await inspect(bob, 'verify');
    await submit(bob, 'Verify');
    await bob.goto('/login');
    expectTrouble(bob, /\b410\b/);
    await bob.goto(link);
    await inspect(bob, 'link-used');
  });

  await step('the administrator registers a permission', async () => {
    await admin.goto('/admin/permissions');
    await inspect(admin, 'permissions');
    await admin.goto('/admin/permissions/new');
    await inspect(admin, 'permission-new');
    await fill(admin, { resource: 'invoices', action: 'approve', label: 'Approve invoices', description: 'Let an invoice be paid.' });
    await submit(admin, 'Register');
    await admin.waitForURL(/\/admin\/permissions\/\d+$/);
    await inspect(admin, 'permission');
  });

  await step('makes a role that has it', async () => {
    await admin.goto('/admin/roles');
    await inspect(admin, 'roles');
    await admin.goto('/admin/roles/new');
    await inspect(admin, 'role-new');
    await fill(admin, { name: 'approver', description: 'Approves invoices.' });
    await submit(admin, 'Create role');
    await admin.waitForURL(/\/admin\/roles\/\d+$/);
    await inspect(admin, 'role-empty');
    await fill(admin, { permission: 'invoices:approve', permission_condition: 'resource.status = "open"' });
    expectTrouble(admin, /\b422\b/);
    await admin.locator('form[action$="/permissions"]').getByRole('button', { name: 'Preview' }).click();
    await admin.getByRole('alert').waitFor();
    check((await admin.getByRole('main').innerText()).includes('Write == to compare'), 'the mistake in the condition is not told');
    await fill(admin, { permission_condition: '' });
    await admin.locator('form[action$="/permissions"]').getByRole('button', { name: 'Preview' }).click();
    await admin.getByRole('heading', { name: 'What it would do' }).waitFor();
    await inspect(admin, 'role-preview');
    await submit(admin, 'Give permission');
    await admin.locator('.flash.ok').waitFor();
    await inspect(admin, 'role');
  });

  await step('and gives it to him, for a while and with a reason', async () => {
    await admin.goto('/admin/users?q=bartholomew');
    await inspect(admin, 'users-search');
    await admin.getByRole('link', { name: /Bartholomew/ }).click();
    await inspect(admin, 'user');
    await fill(admin, { role: 'approver', scope: 'project/42', valid_to: '2099-12-31T18:00', reason: 'stands in for Grace' });
    await admin.getByRole('button', { name: 'Preview' }).click();
    await admin.getByRole('heading', { name: 'What it would do' }).waitFor();
    check((await admin.locator('.effects .gain').innerText()).includes('invoices:approve'), 'the preview names no gain');
    await inspect(admin, 'user-preview');
    await submit(admin, 'Give role');
    await admin.locator('.flash.ok').waitFor();
    await inspect(admin, 'user-with-role');
    await admin.getByRole('link', { name: /Take away/ }).first().click();
    check((await admin.locator('.effects .lose').last().innerText()).includes('invoices:approve'), 'the loss is not named');
    await inspect(admin, 'user-take-role');
  });

  await step('he signs in and sets up an authenticator app by its QR code', async () => {
    await bob.goto('/login');
    await fill(bob, { username_or_email: BOB.email, password: BOB.password });
    await submit(bob, 'Sign in');
    await bob.waitForURL('**/account');
    await inspect(bob, 'account');
    await bob.getByRole('link', { name: 'Second factor' }).click();
    await inspect(bob, 'second-factor');
    await bob.getByRole('link', { name: /Set up/ }).click();
    await inspect(bob, 'second-factor-totp');
    secret = (await readQr(bob)).searchParams.get('secret');
    await fill(bob, { code: totp(secret, Date.now() - 30_000) });
    await submit(bob, 'Turn on');
    await bob.waitForURL('**/account/second-factor');
    await inspect(bob, 'second-factor-on');
    await bob.getByRole('link', { name: 'Make recovery codes' }).click();
    await inspect(bob, 'recovery-codes-ask');
    await submit(bob, 'Make codes');
    await bob.locator('ol.recovery').waitFor();
    await inspect(bob, 'recovery-codes');
    [recovery, spare] = await bob.locator('ol.recovery code').allInnerTexts();
    await bob.getByRole('button', { name: /Sign out/ }).first().click();
    await bob.waitForURL('**/login');
  });

  await step('and signs in with it: a wrong code is refused, a right one is taken', async () => {
    await fill(bob, { username_or_email: 'bob', password: BOB.password });
    await submit(bob, 'Sign in');
    await bob.waitForURL('**/login/code**');
    await inspect(bob, 'login-code');
    expectTrouble(bob, /\b422\b/);
    await fill(bob, { code: '000000' });
    await submit(bob, 'Sign in');
    await bob.getByRole('alert').waitFor();
    await inspect(bob, 'login-code-wrong');
    await fill(bob, { code: totp(secret) });
    await submit(bob, 'Sign in');
    await bob.waitForURL('**/account');
  });

  await step('without his phone he signs in by a recovery code', async () => {
    await bob.goto('/logout');
    await bob.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
    await bob.waitForURL('**/login');
    await fill(bob, { username_or_email: 'bob', password: BOB.password });
    await submit(bob, 'Sign in');
    await bob.waitForURL('**/login/code**');
    await bob.getByText('Use a recovery code').click();
    await inspect(bob, 'login-recovery');
    await fill(bob, { recovery_code: recovery });
    await submit(bob, 'Sign in with it');
    await bob.waitForURL('**/account/second-factor');
    await bob.getByText('7 left').waitFor();
    await inspect(bob, 'second-factor-recovered');
  });

  await step('a device that is new is told by mail, whose link asks before it does anything', async () => {
    const other = await newVisitor(world, { userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36' });
    await other.goto('/login');
    await fill(other, { username_or_email: 'bob', password: BOB.password });
    await submit(other, 'Sign in');
    await other.waitForURL('**/login/code**');
    await other.getByText('Use a recovery code').click();
    await fill(other, { recovery_code: spare });
    await submit(other, 'Sign in with it');
    await other.waitForURL('**/account/second-factor');
    await admin.goto('/admin/mails');
    await admin.getByRole('link', { name: /A new device signed in/ }).first().click();
    await inspect(admin, 'mail-new-device');
    const link = (await admin.getByRole('main').innerText()).match(/http:\S+\/not-me\/\S+/)[0];
    await other.goto(link);
    await inspect(other, 'not-me');
    await leave(other);
  });

  await step('he adds his tablet as a second app, and trusts this device at the next sign-in', async () => {
    await bob.goto('/account/second-factor');
    await bob.getByRole('link', { name: /Add another one/ }).click();
    const tablet = (await readQr(bob)).searchParams.get('secret');
    check(tablet !== secret, 'the working secret is shown again');
    await fill(bob, { name: 'Tablet', code: totp(tablet, Date.now() - 30_000) });
    await submit(bob, 'Turn on');
    await bob.waitForURL('**/account/second-factor');
    await bob.getByRole('link', { name: 'Rename Tablet' }).click();
    await inspect(bob, 'second-factor-rename');
    await fill(bob, { name: 'Tablet of the whole family, with a name that is long'.slice(0, 40) });
    await submit(bob, 'Rename');
    await bob.waitForURL('**/account/second-factor');
    await inspect(bob, 'second-factor-two-apps');
    const signIn = async () => {
      await bob.goto('/logout');
      await bob.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
      await bob.waitForURL('**/login');
      await fill(bob, { username_or_email: 'bob', password: BOB.password });
      await submit(bob, 'Sign in');
    };
    await signIn();
    await bob.waitForURL('**/login/code**');
    await bob.getByLabel(/Do not ask for a code on this device for 30 days/).check();
    await inspect(bob, 'login-code-trust');
    await fill(bob, { code: totp(tablet) });
    await submit(bob, 'Sign in');
    await bob.waitForURL('**/account');
    await signIn();
    await bob.waitForURL('**/account');
    await bob.goto('/account/second-factor');
    await inspect(bob, 'second-factor-trusted');
    await bob.getByRole('button', { name: /Ask for a code again/ }).click();
    await bob.locator('.flash.ok').waitFor();
    await admin.goto('/admin/mails');
    await admin.getByRole('link', { name: /no code is asked for on/ }).first().click();
    await inspect(admin, 'mail-trusted-device');
  });

  await step('his account shows what he may do, and every page of it is content', async () => {
    for (const part of ['password', 'sessions', 'access', 'activity', 'data', 'deletion', 'reauthentication']) {
      await bob.goto(`/account/${part}`);
      await inspect(bob, `account-${part}`);
    }
    await bob.goto('/account/access');
    check((await bob.getByRole('main').innerText()).includes('invoices:approve'), 'his permission is not there');
    await bob.getByLabel('approver').uncheck();
    await submit(bob, 'Use these roles');
    await bob.locator('.flash.ok').waitFor();
    check(!(await bob.getByRole('main').innerText()).includes('invoices:approve'), 'the session still has the role');
    await inspect(bob, 'account-access-restricted');
    await submit(bob, 'Use all my roles');
    await bob.locator('.flash.ok').waitFor();
    await bob.goto('/account/second-factor');
    await bob.getByRole('link', { name: 'Turn off Phone' }).click();
    await inspect(bob, 'second-factor-remove');
    await bob.goto('/logout');
    await inspect(bob, 'logout');
  });

  await step('the panel is closed to him, with the name of the permission', async () => {
    expectTrouble(bob, /\b403\b/);
    await bob.goto('/admin/users');
    check((await bob.getByRole('main').innerText()).includes('rolecall.users:read'), 'the missing permission is not named');
    await inspect(bob, 'forbidden');
    expectTrouble(bob, /\b404\b/);
    await bob.goto('/no/such/page');
    await inspect(bob, 'not-found');
  });

  await step('every other page of the panel is content', async () => {
    await admin.goto('/admin/users?q=bartholomew');
    await admin.getByRole('link', { name: /Bartholomew/ }).click();
    const user = new URL(admin.url()).pathname;
    const pages = {
      overview: '/admin', 'all-sessions-end': '/admin/sessions/end', users: '/admin/users', 'users-none': '/admin/users?q=nobody-has-this', 'users-waiting': '/admin/users?filter=waiting', 'role-sign-in-rules': '/admin/roles/1/sign-in-rules', 'user-new': '/admin/users/new',
      'user-edit': `${user}/edit`, 'user-sessions': `${user}/sessions`, 'user-activity': `${user}/activity`,
      'user-disable': `${user}/disable`, 'user-second-factors-delete': `${user}/second-factors/delete`, 'user-delete': `${user}/delete`, audit: '/admin/audit', 'roles-list': '/admin/roles',
    };
    for (const [name, path] of Object.entries(pages)) {
      const answer = await admin.goto(path);
      check(answer.status() === 200, `${path}: ${answer.status()}`);
      await inspect(admin, name);
    }
  });

  await step('the last administrator cannot be disabled, and the page says why', async () => {
    await admin.goto(`/admin/users?q=${ADMIN.username}`);
    await admin.getByRole('main').getByRole('link', { name: new RegExp(ADMIN.first_name) }).first().click();
    const user = new URL(admin.url()).pathname;
    await admin.goto(`${user}/disable`);
    expectTrouble(admin, /\b409\b/);
    await submit(admin, 'Disable');
    check((await admin.getByRole('main').innerText()).includes('last one who holds the role admin'), 'it does not say why');
    await inspect(admin, 'last-admin');
  });

  await step('without JavaScript it is the same: sign in, change the theme, open the menu, search, sign out', async () => {
    const plain = await newVisitor(world, { javaScriptEnabled: false });
    await plain.goto('/admin/roles');
    await plain.waitForURL('**/login?next=**');
    await fill(plain, { username_or_email: ADMIN.username, password: ADMIN.password });
    await submit(plain, 'Sign in');
    checkPath(plain, '/admin/roles');
    await plain.setViewportSize({ width: 390, height: 800 });
    await plain.locator('.menu summary').click();
    await plain.locator('.menu').getByRole('link', { name: 'Users' }).click();
    checkPath(plain, '/admin/users');
    await plain.setViewportSize({ width: 1280, height: 800 });
    await plain.getByRole('button', { name: /dark/i }).first().click();
    check((await plain.locator('html').getAttribute('data-theme')) === 'dark', 'the theme did not change');
    await plain.getByRole('searchbox').first().fill('bartholomew');
    await plain.getByRole('searchbox').first().press('Enter');
    checkPath(plain, '/admin/search');
    await plain.getByRole('link', { name: /Bartholomew/ }).first().waitFor();
    await plain.getByRole('button', { name: /Sign out/ }).first().click();
    checkPath(plain, '/login');
    await leave(plain);
  });
}
