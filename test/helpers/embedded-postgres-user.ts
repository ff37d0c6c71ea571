import { createInterface } from 'node:readline';
import { startEmbeddedPostgres } from '../../lib/targets/postgres/embedded/start-embedded-postgres.ts';

/** A command of its own that uses the embedded server in the folder it is given until its input says `stop`. */
const server = await startEmbeddedPostgres({ dir: process.argv[2] ?? '', fast: true });
console.log(server.url);
createInterface({ input: process.stdin }).on('line', async () => {
  await server.stop();
  process.stdin.destroy();
});
