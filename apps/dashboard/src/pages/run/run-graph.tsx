import dagre from '@dagrejs/dagre';
import type { TaskRunBody } from '#libs/contracts';
import {
  Controls,
  Handle,
  MarkerType,
  type Edge as FlowEdge,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { memo, useMemo, useState } from 'react';
import '@xyflow/react/dist/base.css';
import { looks, Shape } from '../../parts/status';
import { foldAbove, type Graph, graphOf, statusOf } from './graph-model';
import type { Edge } from './task-times';
import './run-graph.css';

const width = 172;
const height = 40;

type TaskNode = Node<
  {
    readonly tasks: readonly TaskRunBody[];
    readonly isSelected: boolean;
    readonly isCritical: boolean;
    readonly onSelect: (task: string) => void;
    readonly direction: Direction;
  },
  'task'
>;

interface RunGraphProps {
  readonly tasks: readonly TaskRunBody[];
  readonly edges: readonly Edge[];
  readonly critical: ReadonlySet<string>;
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}

/** The run's tasks and what they depend on. Its layout depends on the definition alone, so nothing moves when a task goes on. */
export function RunGraph({ tasks, edges, critical, selected, onSelect }: RunGraphProps) {
  const isLarge = tasks.length > foldAbove;
  const [isFolded, setFolded] = useState(isLarge);
  const graph = useMemo(() => graphOf(tasks, edges, isFolded), [tasks, edges, isFolded]);
  const shape = JSON.stringify([graph.nodes.map(({ id }) => id), graph.edges]);
  const layout = useMemo(() => layoutOf(graph), [shape]);
  const { direction, places } = layout;
  const nodes = graph.nodes.map(({ id, tasks: own }): TaskNode => ({
    id,
    type: 'task',
    position: places.get(id) ?? { x: 0, y: 0 },
    width,
    height,
    data: {
      tasks: own,
      isSelected: own.some(({ name }) => name === selected),
      isCritical: own.some(({ name }) => critical.has(name)),
      onSelect,
      direction,
    },
  }));
  const stateOf = new Map(graph.nodes.map(({ id, tasks: own }) => [id, statusOf(own)]));
  const lines = graph.edges.map(({ from, to, condition }): FlowEdge => {
    const isIdle = stateOf.get(to) === 'skipped' || stateOf.get(from) === 'skipped';
    return {
      id: `${from} ${to} ${condition}`,
      source: from,
      target: to,
      label: condition,
      className: `edge${isIdle ? ' idle' : ''}${critical.has(from) && critical.has(to) ? ' critical' : ''}`,
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: 'var(--line-strong)' },
    };
  });
  return (
    <div className="stack">
      {isLarge && (
        <label className="line">
          <input type="checkbox" checked={isFolded} onChange={(event) => setFolded(event.target.checked)} />
          Fold tasks that stand alike ({tasks.length} tasks, {graph.nodes.length} shown)
        </label>
      )}
      <div className="graph" style={{ height: Math.min(tallest, Math.max(200, layout.height + 48)) }}>
        <ReactFlow
          key={`${direction} ${String(isFolded)}`}
          nodes={nodes}
          edges={lines}
          nodeTypes={nodeTypes}
          fitView
          fitViewOptions={{ padding: 0.08, maxZoom: 1, minZoom: 0.4 }}
          minZoom={0.05}
          maxZoom={1.5}
          nodesDraggable={false}
          nodesConnectable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          nodesFocusable={false}
          onlyRenderVisibleElements={graph.nodes.length > 100}
          zoomOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        >
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
    </div>
  );
}

function labelOf(tasks: readonly TaskRunBody[]): string {
  return tasks.length === 1 ? (tasks[0]?.name ?? '') : `${tasks.length} × ${tasks[0]?.type ?? ''}`;
}

const TaskBox = memo(function TaskBox({
  data: { tasks, isSelected, isCritical, onSelect, direction },
}: NodeProps<TaskNode>) {
  const status = statusOf(tasks);
  const counts = new Map<string, number>();
  for (const task of tasks) counts.set(task.status, (counts.get(task.status) ?? 0) + 1);
  const below = tasks.length === 1 ? tasks[0]?.type : [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      onClick={() => onSelect(tasks[0]?.name ?? '')}
      className={`task-box nopan hue-${looks[status].hue} ${status}${isSelected ? ' selected' : ''}${isCritical ? ' critical' : ''}`}
      title={`${labelOf(tasks)}: ${looks[status].word}`}
    >
      <Handle type="target" position={direction === 'LR' ? Position.Left : Position.Top} isConnectable={false} />
      <Shape status={status} />
      <span>
        <b className="cut">{labelOf(tasks)}</b>
        <span className="cut soft">{below}</span>
        <span className="hidden-name">{looks[status].word}</span>
      </span>
      <Handle type="source" position={direction === 'LR' ? Position.Right : Position.Bottom} isConnectable={false} />
    </button>
  );
});

const nodeTypes = { task: TaskBox };

type Direction = 'LR' | 'TB';

interface Layout {
  readonly direction: Direction;
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
  readonly width: number;
  readonly height: number;
}

const tallest = 560;

/** From left to right where that can be read without scrolling, else from top to bottom. */
function layoutOf(graph: Graph): Layout {
  const room = Math.min(window.innerWidth - 40, 760);
  const across = laidOut(graph, 'LR');
  if (across.width * 0.75 <= room) return across;
  const down = laidOut(graph, 'TB');
  const zoomOf = (layout: Layout): number => Math.min(room / layout.width, tallest / layout.height);
  return zoomOf(across) >= zoomOf(down) ? across : down;
}

function laidOut({ nodes, edges }: Graph, direction: Direction): Layout {
  const layout = new dagre.graphlib.Graph();
  layout.setGraph({ rankdir: direction, nodesep: 14, ranksep: direction === 'LR' ? 64 : 34, marginx: 8, marginy: 8 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) layout.setNode(id, { width, height });
  for (const { from, to, condition } of edges) {
    const label = { width: 8 * Math.min(condition.length, 14), height: 14, labelpos: 'c' };
    layout.setEdge(from, to, condition === '' ? {} : label);
  }
  dagre.layout(layout);
  const places = nodes.map(({ id }) => {
    const { x, y } = layout.node(id) as { readonly x: number; readonly y: number };
    return [id, { x: x - width / 2, y: y - height / 2 }] as const;
  });
  const whole = layout.graph() as { readonly width: number; readonly height: number };
  return { direction, places: new Map(places), width: whole.width, height: whole.height };
}
