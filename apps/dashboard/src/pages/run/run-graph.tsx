import type { TaskRunBody } from '#libs/contracts';
import { Controls, Handle, type Edge as FlowEdge, type Node, type NodeProps, ReactFlow } from '@xyflow/react';
import { memo, useMemo, useState } from 'react';
import '@xyflow/react/dist/base.css';
import { arrow, boxSize, frameHeight, layoutOf, sidesOf } from '../../parts/graph-layout';
import { looks, Shape } from '../../parts/status';
import { foldAbove, graphOf, statusOf } from './graph-model';
import type { Edge } from './task-times';
import '../../parts/graph.css';
import './run-graph.css';

type TaskNode = Node<
  {
    readonly tasks: readonly TaskRunBody[];
    readonly isSelected: boolean;
    readonly isCritical: boolean;
    readonly onSelect: (task: string) => void;
    readonly sides: ReturnType<typeof sidesOf>;
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
  const room = Math.min(window.innerWidth - 40, 760);
  const layout = useMemo(
    () =>
      layoutOf(
        graph.nodes.map(({ id }) => id),
        graph.edges,
        room,
      ),
    [shape],
  );
  const { direction, places } = layout;
  const nodes = graph.nodes.map(({ id, tasks: own }): TaskNode => ({
    id,
    type: 'task',
    position: places.get(id) ?? { x: 0, y: 0 },
    ...boxSize,
    data: {
      tasks: own,
      isSelected: own.some(({ name }) => name === selected),
      isCritical: own.some(({ name }) => critical.has(name)),
      onSelect,
      sides: sidesOf(direction),
    },
  }));
  const stateOf = new Map(graph.nodes.map(({ id, tasks: own }) => [id, statusOf(own)]));
  const lines = graph.edges.map(({ from, to, condition }): FlowEdge => {
    const isIdle = stateOf.get(to) === 'skipped' || stateOf.get(from) === 'skipped';
    const isCritical = critical.has(from) && critical.has(to);
    return {
      id: `${from} ${to} ${condition}`,
      source: from,
      target: to,
      label: condition,
      className: `edge${isIdle ? ' idle' : ''}${isCritical ? ' critical' : ''}`,
      markerEnd: arrow(isCritical ? 'var(--text-2)' : 'var(--line-strong)'),
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
      <div className="graph" style={{ height: frameHeight(layout, room) }}>
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
  data: { tasks, isSelected, isCritical, onSelect, sides },
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
      <Handle type="target" position={sides.target} isConnectable={false} />
      <Shape status={status} />
      <span>
        <b className="cut">{labelOf(tasks)}</b>
        <span className="cut soft">{below}</span>
        <span className="hidden-name">{looks[status].word}</span>
      </span>
      <Handle type="source" position={sides.source} isConnectable={false} />
    </button>
  );
});

const nodeTypes = { task: TaskBox };
