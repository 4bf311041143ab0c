import { RefusedError } from '#libs/kernel';
import { BadRequestException, HttpException, UnsupportedMediaTypeException } from '@nestjs/common';
import { answerStatus, answerTo } from './contract-error';

const passing = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
const framework = (code: string) => Object.assign(new Error('of the framework'), { code });

describe('the answer to what was thrown', () => {
  it.each<[string, unknown, number, number, string]>([
    ['a refusal', new RefusedError('TEAM_INVALID_REF', 'no'), 400, 1101, 'TEAM_INVALID_REF'],
    ['one of the framework', framework('FST_ERR_CTP_BODY_TOO_LARGE'), 413, 413, 'REQUEST_TOO_LARGE'],
    ['a path that is none', framework('FST_ERR_BAD_URL'), 400, 400, 'BAD_REQUEST'],
    ['a client’s error that we have no words for', { statusCode: 417, message: 'x' }, 417, 417, 'EXPECTATION_FAILED'],
    ['a media type that Nest cannot read', new UnsupportedMediaTypeException(), 415, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an unknown status', new HttpException('x', 418), 418, 418, 'ERROR'],
  ])('%s', (_what, error, status, code, reason) => {
    const answer = answerTo(error);
    expect([answer.httpStatus, answer.isFault]).toEqual([status, false]);
    if (!(error instanceof RefusedError)) expect(answer.body.code).toBe(code);
    expect(answer.body).toMatchObject({ reason, cause: null });
    expect(answer.body.status.startsWith(`${status} `)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['an error of ours', new TypeError('secret internals of file.ts')],
    ['one with a status of the server’s', { statusCode: 502, message: 'secret internals' }],
    ['a text', 'secret internals'],
  ])('%s is a fault, and tells nothing of what is inside', (_what, error) => {
    const { httpStatus, body, isFault } = answerTo(error);
    expect([httpStatus, body.reason, isFault]).toEqual([500, 'INTERNAL_ERROR', true]);
    expect(JSON.stringify(body)).not.toContain('internals');
  });

  it('a database that was too busy is no fault, and worth another try', () => {
    const { httpStatus, body, isFault } = answerTo(passing);
    expect([httpStatus, body.reason, isFault]).toEqual([503, 'SERVICE_UNAVAILABLE', false]);
  });

  it('a conflict shows the state as it is, and nothing else does', () => {
    const state = { id: 'x', status: 'running' };
    expect(answerTo(new RefusedError('WORKFLOWRUN_STALE_FENCE', 'no', state)).body.current).toEqual(state);
    expect(answerTo(new RefusedError('BAD_REQUEST', 'no')).body).not.toHaveProperty('current');
  });

  it('Nest’s messages are one text', () => {
    expect(answerTo(new BadRequestException(['one', 'two'])).body.message).toBe('one two');
  });

  it('has the time at which it was given', () => {
    const before = Date.now();
    const at = Date.parse(answerStatus(431, 'x').body.timestamp);
    expect([at >= before, at <= Date.now()]).toEqual([true, true]);
  });
});
