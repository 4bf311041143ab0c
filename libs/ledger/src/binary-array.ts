/*
 * Arrays in the form in which PostgreSQL itself sends them: nothing is quoted by us or unquoted by the server, and `pg` sends a buffer as it
 * is. Source: `array_recv` and the `…recv` of each type in PostgreSQL.
 */

/** The types of columns that arrays are made of, with their numbers in `pg_type`. */
const oids = { bool: 16, int8: 20, int4: 23, text: 25, float8: 701, json: 114, uuid: 2950, jsonb: 3802 } as const;

export type ColumnType = keyof typeof oids;

/** Bytes of numbers and texts, one after the other; it grows as it is written to. */
class Writer {
  private bytes = Buffer.allocUnsafe(1024);
  private length = 0;

  private room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    return at;
  }

  int32(value: number): void {
    const at = this.room(4);
    this.bytes.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.room(8);
    this.bytes.writeBigInt64BE(BigInt(value), at);
  }

  double(value: number): void {
    const at = this.room(8);
    this.bytes.writeDoubleBE(value, at);
  }

  byte(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  /** Its length in bytes, `prefix` and the text. */
  text(value: string, prefix?: number): void {
    const own = prefix === undefined ? 0 : 1;
    // A character of UTF-16 takes three bytes of UTF-8 at most.
    const at = this.room(4 + own + 3 * value.length);
    if (prefix !== undefined) this.bytes[at + 4] = prefix;
    const written = this.bytes.write(value, at + 4 + own, 'utf8');
    this.bytes.writeInt32BE(own + written, at);
    this.length = at + 4 + own + written;
  }

  /** Its length, and the sixteen bytes. */
  uuid(value: string): void {
    const at = this.room(20);
    this.bytes.writeInt32BE(16, at);
    const written = this.bytes.write(value.replaceAll('-', ''), at + 4, 16, 'hex');
    if (written !== 16) throw new TypeError(`${value} is no UUID`);
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** The array of these values, as a parameter of a statement; `null` and `undefined` are NULL. A `json` or `jsonb` is given as its text. */
export function binaryArray(type: ColumnType, values: readonly unknown[]): Buffer {
  const writer = new Writer();
  if (values.length === 0) {
    for (const each of [0, 0, oids[type]]) writer.int32(each);
    return writer.done();
  }
  const hasNull = values.some((value) => value === null || value === undefined);
  for (const each of [1, Number(hasNull), oids[type], values.length, 1]) writer.int32(each);
  const write = writers[type];
  for (const value of values) {
    if (value === null || value === undefined) writer.int32(-1);
    else write(writer, value);
  }
  return writer.done();
}

const writers: Readonly<Record<ColumnType, (writer: Writer, value: unknown) => void>> = {
  bool: (writer, value) => {
    writer.int32(1);
    writer.byte(value === true ? 1 : 0);
  },
  int4: (writer, value) => {
    writer.int32(4);
    writer.int32(value as number);
  },
  int8: (writer, value) => {
    writer.int32(8);
    writer.int64(value as number);
  },
  float8: (writer, value) => {
    writer.int32(8);
    writer.double(value as number);
  },
  text: (writer, value) => writer.text(value as string),
  json: (writer, value) => writer.text(value as string),
  uuid: (writer, value) => writer.uuid(value as string),
  jsonb: (writer, value) => writer.text(value as string, 1),
};
