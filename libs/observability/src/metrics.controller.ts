import { Access, Public } from '#libs/access';
import { ApiTextAnswer } from '#libs/http';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Metrics } from './metrics';

@ApiTags('Health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Public()
  @Access('metrics/read', {
    isOpenToLoopback: true,
    installation: 'only a global token can read the figures of the server.',
  })
  @ApiTextAnswer('The figures, in the text form of Prometheus')
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'The figures of this server. Without a token only on the loopback address, and not through a proxy.',
  })
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const text = await this.metrics.scrape();
    void reply.type(this.metrics.contentType);
    return text;
  }
}
