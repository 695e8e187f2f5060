// Forward-auth: a rule is made in the panel and tried, and the sign-in goes on to an application on another port.

import { createServer } from 'node:http';
import { check, checkPath, expectTrouble, fill, inspect, leave, newVisitor } from './lib.mjs';

const FRIDA = {
  first_name: 'Frida',
  last_name: 'Lindqvist',
  username: 'frida',
  email: 'frida@example.test',
  password: 'nine grey geese below the bridge',
};

const main = (page) => page.getByRole('main');

export default async function forward(world) {
  const { step, admin } = world;

  await step('the page of forward-auth says what it is before there is a rule', async () => {
    await admin.goto('/admin/settings');
    await main(admin).getByRole('link', { name: 'Forward-auth' }).click();
    checkPath(admin, '/admin/forward-auth');
    await inspect(admin, 'forward-auth-empty');
  });

  await step('a rule is made, and what is wrong with it is told at its field', async () => {
    await main(admin).getByRole('link', { name: 'Create rule' }).first().click();
    await inspect(admin, 'forward-auth-new');
    expectTrouble(admin, /\b422\b/);
    await fill(admin, { host: 'https://invoices.example.com', path: '/admin/*', note: 'The back office' });
    await main(admin).getByRole('button', { name: 'Create rule' }).click();
    await admin.getByRole('alert').waitFor();
    await inspect(admin, 'forward-auth-errors');
    await fill(admin, { host: 'invoices.example.com', path: '/admin', permission: 'rolecall.users:read', methods: 'GET, POST' });
    await main(admin).getByRole('button', { name: 'Create rule' }).click();
    await main(admin).getByRole('heading', { level: 1, name: 'invoices.example.com/admin (GET, POST)' }).waitFor();
    await inspect(admin, 'forward-auth-rule');
  });

  await step('somebody signs up', async () => {
    const page = await newVisitor(world);
    await page.goto('/signup');
    await fill(page, FRIDA);
    await main(page).getByRole('button', { name: 'Create account' }).click();
    await page.waitForURL('**/signup/done');
    await leave(page);
  });

  await step('a request is tried', async () => {
    await admin.goto('/admin/forward-auth');
    await fill(admin, { address: 'https://invoices.example.com/admin/users?page=2', user: 'frida' });
    await main(admin).getByRole('button', { name: 'Try' }).click();
    await main(admin).getByText('frida does not pass').waitFor();
    await inspect(admin, 'forward-auth-tried');
    await admin.goto('/admin/forward-auth?address=invoices.example.com%2Fx%2F..%2Fadmin');
    await main(admin).getByText('Nobody passes', { exact: true }).waitFor();
    await inspect(admin, 'forward-auth-refused');
  });

  await step('the sign-in goes on to the application that one came from, and to no stranger', async () => {
    const cookies = [];
    const application = createServer((request, response) => {
      cookies.push(request.headers.cookie ?? '');
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Invoices</title><h1>Invoices</h1>');
    });
    await new Promise((done) => application.listen(0, '127.0.0.1', done));
    const here = new URL(admin.url());
    const to = `http://${here.hostname}:${application.address().port}/invoices`;
    const page = await newVisitor(world);
    try {
      await page.goto(`/auth/sign-in?to=${encodeURIComponent(to)}`);
      await fill(page, { username_or_email: FRIDA.username, password: FRIDA.password });
      await main(page).getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(to);
      check(cookies.some((sent) => sent.includes('rolecall-forward=')), 'the application was not sent the cookie');
    } finally {
      await leave(page);
      application.close();
    }
    expectTrouble(admin, /\b400\b/);
    await admin.goto('/auth/sign-in?to=https%3A%2F%2Finvoices.example.com.evil.net%2F');
    await main(admin).getByText('not an address of ours').waitFor();
    await inspect(admin, 'forward-auth-elsewhere');
  });
}
