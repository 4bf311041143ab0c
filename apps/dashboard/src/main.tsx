import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client';
import { refresh, shouldRetry } from './api/use-api';
import { App } from './app';
import { applyTheme } from './frame/theme';
import { sessionPath } from './session/sign-in-page';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';

applyTheme();
/** A token that has ended in the meantime: the session is looked at, and the page asks for another. */
const onError = (error: Error): void => {
  const { data, error: ended } = client.getQueryState([sessionPath]) ?? {};
  if (error instanceof ApiError && error.status === 401 && data && !ended) void refresh(client, sessionPath);
};
const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: { queries: { retry: shouldRetry, retryDelay: (failures) => 1000 * 2 ** failures } },
});
const element = document.getElementById('app');
if (!element) throw new Error('index.html has no element #app');
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
