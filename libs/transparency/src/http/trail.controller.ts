import { Access, CurrentReach } from '#libs/access';
import type { Reach, TrailBody } from '#libs/contracts';
import { ApiAnswer, ApiBytesAnswer, ApiFaults, ApiPathName, ApiTextAnswer } from '#libs/http';
import { RefusedError } from '#libs/kernel';
import { applyDecorators, Controller, Get, Param, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { GetTrail } from '../application/get-trail.handler';
import { bundledBytes, cutBundle, hashBytes, parseTilePath } from '../domain';
import { TreeStore } from '../read/tree-store';

/** One token of a person, a team or the installation is enough: tiles and checkpoints say nothing of what an event holds. */
const reads = Access('trail/read', { isOwn: true });

const parts =
  'The number of the tile in groups of three digits, of which all but the last have an x; then .p/<width> for a part of it';

/** A route for a tile's number of this many parts. */
function TileRoute(count: 1 | 2 | 3 | 4) {
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  return applyDecorators(
    Get(`tile/:level/${names.map((name) => `:${name}`).join('/')}`),
    reads,
    ApiOperation({
      operationId: `getTrailTile${['', 'OfTwo', 'OfThree', 'OfFour'][count - 1] ?? ''}`,
      summary: 'A tile, as C2SP tlog-tiles has it.',
    }),
    ApiPathName('level', 'The level from 0, or entries', 'entries'),
    ...names.map((name, index) =>
      ApiPathName(name, index === 0 ? parts : 'The next part', index === 0 ? '000' : undefined),
    ),
    ApiBytesAnswer('The hashes, or the entries'),
    ApiFaults(404),
  );
}

/** The read paths of a C2SP log; its prefix is `/api/v2/trail`. */
@ApiTags('Trail')
@Controller('api/v2/trail')
export class TrailController {
  constructor(
    private readonly queries: QueryBus,
    private readonly store: TreeStore,
  ) {}

  @Get()
  @reads
  @ApiOperation({ operationId: 'getTrail', summary: 'How far the trail is, and what stops it.' })
  @ApiAnswer('Trail')
  get(@CurrentReach() reach: Reach): Promise<TrailBody> {
    return this.queries.execute(new GetTrail(reach));
  }

  @Get('checkpoint')
  @reads
  @ApiOperation({ operationId: 'getTrailCheckpoint', summary: 'The latest signed checkpoint.' })
  @ApiTextAnswer('A signed note')
  @ApiFaults(404)
  async checkpoint(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const found = await this.store.latestCheckpoint();
    if (!found) throw new RefusedError('NOT_FOUND', 'Nothing of the trail is signed yet: try again in 10 seconds.');
    void reply.type('text/plain; charset=utf-8');
    return found.note;
  }

  @TileRoute(1)
  one(@Param() params: Params, @Res() reply: FastifyReply): Promise<void> {
    return this.send(params, reply);
  }

  @TileRoute(2)
  two(@Param() params: Params, @Res() reply: FastifyReply): Promise<void> {
    return this.send(params, reply);
  }

  @TileRoute(3)
  three(@Param() params: Params, @Res() reply: FastifyReply): Promise<void> {
    return this.send(params, reply);
  }

  @TileRoute(4)
  four(@Param() params: Params, @Res() reply: FastifyReply): Promise<void> {
    return this.send(params, reply);
  }

  private async send({ level, ...numbers }: Params, reply: FastifyReply): Promise<void> {
    const path = [
      level,
      ...Object.keys(numbers)
        .sort()
        .map((name) => numbers[name]),
    ].join('/');
    const bytes = await this.tileAt(path);
    if (!bytes) throw new RefusedError('NOT_FOUND', 'The trail has no such tile, or not yet.');
    void reply.type('application/octet-stream').send(bytes);
  }

  private async tileAt(path: string): Promise<Buffer | null> {
    const wanted = parseTilePath(path);
    if (!wanted) return null;
    const { level, tile, width } = wanted;
    if (level === 'entries') {
      const entries = cutBundle((await this.store.bundle(tile)) ?? Buffer.alloc(0), width);
      return entries.length === width * bundledBytes ? entries : null;
    }
    const hashes = (await this.store.tiles([{ level, tile }])).get(`${level}/${tile}`)?.subarray(0, width * hashBytes);
    return hashes?.length === width * hashBytes ? hashes : null;
  }
}

type Params = Readonly<Record<string, string>>;
