/**
 * A deploy from a program of one's own: `npx jiti deploy.ts ENVIRONMENT`, next to environments/.
 * It asks nothing: what the command line would ask is answered here or is a reason to stop.
 */
import { Interrupted, load, look, orThrow, plan, plannedSteps, ProblemsFound, run, type Standing } from 'fabwright';

const place = (standing: Standing): string => {
  switch (standing.kind) {
    case 'release':
      return `${standing.id} (${standing.commit ?? 'no commit'})`;
    case 'absent':
      return 'no release';
    case 'unknown':
      return `not known: ${standing.why}`;
    case 'other':
      return standing.what;
  }
};

/** Returns the exit status that `fab ENVIRONMENT deploy --yes` would have. */
const deploy = async (environment: string, signal: AbortSignal): Promise<number> => {
  const loaded = orThrow(await load({ environment }));
  try {
    const planned = orThrow(await plan(loaded, 'deploy', {}, { answers: ['yes', 'same-commit'], signal }));
    for (const { id, hosts } of plannedSteps(planned.plan.nodes)) console.log(`plan: ${id} on ${hosts.join(', ')}`);

    const outcome = await run(planned, {
      signal,
      observe: (event) => {
        if (event.type === 'step-finished') console.log(`${event.ok ? 'done' : 'failed'}: ${event.step}`);
      },
    });
    for (const { step, host, failure } of outcome.failures) console.error(`${step} on ${host}:`, failure);
    for (const [host, standing] of Object.entries(outcome.standings)) console.log(`${host}: ${place(standing)}`);

    // Views are there, too, over the same connections.
    console.log(orThrow(await look(loaded, 'status')).text);
    return outcome.status;
  } finally {
    await loaded.close();
  }
};

// Ctrl-C ends what runs on the hosts, too, and leaves a deploy that can be resumed.
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Interrupted(name)));

try {
  process.exitCode = await deploy(process.argv[2] ?? 'production', stop.signal);
} catch (thrown) {
  // Nothing was touched; every problem is a sentence.
  if (!(thrown instanceof ProblemsFound)) throw thrown;
  console.error(thrown.message);
  process.exitCode = 2;
}
