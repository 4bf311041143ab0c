import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections that nothing is asked over, until `stop`. Node closes those that are idle when a server begins to close; one that
 * becomes idle after that, or over which nothing was ever asked, it would wait for until it expires.
 */
export function watchIdleConnections(server: Server): { closeFrom(): () => void } {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }: { socket: Socket }) => unused.delete(socket));
  return {
    closeFrom() {
      const sweep = (): void => {
        server.closeIdleConnections();
        for (const socket of unused) socket.destroy();
      };
      const timer = setInterval(sweep, 50);
      return () => clearInterval(timer);
    },
  };
}
