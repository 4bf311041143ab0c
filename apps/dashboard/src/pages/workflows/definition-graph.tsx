import dagre from '@dagrejs/dagre';
import type { WorkflowTaskDefinition } from '#libs/contracts';
import { Controls, type Edge, Handle, MarkerType, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import { memo, useMemo } from 'react';
import '@xyflow/react/dist/base.css';
import './definition-graph.css';

const width = 168;
const height = 40;

type TaskNode = Node<{ readonly name: string; readonly type: string; readonly isSelected: boolean }, 'definition'>;

interface DefinitionGraphProps {
  readonly tasks: readonly WorkflowTaskDefinition[];
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}

/** The tasks of a definition, and what they depend on. */
export function DefinitionGraph({ tasks, selected, onSelect }: DefinitionGraphProps) {
  const { places, edges, high } = useMemo(() => drawn(tasks), [tasks]);
  const nodes = tasks.map(({ name, type, taskRef }): TaskNode => {
    const kind = type ?? taskRef ?? 'task';
    return {
      id: name,
      type: 'definition',
      position: places.get(name) ?? { x: 0, y: 0 },
      width,
      height,
      ariaLabel: `${name}, ${kind}`,
      data: { name, type: kind, isSelected: name === selected },
    };
  });
  return (
    <div className="definition-graph" style={{ height: Math.min(480, Math.max(160, high + 72)) }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.08, maxZoom: 1, minZoom: 0.35 }}
        minZoom={0.05}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        onlyRenderVisibleElements={tasks.length > 100}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_event, { id }) => onSelect(id)}
        onSelectionChange={({ nodes: chosen }) => chosen[0] && onSelect(chosen[0].id)}
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

const TaskBox = memo(function TaskBox({ data: { name, type, isSelected } }: NodeProps<TaskNode>) {
  return (
    <div className={`definition-box${isSelected ? ' selected' : ''} of-${type}`} title={`${name} (${type})`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <b className="cut">{name}</b>
      <span className="cut soft">{type}</span>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
});

const nodeTypes = { definition: TaskBox };

function drawn(tasks: readonly WorkflowTaskDefinition[]) {
  const layout = new dagre.graphlib.Graph({ multigraph: true });
  layout.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 64, marginx: 8, marginy: 8 });
  layout.setDefaultEdgeLabel(() => ({}));
  const names = new Set(tasks.map(({ name }) => name));
  for (const name of names) layout.setNode(name, { width, height });
  const edges = tasks.flatMap(({ name, dependencies }) =>
    (dependencies ?? [])
      .filter(({ taskRef }) => names.has(taskRef))
      .map(({ taskRef, executionCondition, decisionCondition }, index): Edge => {
        const label = conditionWords(executionCondition ?? 'always', decisionCondition ?? '');
        const id = `${taskRef} ${name} ${index}`;
        layout.setEdge(
          taskRef,
          name,
          label === '' ? {} : { width: 8 * Math.min(label.length, 14), height: 14, labelpos: 'c' },
          id,
        );
        return {
          id,
          source: taskRef,
          target: name,
          label,
          markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: 'var(--line-strong)' },
        };
      }),
  );
  dagre.layout(layout);
  const places = new Map(
    [...names].map((name) => {
      const { x, y } = layout.node(name) as { readonly x: number; readonly y: number };
      return [name, { x: x - width / 2, y: y - height / 2 }];
    }),
  );
  return { places, edges, high: (layout.graph() as { readonly height?: number }).height ?? 0 };
}

/** When the dependency counts; empty: always. */
export function conditionWords(execution: string, decision: string): string {
  const values = decision.trim().split('\n').join(' or ');
  const shown = values.length > 24 ? `${values.slice(0, 23)}…` : values;
  return [execution === 'always' ? '' : `on ${execution}`, shown === '' ? '' : `if ${shown}`]
    .filter((each) => each !== '')
    .join(', ');
}
