/**
 * A process of its own that lengthens the way to hosts: node relay.mjs ROUND-TRIP-MS HOST:PORT …
 * Says a JSON list of its ports on 127.0.0.1, one per host, then passes bytes on, in their order, half a round
 * trip late in each direction; a connection is there after the three halves that its greeting takes. Ends when its
 * standard input does.
 * A link's delay and nothing else: its width is not narrowed, and TCP's own slow start happens on either side of it.
 */
import { connect, createServer } from 'node:net';

const [delay, ...targets] = process.argv.slice(2);
const roundTrip = Number(delay);

/** Passes on from one socket to the other, late; chunks keep their order because all wait equally long. */
const later = (from, to) => {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), roundTrip / 2));
  from.on('end', () => setTimeout(() => to.end(), roundTrip / 2));
  from.on('close', () => setTimeout(() => to.destroySoon(), roundTrip / 2));
  from.on('error', () => undefined);
};

const relayTo = (target) => {
  const [host, port] = target.split(':');
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const early = [];
    const keep = (chunk) => early.push(chunk);
    near.on('data', keep).on('error', () => undefined);
    setTimeout(() => {
      const far = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
      near.off('data', keep);
      early.forEach((chunk) => far.write(chunk));
      later(near, far);
      later(far, near);
      if (near.readableEnded || near.destroyed) far.end();
    }, 1.5 * roundTrip);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', 4096, () => resolve(server.address().port)));
};

process.stdout.write(`${JSON.stringify(await Promise.all(targets.map(relayTo)))}\n`);
process.stdin.resume().on('end', () => process.exit(0));
