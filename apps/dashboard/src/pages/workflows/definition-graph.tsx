import type { WorkflowTaskDefinition } from '#libs/contracts';
import { Controls, type Edge, Handle, type Node, type NodeProps, ReactFlow } from '@xyflow/react';
import { memo, useMemo } from 'react';
import '@xyflow/react/dist/base.css';
import { arrow, boxSize, frameHeight, layoutOf, sidesOf } from '../../parts/graph-layout';
import '../../parts/graph.css';
import './definition-graph.css';

type TaskNode = Node<
  {
    readonly name: string;
    readonly type: string;
    readonly isSelected: boolean;
    readonly sides: ReturnType<typeof sidesOf>;
  },
  'definition'
>;

interface DefinitionGraphProps {
  readonly tasks: readonly WorkflowTaskDefinition[];
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}

/** The tasks of a definition, and what they depend on. */
export function DefinitionGraph({ tasks, selected, onSelect }: DefinitionGraphProps) {
  const room = window.innerWidth - 40;
  const { layout, edges } = useMemo(() => {
    const lines = linesOf(tasks);
    return {
      layout: layoutOf(
        tasks.map(({ name }) => name),
        lines,
        room,
      ),
      edges: lines.map(({ from, to, condition }, index): Edge => ({
        id: `${from} ${to} ${index}`,
        source: from,
        target: to,
        label: condition,
        markerEnd: arrow('var(--line-strong)'),
      })),
    };
  }, [tasks]);
  const nodes = tasks.map(({ name, type, taskRef }): TaskNode => {
    const kind = type ?? taskRef ?? 'task';
    return {
      id: name,
      type: 'definition',
      position: layout.places.get(name) ?? { x: 0, y: 0 },
      ...boxSize,
      ariaLabel: `${name}, ${kind}`,
      data: { name, type: kind, isSelected: name === selected, sides: sidesOf(layout.direction) },
    };
  });
  return (
    <div className="graph" style={{ height: frameHeight(layout, room) }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.08, maxZoom: 1, minZoom: 0.4 }}
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

const TaskBox = memo(function TaskBox({ data: { name, type, isSelected, sides } }: NodeProps<TaskNode>) {
  return (
    <div className={`definition-box${isSelected ? ' selected' : ''} of-${type}`} title={`${name} (${type})`}>
      <Handle type="target" position={sides.target} isConnectable={false} />
      <b className="cut">{name}</b>
      <span className="cut soft">{type}</span>
      <Handle type="source" position={sides.source} isConnectable={false} />
    </div>
  );
});

const nodeTypes = { definition: TaskBox };

/** What each task depends on. */
function linesOf(tasks: readonly WorkflowTaskDefinition[]) {
  const names = new Set(tasks.map(({ name }) => name));
  return tasks.flatMap(({ name, dependencies }) =>
    (dependencies ?? [])
      .filter(({ taskRef }) => names.has(taskRef))
      .map(({ taskRef, executionCondition, decisionCondition }) => ({
        from: taskRef,
        to: name,
        condition: conditionWords(executionCondition ?? 'always', decisionCondition ?? ''),
      })),
  );
}

/** When the dependency counts; empty: always. */
export function conditionWords(execution: string, decision: string): string {
  const values = decision.trim().split('\n').join(' or ');
  const shown = values.length > 24 ? `${values.slice(0, 23)}…` : values;
  return [execution === 'always' ? '' : `on ${execution}`, shown === '' ? '' : `if ${shown}`]
    .filter((each) => each !== '')
    .join(', ');
}
