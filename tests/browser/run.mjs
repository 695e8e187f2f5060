// Runs the journeys in order, each on the state that the ones before it left:
//   ROLECALL_BIN=…/rolecall [SCREENSHOTS=folder] [JOURNEYS=setup,company] node run.mjs

import { launchBrowser, startServer } from './lib.mjs';

const JOURNEYS = (process.env.JOURNEYS ?? 'setup,company,account,search,bulk,rest,access,tokens,tasks,forward,quality').split(',');
const LIMIT = 30 * 60_000;
const STEP_LIMIT = 5 * 60_000;

let passed = 0;
let failed = 0;

/** A step is a sentence and what proves it. A step builds on those before it, so the first failure ends the journey. */
async function step(sentence, prove) {
  const began = Date.now();
  try {
    await Promise.race([prove(), late(sentence)]);
    passed += 1;
    console.log(`  ok    ${sentence} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAIL  ${sentence}\n${error.stack.replaceAll(/^/gm, '        ')}`);
    throw new StepFailed();
  }
}

/** Fails after a while: an answer of the browser that never comes must not take the time of all steps. */
const late = (what) =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`took longer than ${STEP_LIMIT / 60_000} minutes: ${what}`)), STEP_LIMIT).unref();
  });

class StepFailed extends Error {}

async function main() {
  const world = { step };
  try {
    await step('the server starts with an empty data folder and prints a set-up link', async () => {
      world.server = await startServer();
    });
    await step('the browser starts', async () => {
      world.browser = await launchBrowser();
    });
    for (const name of JOURNEYS) {
      console.log(`${name}`);
      const journey = await import(`./${name}.mjs`);
      await journey.default(world);
    }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    if (world.server) console.log(`\nThe server's last lines:\n${world.server.output().split('\n').slice(-30).join('\n')}`);
  } finally {
    await Promise.race([world.browser?.close(), late('to close the browser')]);
  }
  if (world.server) {
    await step('the server ends cleanly when it is asked to', () => world.server.stop()).catch(() => {});
  }
}

setTimeout(() => {
  console.log(`  FAIL  the journeys took longer than ${LIMIT / 60_000} minutes`);
  console.log(`\n${passed} passed, ${failed + 1} failed`);
  process.exit(1);
}, LIMIT).unref();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

await main().catch((error) => {
  failed += 1;
  console.log(error.stack);
});
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
