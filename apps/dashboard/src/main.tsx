import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { shouldRetry } from './api/use-api';
import { App } from './app';
import { applyTheme } from './frame/theme';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';

applyTheme();
const client = new QueryClient({
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
