import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AgentClient } from './client';
import { PatienceOverError, TokenRefusedError } from './failures';
import { type ClaimedTask, ProtocolError } from './protocol';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A server with a scripted answer for each request; the last one repeats. */
class Scripted {
  readonly requests: IncomingMessage[] = [];
  private readonly server: Server;

  constructor(private readonly answers: Serve[]) {
    this.server = createServer((request, response) => {
      this.requests.push(request);
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      answer?.(request, response);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const frozen: Serve = () => undefined;
/** Sends the head and the beginning of a body, and then nothing. */
const halfFrozen: Serve = (_request, response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('[');
};
const reset: Serve = (request) => request.socket.destroy();
const answer =
  (status: number, body: unknown = {}): Serve =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

describe('a request of the agent', () => {
  let scripted: Scripted | null = null;
  afterEach(async () => {
    await scripted?.stop();
    scripted = null;
  });
  const clientOf = async (answers: Serve[], patienceSeconds = 60): Promise<AgentClient> => {
    scripted = new Scripted(answers);
    return new AgentClient(await scripted.start(), 'bfg_x', { answerSeconds: 0.2, pollSeconds: 0, patienceSeconds });
  };
  const go = new AbortController().signal;
  const task = (fence: number) => ({ id: 'one', fence }) as ClaimedTask;

  it.each([
    ['does not answer', frozen],
    ['stops in the middle of its answer', halfFrozen],
    ['ends the connection', reset],
    ['is overloaded', answer(429)],
    ['has lost its database', answer(503, { message: 'The database cannot be reached.' })],
  ])('is repeated when the server %s', async (_what, serve) => {
    const client = await clientOf([serve, serve, answer(200, [{ id: 'a' }])]);
    expect(await client.pollTasks('agent', 1, go)).toEqual([{ id: 'a' }]);
    expect(scripted?.requests).toHaveLength(3);
  });

  it.each([
    ['frozen', frozen, /no usable answer for 1 s.*no answer within 0.2 s/],
    ['overloaded', answer(503, { message: 'Too much.' }), /503: Too much/],
  ])('gives up on a server that stays %s once patience is over', async (_what, serve, why) => {
    const client = await clientOf([serve], 1);
    const failed = client.pollRuns('agent', 1, go);
    await expect(failed).rejects.toBeInstanceOf(PatienceOverError);
    await expect(failed).rejects.toThrow(why);
    expect(scripted?.requests.length).toBeGreaterThan(1);
  });

  it('gives up on a server that is not there', async () => {
    const client = await clientOf([frozen], 1);
    await scripted?.stop();
    await expect(client.register('a', 'h', [], go)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is not repeated when the token is refused', async () => {
    const client = await clientOf([answer(401, { message: 'no' })]);
    await expect(client.pollTasks('agent', 1, go)).rejects.toBeInstanceOf(TokenRefusedError);
    await expect(client.startTask(task(1))).rejects.toThrow(/refuses the token \(401\)/);
    expect(scripted?.requests).toHaveLength(2);
  });

  it('tells a token that may do no agent’s work from an item that is not its own', async () => {
    const client = await clientOf([answer(403, { code: 1, message: 'Not yours.' })]);
    await expect(client.pollTasks('agent', 1, go)).rejects.toBeInstanceOf(TokenRefusedError);
    await expect(client.startTask(task(1))).rejects.toBeInstanceOf(ProtocolError);
  });

  it('ends at once when the agent stops', async () => {
    const client = await clientOf([frozen]);
    const stopping = new AbortController();
    const polled = client.pollTasks('agent', 1, stopping.signal);
    stopping.abort();
    await expect(polled).rejects.toThrow(/abort/);
    const started = client.startTask(task(1));
    client.close();
    await expect(started).rejects.toThrow('given up');
    await expect(client.startTask(task(1))).rejects.toThrow('given up');
  });

  it.each([1, 4_503_599_627_370_497, Number.MAX_SAFE_INTEGER])('sends fence %d back as it came', async (fence) => {
    const client = await clientOf([answer(200, [{ id: 'one', fence }])]);
    const [claimed] = await client.pollTasks('agent', 1, go);
    if (!claimed) throw new Error('Nothing was claimed');
    await client.startTask(claimed);
    await client.appendLog(claimed, 0, Buffer.from('x'));
    for (const request of scripted?.requests.slice(1) ?? [])
      expect(request.headers['runledger-fence']).toBe(String(BigInt(fence)));
  });
});
