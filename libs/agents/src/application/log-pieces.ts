/** Bytes of one try's output, and where they begin. */
export interface LogPiece {
  readonly offset: number;
  readonly chunk: Buffer;
}

export function endOf({ offset, chunk }: LogPiece): number {
  return offset + chunk.length;
}

/**
 * What of a piece is not stored yet: a piece that is sent again, or that overlaps what is there, brings only what is new.
 * @param stored in the order of their offsets, and apart from each other.
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

/** Pieces that follow each other without a gap, together. */
export function joined<Piece extends LogPiece>(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  for (const piece of [...pieces].sort((a, b) => a.offset - b.offset)) {
    const last = groups.at(-1)?.at(-1);
    if (last && endOf(last) === piece.offset) groups.at(-1)?.push(piece);
    else groups.push([piece]);
  }
  return groups;
}
