import type { RunFiltersBody, SavedViewBody, SavedViewRequest } from '#libs/contracts';
import type { SavedView, ViewSettings } from '../domain';

export function toSavedViewBody({ id, name, filters, period }: SavedView, shared: boolean): SavedViewBody {
  return {
    id,
    name,
    shared,
    filters: filters as RunFiltersBody,
    ...(period !== null && { period: period as SavedViewBody['period'] }),
  };
}

export function settingsOf({ name, filters, period }: SavedViewRequest): ViewSettings {
  return { name, filters, period: period ?? null };
}
