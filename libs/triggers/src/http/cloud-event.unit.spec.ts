import { readCloudEvent } from './cloud-event';

const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const event = { specversion: '1.0', id: 'ü 1', source: '/ci/ä', type: 'built', data: { n: 7 } };
const headers = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '%C3%BC%201',
  'ce-source': '/ci/%C3%A4',
  'ce-type': 'built',
};

describe('a CloudEvent', () => {
  it('is the same in both modes', () => {
    const one = readCloudEvent(structured, event, undefined);
    const other = readCloudEvent(headers, event.data, undefined);
    expect(other.key).toBe(one.key);
    expect(other).toMatchObject({ topic: 'built', data: { n: 7 } });
    expect(other.json).toEqual({ ...event, datacontenttype: 'application/json' });
    expect(readCloudEvent(structured, { ...event, data: 8, specversion: '0.3' }, 'other')).toMatchObject({
      key: one.key,
      topic: 'other',
    });
    expect(readCloudEvent(structured, { ...event, id: 'ü 2' }, undefined).key).not.toBe(one.key);
  });

  it('keeps what is not text', () => {
    const bytes = { ...event, data: undefined, data_base64: 'AAEC', count: 3, ok: true };
    expect(readCloudEvent(structured, JSON.parse(JSON.stringify(bytes)), undefined)).toMatchObject({ data: 'AAEC' });
  });

  it.each([
    [{ ...event, specversion: '2.0' }, 'specversion must be 1.0 or 0.3, not "2.0"'],
    [{ ...event, specversion: 1 }, 'specversion must be 1.0 or 0.3, not 1'],
    [{ ...event, id: '' }, 'id must be a non-empty text'],
    [{ ...event, source: undefined }, 'source must be a non-empty text'],
    [{ ...event, time: 'yesterday' }, 'not "yesterday"'],
    [{ ...event, time: '2026-02-30T00:00:00Z' }, 'time must be'],
    [{ ...event, time: '2026-02-03T00:00:00' }, 'time must be'],
    [{ ...event, time: 5 }, 'time must be'],
    [{ ...event, subject: 5 }, 'subject must be a non-empty text'],
    [{ ...event, Big: 'x' }, 'lower-case'],
    [{ ...event, more: {} }, 'attribute more must be'],
    [{ ...event, data_base64: 'AA==' }, 'data and data_base64'],
    [{ ...event, data: undefined, data_base64: '***' }, 'data_base64 must be base64'],
    [[event], 'batches of events'],
    ['text', 'JSON object'],
  ])('that is wrong is refused: %j', (body, message) => {
    expect(() => readCloudEvent(structured, JSON.parse(JSON.stringify(body)), undefined)).toThrow(message);
  });

  it.each([
    [{ ...headers, 'ce-id': '%ZZ' }, 'header ce-id must be percent-encoded'],
    [{ ...headers, 'ce-specversion': '9' }, 'specversion must be'],
    [{ ...headers, 'ce-time': '2026-13-01T00:00:00Z' }, 'time must be'],
    [{ ...headers, 'content-type': 'application/cloudevents-batch+json' }, 'batches of events'],
    [{ 'content-type': 'application/json' }, 'send application/cloudevents+json'],
  ])('in headers that is wrong is refused: %j', (given, message) => {
    expect(() => readCloudEvent(given, { n: 1 }, undefined)).toThrow(message);
  });

  it.each(['2024-02-29T23:59:60Z', '2026-01-31T09:30:00.123456789+05:30', '0004-02-29t00:00:00z'])(
    'may have the time %s',
    (time) => {
      expect(readCloudEvent(structured, { ...event, time }, undefined).json).toMatchObject({ time });
    },
  );
});
