import { createServer, type Server } from 'node:net';

const address = '127.0.0.1';

const listenOn = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });

/** Listens on loopback: on `port` if it is free, else on a port that is. */
export const listen = async (server: Server, port: number): Promise<number> => {
  try {
    return await listenOn(server, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return listenOn(server, 0);
  }
};

/** `count` different ports that are free now. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map((server) => listenOn(server, 0)));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

/** `port` if nobody listens there, else one that is free. */
export const freePort = async (port: number): Promise<number> => {
  const server = createServer();
  const found = await listen(server, port);
  await new Promise((resolve) => server.close(resolve));
  return found;
};
