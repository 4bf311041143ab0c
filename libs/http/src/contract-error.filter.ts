import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerTo } from './contract-error';

/** Told of what is ours to mend. */
export type FaultListener = (error: unknown, request: FastifyRequest) => void;

/** The one place where errors become answers. */
@Catch()
export class ContractErrorFilter implements ExceptionFilter {
  constructor(private readonly onFault: FaultListener) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendError(error, http.getRequest(), http.getResponse(), this.onFault);
  }
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, onFault: FaultListener): void {
  const { httpStatus, body, isFault } = answerTo(error);
  if (isFault) onFault(error, request);
  if (reply.sent) return;
  if (httpStatus === 401) void reply.header('WWW-Authenticate', 'Bearer');
  if (httpStatus === 503) void reply.header('Retry-After', '1');
  void reply.code(httpStatus).type('application/json; charset=utf-8').send(body);
}
