import dagre from '@dagrejs/dagre';
import { MarkerType, Position } from '@xyflow/react';

/** Pixels of a task's box, at zoom 1. */
export const boxSize = { width: 172, height: 40 } as const;

type Direction = 'LR' | 'TB';

/** A line of the graph; `condition` is written on it, empty: nothing. */
interface Line {
  readonly from: string;
  readonly to: string;
  readonly condition: string;
}

interface Layout {
  readonly direction: Direction;
  /** The top left corner of each box. */
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
  readonly width: number;
  readonly height: number;
}

/** Pixels of the frame at most. */
const tallest = 640;

/** From left to right where that can be read in `room` pixels, else from top to bottom if that is larger. */
export function layoutOf(boxes: readonly string[], lines: readonly Line[], room: number): Layout {
  const across = laidOut(boxes, lines, 'LR');
  if (across.width * 0.75 <= room) return across;
  const down = laidOut(boxes, lines, 'TB');
  const zoomOf = (layout: Layout): number => Math.min(room / layout.width, tallest / layout.height);
  return zoomOf(across) >= zoomOf(down) ? across : down;
}

/** Pixels of the frame around a graph that is made smaller to fit `room` pixels of width. */
export function frameHeight({ width, height }: Layout, room: number): number {
  return Math.min(tallest, Math.max(200, height * Math.min(1, room / width) + 48));
}

/** Where lines come into a box, and where they leave it. */
export function sidesOf(direction: Direction): { readonly target: Position; readonly source: Position } {
  return direction === 'LR'
    ? { target: Position.Left, source: Position.Right }
    : { target: Position.Top, source: Position.Bottom };
}

/** The head of a line, in the colour of the line. */
export function arrow(color: string) {
  return { type: MarkerType.ArrowClosed, width: 16, height: 16, markerUnits: 'userSpaceOnUse', color };
}

function laidOut(boxes: readonly string[], lines: readonly Line[], direction: Direction): Layout {
  const layout = new dagre.graphlib.Graph({ multigraph: true });
  layout.setGraph({ rankdir: direction, nodesep: 14, ranksep: direction === 'LR' ? 64 : 34, marginx: 8, marginy: 8 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) layout.setNode(box, { ...boxSize });
  for (const { from, to, condition } of lines) {
    const label = { width: 8 * Math.min(condition.length, 14), height: 14, labelpos: 'c' };
    layout.setEdge(from, to, condition === '' ? {} : label, condition || undefined);
  }
  dagre.layout(layout);
  const places = boxes.map((box) => {
    const { x, y } = layout.node(box) as { readonly x: number; readonly y: number };
    return [box, { x: x - boxSize.width / 2, y: y - boxSize.height / 2 }] as const;
  });
  const whole = layout.graph() as { readonly width: number; readonly height: number };
  return { direction, places: new Map(places), width: whole.width, height: whole.height };
}
