#!/usr/bin/env node
import { main } from './main.ts';

// The only place that ends the process: everything else returns, so that it can clean up.
main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
    // Connections are closed by now; what may still linger is a library's timer.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
  },
  (thrown: unknown) => {
    process.stderr.write(
      `fab: this is a bug of fabwright, please report it:\n${(thrown as Error).stack ?? String(thrown)}\n`,
    );
    process.exit(70);
  },
);
