/** Bytes of one try's output, and the offset of the first. */
export interface LogPiece {
  readonly offset: number;
  readonly chunk: Buffer;
}

export function endOf({ offset, chunk }: LogPiece): number {
  return offset + chunk.length;
}

/**
 * The parts of a piece that are not stored yet: a piece that is sent again, or that overlaps stored ones, adds only new
 * bytes.
 * @param stored in the order of their offsets, without overlaps.
 */
export function uncovered(piece: LogPiece, stored: readonly LogPiece[]): LogPiece[] {
  const found: LogPiece[] = [];
  let at = piece.offset;
  const end = endOf(piece);
  const add = (to: number): void => {
    if (to > at) found.push({ offset: at, chunk: piece.chunk.subarray(at - piece.offset, to - piece.offset) });
  };
  for (const each of stored) {
    if (each.offset >= end) break;
    add(each.offset);
    at = Math.max(at, endOf(each));
  }
  add(end);
  return found;
}

/** The first so many bytes of the pieces. */
export function cutTo(pieces: readonly LogPiece[], bytes: number): LogPiece[] {
  let left = bytes;
  return pieces.flatMap(({ offset, chunk }) => {
    const kept = chunk.subarray(0, left);
    left -= kept.length;
    return kept.length > 0 ? [{ offset, chunk: kept }] : [];
  });
}

/** Joins pieces that follow each other without a gap. */
export function joined<Piece extends LogPiece>(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  for (const piece of [...pieces].sort((a, b) => a.offset - b.offset)) {
    const last = groups.at(-1)?.at(-1);
    if (last && endOf(last) === piece.offset) groups.at(-1)?.push(piece);
    else groups.push([piece]);
  }
  return groups;
}
