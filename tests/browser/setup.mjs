// The first minute: from the link in the log to a signed-in administrator.

import { check, checkPath, expectTrouble, fill, inspect, leave, newVisitor } from './lib.mjs';

export const ADMIN = {
  first_name: 'Ada',
  last_name: 'Okonkwo-Lindström',
  username: 'ada',
  email: 'ada@example.test',
  password: 'seven quiet herons over the weir',
};

export default async function setup(world) {
  const { step, server } = world;
  const page = await newVisitor(world);

  await step('a wrong set-up link is refused', async () => {
    expectTrouble(page, /\b410\b/);
    const answer = await page.goto('/setup/not-the-token');
    check(answer.status() === 410, `expected 410, got ${answer.status()}`);
    await inspect(page, 'setup-wrong-link');
  });

  await step('the set-up link opens a form that every look and axe are content with', async () => {
    await page.goto(server.setupUrl);
    await inspect(page, 'setup');
  });

  await step('the form makes the first administrator and leads to the panel, signed in', async () => {
    await fill(page, ADMIN);
    await page.locator('form:has([name="password"]) [type="submit"]').click();
    await page.waitForURL('**/admin');
    checkPath(page, '/admin');
    await inspect(page, 'admin-first');
  });

  await step('no script on the page can read the session cookie', async () => {
    const cookies = await page.context().cookies();
    check(cookies.length > 0, 'there is no cookie');
    check(cookies.some(({ name }) => name === 'rolecall'), 'the session has no cookie');
    for (const cookie of cookies) check(cookie.httpOnly, `${cookie.name} is not HttpOnly`);
    check((await page.evaluate(() => document.cookie)) === '', 'document.cookie shows something');
  });

  await step('the set-up link works only once', async () => {
    const stranger = await newVisitor(world);
    const answer = await stranger.goto(server.setupUrl);
    check(answer.status() >= 400 || !(await stranger.locator('[name="password"]').count()), 'the form is still there');
    await leave(stranger);
  });

  // The journeys after this one go on as the administrator.
  world.admin = page;
}
