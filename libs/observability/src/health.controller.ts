import { Public } from '#libs/access';
import { RefusedError } from '#libs/kernel';
import { Controller, Get, Injectable } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Pool } from 'pg';

/** Whether the program takes requests: not while it starts or drains. */
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
  @ApiOperation({ operationId: 'live', summary: 'The process answers.' })
  live(): { status: string } {
    return { status: 'up' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ operationId: 'ready', summary: 'The process takes requests, and its database answers.' })
  async ready(): Promise<{ status: string }> {
    if (!this.readiness.isReady)
      throw new RefusedError('SERVICE_UNAVAILABLE', 'The server is starting or shutting down.');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('late')), 2000);
    });
    try {
      await Promise.race([this.pool.query('select 1'), late]);
      return { status: 'up' };
    } catch {
      throw new RefusedError('SERVICE_UNAVAILABLE', 'The database does not answer.');
    } finally {
      clearTimeout(timer);
    }
  }
}
