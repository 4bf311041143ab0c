import type { WorkflowDefinition, WorkflowTaskDefinition } from '#libs/contracts';
import { lazy, Suspense } from 'react';
import { State } from '../../parts/states';
import { addressWith, Link, useSearch } from '../../router';

const DefinitionGraph = lazy(async () => ({ default: (await import('./definition-graph')).DefinitionGraph }));

/** From so many tasks the table alone is shown: a browser cannot lay more out quickly. */
const mostDrawn = 1000;

/** The definition as a drawing, with a table of the same; a task shows what it does. */
export function GraphTab({ definition }: { readonly definition: WorkflowDefinition }) {
  const [search, change] = useSearch();
  const tasks = definition.tasks ?? [];
  const chosen = tasks.find(({ name }) => name === search.get('task'));
  if (tasks.length === 0) return <State title="The workflow has no task" />;
  return (
    <div className="stack">
      {tasks.length <= mostDrawn && (
        <Suspense fallback={<p className="loading">Loading the graph …</p>}>
          <DefinitionGraph
            tasks={tasks}
            selected={chosen?.name ?? null}
            onSelect={(task) => change({ task }, { replace: true })}
          />
        </Suspense>
      )}
      {chosen && <TaskFacts task={chosen} />}
      <div className="table-box">
        <table>
          <thead>
            <tr>
              <th>Task</th>
              <th>Type</th>
              <th>Depends on</th>
              <th className="wide-only">Limits</th>
            </tr>
          </thead>
          <tbody>
            {tasks.map(({ name, type, taskRef, dependencies, timeout, retries }) => (
              <tr key={name} className={chosen?.name === name ? 'on' : ''}>
                <td>
                  <Link to={addressWith({ task: name })}>{name}</Link>
                </td>
                <td>
                  {type} {taskRef && <code className="soft">{taskRef}</code>}
                </td>
                <td className="wrap">
                  {(dependencies ?? []).map(({ taskRef: before, executionCondition, decisionCondition }, index) => (
                    <span key={`${before} ${index}`} className="dependency">
                      {before}
                      {executionCondition && executionCondition !== 'always' && (
                        <span className="soft"> on {executionCondition}</span>
                      )}
                      {decisionCondition && (
                        <span className="soft"> if {decisionCondition.split('\n').join(' or ')}</span>
                      )}
                    </span>
                  ))}
                </td>
                <td className="wide-only soft">
                  {[timeout ? `${timeout} min` : '', retries ? `${retries} retries` : '']
                    .filter((each) => each !== '')
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function TaskFacts({ task }: { readonly task: WorkflowTaskDefinition }) {
  const { name, type, taskRef, taskVersion, params, results, spec } = task;
  return (
    <section className="note stack" aria-label={`Task ${name}`}>
      <div className="line">
        <h2>{name}</h2>
        <span className="soft">{type}</span>
        <Link className="button plain" to={addressWith({ task: null })}>
          Close
        </Link>
      </div>
      <dl className="facts">
        {taskRef && (
          <>
            <dt>Catalogue task</dt>
            <dd>
              <code>{taskRef}</code> {taskVersion ? `version ${taskVersion}` : ''}
            </dd>
          </>
        )}
        {spec?.image && (
          <>
            <dt>Image</dt>
            <dd>
              <code>{spec.image}</code>
            </dd>
          </>
        )}
        {(params ?? []).map((param) => (
          <div key={param.name} style={{ display: 'contents' }}>
            <dt>{param.name}</dt>
            <dd>
              <code>{typeof param.value === 'string' ? param.value : JSON.stringify(param.value)}</code>
            </dd>
          </div>
        ))}
        {results && results.length > 0 && (
          <>
            <dt>Results</dt>
            <dd>{results.map((result) => result.name).join(', ')}</dd>
          </>
        )}
      </dl>
      {spec?.script && <pre className="json">{spec.script}</pre>}
    </section>
  );
}
