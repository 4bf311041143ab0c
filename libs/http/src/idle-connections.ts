import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections without a request, until `stop`. When a server begins to close, Node closes connections that are
 * idle then. It would wait for those that become idle later, or never had a request, until they expire.
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
