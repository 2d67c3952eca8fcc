import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a host that is so many milliseconds long, there and back, and what went over it. */
export interface SlowLine {
  readonly port: number;
  /** How often the near side spoke again after it had heard something: each time it had waited for the far one. */
  turns(): number;
  close(): Promise<void>;
}

/** To a port of a host on this machine, at its own address. Half of the way lies before the count, half behind it: answers never overtake. */
export const openSlowLine = async (
  { address, port }: { readonly address: string; readonly port: number },
  roundTrip: number,
): Promise<SlowLine> => {
  let turns = 0;
  const sockets = new Set<Socket>();
  const later = (from: Socket, to: Socket, passed: () => void): void => {
    sockets.add(from);
    from.on('data', (chunk) => {
      passed();
      setTimeout(() => to.write(chunk), roundTrip / 2);
    });
    from.on('end', () => setTimeout(() => to.end(), roundTrip / 2));
    from.on('close', () => setTimeout(() => to.destroy(), roundTrip / 2));
    from.on('error', () => undefined);
  };
  const server = createServer({ noDelay: true }, (near) => {
    let heard = true;
    const far = connect({ host: address, port, noDelay: true });
    later(near, far, () => {
      if (heard) turns += 1;
      heard = false;
    });
    later(far, near, () => (heard = true));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    turns: () => turns,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
