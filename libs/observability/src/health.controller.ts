import { Public } from '#libs/access';
import { ApiAnswer, ApiOpen } from '#libs/http';
import { RefusedError } from '#libs/kernel';
import { Controller, Get, Injectable } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Pool } from 'pg';

/** Whether the program accepts requests: not while it starts or drains. */
@Injectable()
export class Readiness {
  isReady = false;
}

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly pool: Pool,
    private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @Public()
  @ApiAnswer('Health')
  @ApiOpen()
  @ApiOperation({ operationId: 'getLiveness', summary: 'The process answers.' })
  live(): { status: string } {
    return { status: 'up' };
  }

  @Get('ready')
  @Public()
  @ApiAnswer('Health')
  @ApiOpen()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'The process accepts requests, and its database answers and accepts writes.',
  })
  async ready(): Promise<{ status: string }> {
    if (!this.readiness.isReady)
      throw new RefusedError('SERVICE_UNAVAILABLE', 'The server is starting or shutting down.');
    const found = await within(2000, this.pool.query<{ readonly: string }>(writable)).catch(() => null);
    const readonly = found?.rows[0]?.readonly;
    if (readonly === undefined) throw new RefusedError('SERVICE_UNAVAILABLE', 'The database does not answer.');
    if (readonly !== 'off') throw new RefusedError('SERVICE_UNAVAILABLE', 'The database accepts no writes.');
    return { status: 'up' };
  }
}

/** Also on for a standby, and if default_transaction_read_only is set. */
const writable = `select current_setting('transaction_read_only') as readonly`;

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
